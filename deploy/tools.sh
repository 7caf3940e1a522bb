#!/usr/bin/env bash
# What the tests need beside Python: a browser, Node.js for the front end, PostgreSQL for the second database, telephones
# and a voice for the telephone door.
# Missing ones are installed with apt where that is allowed; otherwise they are named, and this fails.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v baresip >/dev/null || missing+=(baresip-core)
command -v espeak-ng >/dev/null || missing+=(espeak-ng)
[ ${#missing[@]} -eq 0 ] && exit 0

say() { printf 'Missing for the tests: %s\n' "${missing[*]}" >&2; printf '%s\n' "$@" >&2; exit 1; }

if ! command -v apt-get >/dev/null; then
  say "There is no apt-get here. Please install them with your system's own tools."
elif [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  say "This account may not install packages. Please run once:" "  sudo apt-get install --no-install-recommends ${missing[*]}"
fi

printf 'Installing %s with apt …\n' "${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# No cluster of the system's own: the tests start theirs in a temporary folder.
if printf '%s\n' "${missing[@]}" | grep -qx postgresql && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
  || say "apt-get could not install them (see above)."
