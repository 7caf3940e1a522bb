"""`erstkontakt clock`: after the clock has leapt by more than a day nothing is erased until somebody confirms the time.

erstkontakt clock show       the time of the last tick that was believed, and the time now
erstkontakt clock confirm    the time now is right: what is due may be erased
"""

import argparse
import asyncio
from datetime import UTC, datetime

from config.settings import Settings
from intake import leap
from intake.cli.directory import guarded
from intake.cli.service import add_config, settings_of
from intake.store import Transaction, open_store


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `clock`."""
    parser = commands.add_parser(
        "clock",
        help="after a leap of the clock, or a day without service: confirm the time, so that erasing goes on",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=("show", "confirm"))
    add_config(parser)
    parser.set_defaults(run=lambda options: guarded(_run, options))


def _run(options: argparse.Namespace) -> None:
    settings, now = settings_of(options), datetime.now(UTC)
    before = asyncio.run(_look(settings, now, confirm=options.verb == "confirm"))
    print(f"now:     {now:%Y-%m-%d %H:%M} UTC")
    if before is None:
        print("The clock has not leapt. Erasing goes on as due.")
        return
    print(f"before:  {before:%Y-%m-%d %H:%M} UTC, the last tick that was believed")
    if options.verb == "confirm":
        print("Confirmed: from the next minute on, what is due is erased.")
    else:
        print("Nothing is erased. Is the time above right (a calendar, timedatectl)? Then: erstkontakt clock confirm")
        print("If it is wrong, set it right; erasing goes on by itself.")


async def _look(settings: Settings, now: datetime, *, confirm: bool) -> datetime | None:
    async def unit(tx: Transaction) -> datetime | None:
        before = await leap.leapt_from(tx, now)
        if before is not None and confirm:
            await leap.believe(tx, now)
        return before

    async with open_store(settings.database, settings.data_folder) as store:
        return await store.write(unit)
