"""`erstkontakt` with a clock that a test moves: the real commands, the real process, but seconds are read from a file.

    python -m tests.shifted FILE serve --config …      FILE holds how many seconds the service is ahead

The ticker sees a moved clock at its next glance; new contacts are looked for each second.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intake import app
from intake.cli.main import main

if __name__ == "__main__":
    file = Path(sys.argv.pop(1))

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text("utf-8") or 0))

    app.clock = clock
    app.ALERT_SECONDS = 1
    sys.exit(main())
