#!/usr/bin/env bash
# backup.sh DATA_FOLDER BACKUP_FOLDER [DAYS]: a consistent copy while the service runs; copies older than DAYS (7) go.
# Old copies must go: what a person deleted would otherwise live on in them, sealed, until the team's next key epoch.
set -euo pipefail
umask 077
data=${1:?data folder}
target=${2:?backup folder}
days=${3:-7}
copy="$target/$(date -u +%Y-%m-%d).sqlite"

mkdir -p "$target"
python3 - "$data/erstkontakt.sqlite" "$copy.part" <<'PYTHON'
import sqlite3
import sys

source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
target = sqlite3.connect(sys.argv[2])
with target:
    source.backup(target, pages=256)
answer = target.execute("PRAGMA integrity_check").fetchone()[0]
target.close()
sys.exit(0 if answer == "ok" else f"The copy is damaged: {answer}")
PYTHON
sync "$copy.part"
mv "$copy.part" "$copy"
rm -rf "$target/directory.part"
cp -a "$data/directory" "$target/directory.part"
rm -rf "$target/directory"
mv "$target/directory.part" "$target/directory"
find "$target" -maxdepth 1 -name '????-??-??.sqlite*' -mtime "+$((days - 1))" -delete
echo "backup: $copy ($(stat -c %s "$copy") bytes)"
