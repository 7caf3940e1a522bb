"""What the telephone door asks of the desk: when a team can call, who is on duty, and sealing what was agreed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bots.hotline.door import AlreadyOpen
from bots.hotline.model import MOST_SLOTS, Guide, Seal, Slot
from intake import callbacks
from intake.agreement import agreement, times
from intake.callbacks import Window, said
from intake.desk import Desk
from intake.directory import check_time
from intake.errors import DirectoryUnusable, NumberRefused, NumberTaken, StaleKey
from intake.phones import PhoneNumber, parse
from intake.sealing import Code, Sealer, minute
from intake.store import Transaction

CHANNEL = "hotline"
TEXT = {"de": "Rückruf-Wunsch über das Telefon.", "en": "Wish to be called back, left on the telephone."}


class DeskHouse:
    """In this process. ``own``: our numbers in E.164, which are never called back; ``watchdogs``: the canary's."""

    def __init__(self, desk: Desk, own: tuple[str, ...] = (), watchdogs: tuple[str, ...] = ()) -> None:
        self._desk, self._own, self._watchdogs = desk, own, watchdogs
        self._sealer = Sealer(desk, CHANNEL)

    def guide(self) -> Guide:
        network = self._desk.network
        try:
            check_time(network.directory, self._desk.clock())
            return Guide(network.directory, network.regions, self._own, self._watchdogs)
        except DirectoryUnusable:
            return Guide(None, None, self._own, self._watchdogs)

    async def look_up(self, team: str) -> tuple[Sequence[Slot], bool]:
        now = self._desk.clock()
        plan = await self._desk.store.read(lambda tx: self._desk.alerts.on_call.plan(tx, team))
        found = await asyncio.to_thread(callbacks.slots, plan.rota.calendar, now, MOST_SLOTS)
        somebody = plan.rota.expects_somebody(now) and bool(await self.on_duty(team))
        return [Slot(window.start, window.end) for window in found], somebody

    async def on_duty(self, team: str) -> Sequence[PhoneNumber]:
        now = self._desk.clock()

        async def unit(tx: Transaction) -> list[str]:
            duty = (await self._desk.alerts.on_call.plan(tx, team)).rota.on_duty(now)
            rows = [await tx.phone(member) for member in (*duty.first, *duty.second)]
            phones = [self._desk.phones.read(row) for row in rows if row is not None and row.cut_off is None]
            return [phone.number for phone in phones if phone.number and phone.number_verified is not None]

        numbers = await self._desk.store.read(unit)
        return [number for text in numbers if (number := _read(text)) is not None]

    async def new_code(self) -> Code:
        return await self._sealer.new_code()

    async def seal(self, wish: Seal, code: Code) -> None:
        """Once more with the new key when the team's key has changed during the call."""
        try:
            try:
                await self._seal(wish, code)
            except StaleKey:
                await self._seal(wish, code)
        except NumberTaken:
            raise AlreadyOpen from None

    async def _seal(self, wish: Seal, code: Code) -> None:
        window = said(Window(wish.slot.start, wish.slot.end))
        await self._sealer.write(
            lang=wish.language,
            wishes=wish.wishes,
            team=self._sealer.directory().team(wish.team),
            text=TEXT[wish.language],
            urgent=wish.urgent,
            form=code,
            agreed=agreement(
                wish.number,
                times([(window["day"], window["from"], window["to"])]),
                lang=wish.language,
                sent=minute(self._desk.clock()),
                code_word=" ".join(wish.code),
            ),
        )


def _read(number: str) -> PhoneNumber | None:
    try:
        return parse(number)
    except NumberRefused:
        return None
