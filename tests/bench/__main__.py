"""`make bench`: every goal of speed, size and memory, measured in one run. Exit status 1 if one is missed.

`python -m tests.bench --only contacts,process --scale 0.2 --json result.json`
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.table import Table

PARTS = {
    "contacts": "contacts per second against floors",
    "process": "cold start and memory",
    "pages": "bytes, requests and time from the first page to ready to send, over a slow line",
    "code": "return code to opened mailbox on a slow processor",
    "inbox": "the console with 10,000 contacts",
    "alerts": "ticks among 100,000 open alerts, 10,000 outbox rows beside requests",
    "visits": "a tick among 100,000 planned field visits, beside as many scheduler jobs",
    "appointments": "a tick among 100,000 planned contact appointments",
    "waking": "from due to stepped, and what the ticker costs meanwhile",
    "callbacks": "10,000 windows that begin in the same minute",
    "hotline": "four lines of baresip at once, from the last key to the stored contact",
    "messenger": "from a stored contact to the counsellor's phone in Matrix",
    "door": "a message to the messenger's door and its reply; 1,000 conversations at once",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts: {', '.join(PARTS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the work, e.g. 0.1 for a quick look")
    parser.add_argument("--json", type=Path, default=Path("bench-result.json"))
    options = parser.parse_args()
    table = Table()
    folder = Path(tempfile.mkdtemp(prefix="erstkontakt-bench-"))
    try:
        for part in options.only.split(","):
            print(f"{part}: {PARTS[part]}", flush=True)
            importlib.import_module(f"tests.bench.{part}").measure(table, folder / part, options.scale)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table.text())
    options.json.write_text(table.as_json(), "utf-8")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
