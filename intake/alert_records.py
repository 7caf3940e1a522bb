"""How an alert is stored, and what is said back to those who answer one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intake import alerts
from intake.alert_model import Alert, Phase, Reply
from intake.alert_reference import Reference
from intake.announcer import minute_of, second_of
from intake.store import AlertRow


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert that somebody was told of; the service phone understands its reference."""

    alert: str
    round: int
    reference: Reference
    open: bool


@dataclass(frozen=True, slots=True)
class Response:
    """What became of an answer. `owner`: name; `contact`: mailbox in hex, for members of the team only."""

    reply: Reply
    reference: Reference
    owner: str = ""
    until: datetime | None = None
    contact: str | None = None


def whole_minute(now: datetime) -> datetime:
    """The minute that `now` lies in."""
    return now.replace(second=0, microsecond=0)


class Stencil:
    """The stored form of alerts that differ in id and subject only, and wait: written once, filled in for each."""

    __slots__ = ("_after", "_before", "_row")

    def __init__(self, alert: Alert, now: datetime) -> None:
        """`alert`: pending, with empty id and subject, which are its first fields."""
        self._row = row_of(alert, now)
        before, _, self._after = self._row.document.partition(b'"subject":""')
        self._before = before.removeprefix(b'{"id":""')

    def row(self, id: str, subject: str) -> AlertRow:
        """`row_of` the alert with this id and subject (both of letters, digits and colons)."""
        document = b'{"id":"%b"%b"subject":"%b"%b' % (id.encode(), self._before, subject.encode(), self._after)
        _, team, kind, _, phase, due, _, ended, revision = self._row
        return AlertRow(id, team, kind, subject, phase, due, document, ended, revision)


def row_of(alert: Alert, now: datetime) -> AlertRow:
    """The row of an alert. What is over forgets what it was about."""
    over = alert.phase is Phase.RESOLVED
    if over:
        alert = replace(alert, subject="")
    due = None if alert.due is None else second_of(alert.due)
    return AlertRow(
        alert.id,
        alert.team,
        alert.kind.value,
        alert.subject,
        alert.phase.value,
        due,
        alerts.dump(alert),
        minute_of(now) if over else None,
        1,
    )
