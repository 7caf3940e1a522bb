"""From sentences to sound: raw A-law, 8,000 samples a second, one file for each recording, ``de/honest.alaw``.

    folder/made/de/honest.alaw        made by espeak-ng when it is missing or its sentence has changed
    recordings/de/honest.alaw         spoken by a person; is taken instead (sox in.wav -r 8000 -c 1 -e a-law out.raw)

Everything that can ever be said is made beforehand. So no text of a person goes through a speaking machine, and no
file is written while a call is going on.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

RATE = 8000
SILENCE = b"\xd5"
ENDING = ".alaw"
BETWEEN = SILENCE * (RATE // 10)
AT_ONCE = 2
CACHED = 400

Text = tuple[str, str, str]  # name, language of the voice, what it says


class NoVoice(Exception):
    """espeak-ng is not installed, or said nothing."""


class Recordings:
    """``folder``: where made ones lie; ``own``: recordings by people, or None."""

    def __init__(self, folder: Path, own: Path | None = None) -> None:
        self.folder, self.own = folder, own
        self._read = lru_cache(CACHED)(self._from_disk)

    def path(self, clip: str) -> Path:
        """The file of ``language/name``; what is not there at all is silence."""
        if self.own is not None and (spoken := self.own / (clip + ENDING)).is_file():
            return spoken
        return self.folder / (clip + ENDING)

    def audio(self, clips: Iterable[str]) -> bytes:
        """A-law, with a short breath between the recordings."""
        return BETWEEN.join(self._read(clip) for clip in clips)

    def lacking(self, language: str, texts: Iterable[Text]) -> list[str]:
        """Names that nobody has spoken, and that are not made as they stand."""
        wanted = {name: _mark(spoken_in, text) for name, spoken_in, text in texts}
        return self._lacking(language, wanted, _known(self.folder / language))

    def _lacking(self, language: str, wanted: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
        there = {name for name in wanted if self.own is not None and (self.own / language / (name + ENDING)).is_file()}
        return [name for name, mark in wanted.items() if known.get(name) != mark and name not in there]

    def _from_disk(self, clip: str) -> bytes:
        try:
            return self.path(clip).read_bytes()
        except FileNotFoundError:
            return b""

    async def make(self, language: str, texts: Iterable[Text], voice: Voice | None = None) -> int:
        """Makes what is missing or says something else by now; returns how many. What people have spoken is left out.

        Raises NoVoice.
        """
        folder = self.folder / language
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = _known(folder)
        wanted = {name: (spoken_in, text, _mark(spoken_in, text)) for name, spoken_in, text in texts}
        missing = self._lacking(language, {name: mark for name, (_, _, mark) in wanted.items()}, known)
        speak = voice or espeak
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            spoken_in, text, mark = wanted[name]
            async with turns:
                (folder / (name + ENDING)).write_bytes(await speak(spoken_in, text))
                known[name] = mark

        try:
            await asyncio.gather(*(one(name) for name in missing))
        finally:
            (folder / "made.json").write_text(json.dumps({name: known[name] for name in sorted(known)}), "utf-8")
            self._read.cache_clear()
        return len(missing)


def _known(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / "made.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    there = {path.name.removesuffix(ENDING) for path in folder.glob("*" + ENDING)}
    return {name: mark for name, mark in found.items() if name in there} if isinstance(found, dict) else {}


def _mark(language: str, text: str) -> str:
    return hashlib.sha256(f"{language}/{text}".encode()).hexdigest()[:16]


# A voice ------------------------------------------------------------------------------------------------------------

Voice = Callable[[str, str], Any]  # (language, text) -> awaitable of A-law


async def espeak(language: str, text: str) -> bytes:
    """espeak-ng through pipes. Raises NoVoice."""
    voice = {"de": "de", "en": "en-gb"}[language]
    try:
        process = await asyncio.create_subprocess_exec(
            "espeak-ng", "-v", voice, "-s", "150", "--stdout", "--stdin",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise NoVoice("espeak-ng is not installed (apt-get install espeak-ng)") from None
    wave, _ = await process.communicate(text.encode())
    if process.returncode or len(wave) <= 44:
        raise NoVoice("espeak-ng said nothing")
    return await asyncio.to_thread(a_law_of, wave)


def a_law_of(wave: bytes) -> bytes:
    """A WAV of 16-bit samples, mono, of any rate above ours, as A-law."""
    rate = struct.unpack_from("<I", wave, 24)[0]
    body = wave[44:]
    return to_a_law(slower(struct.unpack(f"<{len(body) // 2}h", body[: len(body) // 2 * 2]), rate))


def slower(samples: Sequence[int], rate: int) -> list[int]:
    """At 8,000 samples a second: the mean of those that fall together, twice; so what is too high goes, too."""
    width = max(1, round(rate / RATE))
    sums = list(accumulate(samples, initial=0))
    smooth = [(sums[i + width] - sums[i]) // width for i in range(len(samples) - width + 1)]
    sums = list(accumulate(smooth, initial=0))
    step, count = rate / RATE, int(len(smooth) * RATE / rate)
    edges = [round(i * step) for i in range(count + 1)]
    return [(sums[b] - sums[a]) // (b - a) for a, b in pairwise(edges)]


def to_a_law(samples: Iterable[int]) -> bytes:
    """ITU-T G.711, of 16-bit samples."""
    table = _table()
    return bytes([table[sample >> 3] for sample in samples])


@cache
def _table() -> dict[int, int]:
    return {value: _encoded(value) for value in range(-4096, 4096)}


def _encoded(value: int) -> int:
    """One sample of 13 bits."""
    mask, size = (0xD5, value) if value >= 0 else (0x55, -value - 1)
    segment = max(0, size.bit_length() - 5)
    return (segment << 4 | size >> max(segment, 1) & 0x0F) ^ mask


def to_pcm(a_law: bytes) -> bytes:
    """16-bit little-endian samples of A-law."""
    return b"".join(map(_decoded().__getitem__, a_law))


@cache
def _decoded() -> tuple[bytes, ...]:
    return tuple(struct.pack("<h", _sample(code)) for code in range(256))


def _sample(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    size = (mantissa << 4) + (0x108 if exponent else 8)
    size <<= max(exponent - 1, 0)
    return size if code & 0x80 else -size


def wave_of(a_law: bytes, silence: float = 0.0) -> bytes:
    """A WAV file of 16-bit samples, with so many seconds of silence after it."""
    body = to_pcm(a_law) + bytes(2 * int(silence * RATE))
    head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + len(body), b"WAVEfmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                       b"data", len(body))  # fmt: skip
    return head + body
