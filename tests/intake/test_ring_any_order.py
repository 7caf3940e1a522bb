"""No order of events on the real store strands an alert: whatever happened, left alone somebody is reached or told."""

import asyncio
import contextlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.alert_model import Phase
from intake.alerts import load
from intake.errors import IntakeError
from intake.store import Sqlite
from tests.intake.ring import Stage, set_stage
from tests.intake.small import Seeker

WHO = st.sampled_from(["mira", "jonas", "aylin", "rita"])
STEP = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 4, 6, 31, 600])),
    st.tuples(st.sampled_from(["take", "pass_on", "later", "claim", "take_over", "release", "close", "lost"]), WHO),
    st.tuples(st.sampled_from(["write", "restart", "matrix down", "matrix up", "sms dead", "clock back"]), st.none()),
)


async def _do(stage: Stage, seeker: Seeker, what: str, who: Any) -> None:
    alerts = stage.desk.alerts
    open_ = await stage.store.read(lambda tx: tx.open_alert(seeker.keys.id.hex()))
    id = open_.id if open_ else "0" * 16
    match what:
        case "wait":
            stage.clock.pass_by(minutes=who)
            await stage.turn()
        case "take":
            await alerts.take(who, id)
        case "pass_on":
            await alerts.pass_on(who, id)
        case "later":
            await alerts.later(who, id, timedelta(minutes=20))
        case "claim" | "take_over":
            login = await stage.people[who].login(stage.desk.team)
            await stage.desk.team.claim(login, seeker.keys.id, take_over=what == "take_over")
        case "release":
            await stage.desk.team.release(await stage.people[who].login(stage.desk.team), seeker.keys.id)
        case "close":
            login = await stage.people[who].login(stage.desk.team)
            await stage.desk.team.close(login, seeker.keys.id, "not_serious")
        case "lost":
            await stage.desk.phones.cut_off(await stage.people["rita"].login(stage.desk.team), who)
        case "write":
            await seeker.write(stage.desk, seeker.message())
        case "restart":
            stage.reopen()
        case "matrix down":
            stage.recorders["matrix"].down = ConnectionError()
        case "matrix up":
            stage.recorders["matrix"].down = None
        case "sms dead":
            stage.recorders["sms"].never |= {"mira", "jonas"}
        case "clock back":
            stage.clock.pass_by(minutes=-90)
    await stage.drain()


async def _story(steps: list[tuple[str, Any]], *, urgent: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Sqlite(Path(folder) / "erstkontakt.sqlite") as store:
            stage = await set_stage(store, Path(folder))
            seeker = await stage.contact(urgent=urgent)
            open_ = await store.read(lambda tx: tx.open_alert(seeker.keys.id.hex()))
            for what, who in steps:
                with contextlib.suppress(IntakeError):  # refused: nothing has changed
                    await _do(stage, seeker, what, who)
                row = await store.read(lambda tx: tx.contact(seeker.keys.id))
                open_ = await store.read(lambda tx: tx.open_alert(seeker.keys.id.hex()))
                assert row is not None
                if row.state in ("received", "claimed") or row.waiting:
                    # An ordinary one has the mark first, from which the next tick writes the alert.
                    assert open_ or row.unannounced, f"nobody is called for a contact that is {row.state} after {what}"
                if open_ is not None:
                    assert open_.due is not None
            if open_ is None:
                return
            for _ in range(60):  # left alone, it goes to the end of the chain and is loud there
                due = await store.read(lambda tx: tx.open_alert(seeker.keys.id.hex()))
                assert due is not None
                if load(due.document).phase is Phase.EXHAUSTED:
                    return
                seconds = max((due.due or 0) - int(stage.clock().timestamp()), 0)
                stage.clock.pass_by(seconds=seconds + 60)
                await stage.turn()
            raise AssertionError(f"stranded: {load(due.document)}")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, max_size=9), urgent=st.booleans())
def test_no_order_of_events_strands_an_alert(steps: list[tuple[str, Any]], urgent: bool) -> None:
    asyncio.run(_story(steps, urgent=urgent))
