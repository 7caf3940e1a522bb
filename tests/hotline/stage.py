"""A telephone door with everything that can be seen of it: what each caller hears, and what was handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bots.hotline.door import Door
from bots.hotline.line import Exchange, Keys, Line
from bots.hotline.model import Guide, Seal, Slot
from bots.hotline.prompts import RATE, Recordings
from crypto.return_code import generate
from intake.errors import IntakeError
from intake.phones import PhoneNumber
from intake.sealing import Code
from tests.intake import publishing

NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # three in the morning
OWN = ("+493855550100",)
SECONDS = 60.0


class Tones(Recordings):
    """Short tones instead of sentences; ``seconds`` each. What is said is seen by its names."""

    def __init__(self, folder: Path, seconds: float = 0.03) -> None:
        super().__init__(folder)
        self.tone = bytes([0x34, 0x2A, 0xB4, 0xAA]) * int(seconds * RATE / 4)

    def audio(self, clips: Sequence[str]) -> bytes:  # type: ignore[override]
        return self.tone * len(clips)


@dataclass
class PretendHouse:
    """A desk in memory. ``phones`` are on duty; ``trouble`` is raised instead of storing."""

    phones: tuple[PhoneNumber, ...] = ()
    trouble: IntakeError | None = None
    stored: list[Seal] = field(default_factory=list)
    at: list[float] = field(default_factory=list)  # seconds of the loop

    def guide(self) -> Guide:
        return Guide(publishing.first().directory, publishing.regions(), OWN)

    async def look_up(self, team: str) -> tuple[Sequence[Slot], bool]:
        slots = [Slot(NIGHT + timedelta(hours=n), NIGHT + timedelta(hours=n + 2)) for n in range(6, 16, 2)]
        return slots, bool(self.phones)

    async def new_code(self) -> Code:
        return Code(generate(), bytes(32))

    async def seal(self, wish: Seal, code: Code) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.stored.append(wish)
        self.at.append(asyncio.get_running_loop().time())

    async def on_duty(self, team: str) -> Sequence[PhoneNumber]:
        return self.phones


class WatchedDoor(Door):
    """Knows what each caller has heard, by the caller's number ("" for a suppressed one)."""

    def __init__(self, exchange: Exchange, house: PretendHouse) -> None:
        super().__init__(exchange, house, lambda: NIGHT)
        self.house: PretendHouse = house
        self.said: dict[str, list[str]] = {}
        self.over: list[str] = []
        self._more = asyncio.Event()

    async def taken(self, line: Line) -> None:
        play = line.play

        async def watched(clips: Sequence[str], keys: Keys | None = None) -> None:
            await play(clips, keys)
            self.said.setdefault(line.caller, []).extend(clip.partition("/")[2] for clip in clips)
            self._more.set()

        line.play = watched  # type: ignore[method-assign]
        await super().taken(line)
        self.over.append(line.caller)
        self._more.set()

    async def heard(self, name: str, caller: str = "", times: int = 1) -> None:
        """Returns when this caller has been told it so many times."""
        await self._until(lambda: self.said.get(caller, []).count(name) >= times, f"{caller} hears {name}")

    async def ended(self, count: int = 1) -> None:
        """Returns when so many calls are over."""
        await self._until(lambda: len(self.over) >= count, f"{count} calls are over")

    async def _until(self, true: object, what: str) -> None:
        assert callable(true)
        try:
            async with asyncio.timeout(SECONDS):
                while not true():
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: {self.said}, over: {self.over}") from None
