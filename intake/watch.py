"""Is everybody reached who should be? What is wrong with alerts and outbox, for heartbeat, doctor and the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from intake import leap
from intake.alerts import LATE
from intake.announcer import minute_of, second_of
from intake.desk import PERSON
from intake.duty import Gap
from intake.store import IncidentRow, Transaction

if TYPE_CHECKING:
    from intake.desk import Desk

LOUD_FOR = timedelta(minutes=15)
STUCK = timedelta(minutes=10)
COUNTED = 100
What = Literal["overdue", "exhausted", "loud", "stuck", "leapt"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`what`: overdue alerts, visits and callbacks, exhausted alerts, loud incidents, rows that wait too long on
    `channel`; how many.

    leapt: the clock, by how many days; erasing is held back.
    """

    what: What
    count: int
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`faults` stop the heartbeat; the rest is told by doctor. `gaps`: (team, gap) of the next week."""

    faults: tuple[Fault, ...]
    dead_letters: int
    incidents: tuple[IncidentRow, ...]
    gaps: tuple[tuple[str, Gap], ...] = ()


async def report(desk: Desk, *, with_gaps: bool = False) -> Report:
    """Looks at rows alone; costs the same however many alerts are open."""
    now = desk.clock()

    async def unit(tx: Transaction) -> Report:
        faults: list[Fault] = []
        late = await tx.due_alerts(second_of(now - LATE), COUNTED)
        left = await tx.due_visits(second_of(now - LATE), COUNTED)
        calls = await tx.due_callbacks(second_of(now - LATE), COUNTED)
        if overdue := len(late) + len(left) + len(calls):
            faults.append(Fault("overdue", overdue))
        if exhausted := await tx.count_exhausted(COUNTED):
            faults.append(Fault("exhausted", exhausted))
        if loud := sum(row.loud for row in await tx.incidents(minute_of(now - LOUD_FOR), COUNTED)):
            faults.append(Fault("loud", loud))
        for channel in (*desk.alerts.on_call.channels, PERSON):
            oldest = await tx.oldest_outbox(channel)
            if oldest is not None and oldest < second_of(now - STUCK):
                faults.append(Fault("stuck", 1, channel))
        if (before := await leap.leapt_from(tx, now)) is not None:
            faults.append(Fault("leapt", (now - before).days))
        gaps: list[tuple[str, Gap]] = []
        if with_gaps:
            for row in await tx.rotas():
                rota = (await desk.alerts.on_call.plan(tx, row.team)).rota
                gaps += [(row.team, gap) for gap in rota.gaps(now, now + timedelta(weeks=1))]
        incidents = tuple(await tx.incidents(minute_of(now - timedelta(days=1)), COUNTED))
        return Report(tuple(faults), await tx.count_dead(COUNTED), incidents, tuple(gaps))

    return await desk.store.read(unit)
