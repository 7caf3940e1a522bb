"""What the alert machine wants said becomes outbox rows and incidents, in the transaction that caused it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from intake import sayings
from intake.alert_model import Alert, Message, Notify, Trouble
from intake.alert_policy import VISITS, Kind, Target
from intake.on_call import OnCall
from intake.sayings import Saying
from intake.store import IncidentRow, OutboxRow, PersonRow, Transaction

CALLING = frozenset({Kind.URGENT, Kind.CALLBACK_DUE}) | VISITS  # these may also ring
RINGING = frozenset({Message.NEW, Message.AGAIN, Message.LOUD, Message.MISSED, Message.SILENT})
# About field visits: first what is quiet and fast; who has answered there is not called any more. Seconds.
STAGGER = {"sms": 20, "voice": 60}


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert and what is to be said about it."""

    alert: Alert
    notify: Notify


def minute_of(now: datetime) -> int:
    """Unix minutes."""
    return int(now.timestamp()) // 60


def second_of(now: datetime) -> int:
    """Unix seconds."""
    return int(now.timestamp())


class Announcer:
    """Writes rows; `written` is called when the outbox has something new (from whatever thread the store runs in)."""

    def __init__(self, on_call: OnCall, clock: Callable[[], datetime]) -> None:
        self._on_call, self._clock = on_call, clock
        self.written: Callable[[], object] = lambda: None

    async def notify(self, tx: Transaction, notices: Iterable[Notice], now: datetime) -> None:
        """One message for each person, team and kind of message, however many alerts fell due together."""
        bundles: dict[tuple[str, str, Message, bool, bool], list[Notice]] = {}
        for notice in notices:
            for person in notice.notify.people:
                calls = notice.alert.kind in CALLING and notice.notify.message in RINGING
                staggered = notice.alert.kind in VISITS
                key = (person, notice.alert.team, notice.notify.message, calls, staggered)
                bundles.setdefault(key, []).append(notice)
        for (person, team, message, calls, staggered), bundled in bundles.items():
            late = max(notice.notify.late for notice in bundled)
            saying = Saying(
                sayings.Kind.NOTICE,
                team,
                message=message,
                about=tuple((notice.alert.id, notice.alert.round) for notice in bundled),
                late=int(late.total_seconds()) // 60,
            )
            bundle = await self.say(tx, (person,), saying, now, calls=calls, staggered=staggered)
            for notice in bundled:
                await tx.tell_person(notice.alert.id, person, bundle, minute_of(now))

    async def say(
        self,
        tx: Transaction,
        people: Iterable[str],
        saying: Saying,
        now: datetime,
        *,
        calls: bool = False,
        staggered: bool = False,
        bundle: str = "",
    ) -> str:
        """One outbox row for each channel of each person; returns the bundle of the last. `bundle`: a name for it."""
        named = bundle
        second = second_of(self._clock())
        for person in people:
            bundle = named or secrets.token_hex(8)
            for channel in await self.channels(tx, person, loud=calls):
                due = second + (STAGGER.get(channel, 0) if staggered else 0)
                row = OutboxRow(secrets.token_hex(16), bundle, channel, person, due, second, sayings.dump(saying))
                await tx.put_outbox(row)
                self.written()
        return bundle

    async def channels(self, tx: Transaction, member: str, *, loud: bool) -> tuple[str, ...]:
        if not self._on_call.channels:
            return ()
        phone, pushes = await tx.phone(member), await tx.pushes(member)
        there = phone is not None and phone.cut_off is None
        person = PersonRow(
            member,
            "",
            "",
            int(there and phone is not None and phone.number_verified is not None),
            int(there and phone is not None and phone.matrix_verified is not None),
            int(bool(pushes)),
        )
        return self._on_call.channels_of(person, loud=loud)

    async def tell_coordination(
        self, tx: Transaction, team: str, trouble: Trouble, target: Target | None, now: datetime
    ) -> None:
        """Once an hour for the same trouble of the same team; how often is counted."""
        if await self.incident(tx, team, trouble, target, now, loud=False):
            saying = Saying(sayings.Kind.TROUBLE, team, trouble=trouble, target=target)
            await self.say(tx, await self._on_call.coordination(tx, team), saying, now)

    async def stuck(self, tx: Transaction, team: str, now: datetime) -> None:
        """A row of this team was set aside because it cannot be stepped: shown, and coordination is told."""
        await self.incident(tx, team, Trouble.STUCK, None, now, loud=True)
        await self.tell_coordination(tx, team, Trouble.STUCK, None, now)

    async def incident(
        self, tx: Transaction, team: str, trouble: Trouble, target: Target | None, now: datetime, *, loud: bool
    ) -> bool:
        where = target.value if target is not None else ""
        name = f"{team}/{trouble.value}/{where}/{loud}/{minute_of(now) // 60}"
        id = hashlib.sha256(name.encode()).hexdigest()[:32]
        return await tx.note_incident(id, IncidentRow(team, trouble.value, where, int(loud), minute_of(now), 1))
