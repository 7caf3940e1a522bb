"""What the telephone door asks of the desk: when a team can call, who is on duty, and sealing what was agreed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bots.hotline.model import MOST_SLOTS, Guide, Seal, Slot
from intake import callbacks
from intake.agreement import agreement, times
from intake.callbacks import Window, said
from intake.desk import Desk
from intake.directory import check_time
from intake.errors import DirectoryUnusable, NumberRefused
from intake.network import Network
from intake.phones import PhoneNumber, parse
from intake.sealing import Code, Sealer, minute
from intake.store import Transaction

CHANNEL = "hotline"
TEXT = {"de": "Rückruf-Wunsch über das Telefon.", "en": "Wish to be called back, left on the telephone."}


class DeskHouse:
    """In this process. ``own``: our numbers in E.164, which are never called back."""

    def __init__(self, desk: Desk, network: Network, own: tuple[str, ...] = ()) -> None:
        self._desk, self._network, self._own = desk, network, own
        self._sealer = Sealer(desk, CHANNEL)

    def guide(self) -> Guide:
        try:
            check_time(self._network.directory, self._desk.clock())
            return Guide(self._network.directory, self._network.regions, self._own)
        except DirectoryUnusable:
            return Guide(None, None, self._own)

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
        directory = self._sealer.directory()
        agreed = agreement(
            wish.number,
            times([tuple(said(Window(wish.slot.start, wish.slot.end)).values())]),
            lang=wish.language,
            sent=minute(self._desk.clock()),
            code_word=" ".join(wish.code),
        )
        await self._sealer.write(
            lang=wish.language,
            wishes=wish.wishes,
            team=directory.team(wish.team),
            text=TEXT[wish.language],
            urgent=wish.urgent,
            form=code,
            agreed=agreed,
        )


def _read(number: str) -> PhoneNumber | None:
    try:
        return parse(number)
    except NumberRefused:
        return None
