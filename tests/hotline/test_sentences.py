"""Words and sounds of the telephone door: both languages whole, every recording named, A-law as in the book."""

from __future__ import annotations

import itertools
import math
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bots.hotline import dialogue, line, prompts, sentences
from bots.hotline.prompts import NoVoice, Recordings, a_law_of, slower, to_a_law, to_pcm, wave_of
from tests.hotline.test_dialogue import Caller
from tests.intake import publishing


def texts(language: str) -> dict[str, tuple[str, str]]:
    found = sentences.spoken(language, publishing.first().directory, publishing.regions())
    return {name: (voice, text) for name, voice, text in found}


def test_every_sentence_has_its_english_and_no_english_is_left_over() -> None:
    german = {*sentences.SENTENCES.values(), *sentences.WEEKDAYS, *sentences.MONTHS, *sentences.DIGITS, sentences.PRESS}
    assert set(sentences.english()) == german
    for sentence, english in sentences.english().items():
        assert "!" not in sentence + english
        assert sentence.count("{n}") == english.count("{n}")


def test_all_that_is_said_has_a_recording_in_both_languages() -> None:
    german, english = texts("de"), texts("en")
    assert set(german) == set(english)
    anne = Caller()
    anne.at(dialogue.Step.WORDS).keys("1")
    said = {clip.partition("/")[2] for clip in anne.said}
    assert said <= set(german)
    assert set(line.PROMPTS.values()) <= set(german)
    assert english["refused_ours"][1].startswith("This is our own number")
    assert english["date_1225"][1] == "25 December"
    assert (german["time_1030"][1], english["time_0900"][1]) == ("10 Uhr 30", "9 o'clock")
    assert german["word_abakus"] == english["word_abakus"] == ("de", "abakus")


async def test_recordings_are_made_once_and_again_when_their_sentence_changes(tmp_path: Path) -> None:
    spoken: list[str] = []

    async def voice(language: str, text: str) -> bytes:
        spoken.append(text)
        return text.encode()

    own = tmp_path / "own"
    (own / "de").mkdir(parents=True)
    (own / "de" / "mine.alaw").write_bytes(b"person")
    made = Recordings(tmp_path / "made", own)
    first = [("hello", "de", "Hallo"), ("bye", "de", "Ade"), ("mine", "de", "Ich")]
    assert await made.make("de", first, voice) == 2
    assert await made.make("de", first, voice) == 0
    assert await made.make("de", [("hello", "de", "Guten Tag"), first[1]], voice) == 1
    (tmp_path / "made" / "de" / "bye.alaw").unlink()
    assert await made.make("de", [first[1]], voice) == 1
    (tmp_path / "made" / "de" / "made.json").write_text("[]")
    assert await made.make("de", [first[1]], voice) == 1
    assert spoken == ["Hallo", "Ade", "Guten Tag", "Ade", "Ade"]
    assert made.audio(["de/hello", "de/mine", "de/unknown"]) == prompts.BETWEEN.join([b"Guten Tag", b"person", b""])


async def test_a_missing_voice_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoVoice, match="apt-get install espeak-ng"):
        await prompts.espeak("de", "Hallo")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
async def test_espeak_says_it_in_both_languages() -> None:
    for language in sentences.LANGUAGES:
        sound = await prompts.espeak(language, "Guten Tag")
        assert 0.5 < len(sound) / prompts.RATE < 2
        assert max(abs(sample) for (sample,) in struct.iter_unpack("<h", to_pcm(sound))) > 4000


def test_a_law_is_that_of_the_recommendation() -> None:
    """G.711, table 1a: decision values and the codes around them; and there and back changes no code."""
    assert to_a_law([0, -1, 8, 32767, -32768]) == bytes([0xD5, 0x55, 0xD5, 0xAA, 0x2A])
    codes = bytes(range(256))
    assert to_a_law([sample for (sample,) in struct.iter_unpack("<h", to_pcm(codes))]) == codes


@pytest.mark.parametrize("tone", [300, 1000])
def test_made_slower_a_voice_stays_where_it_was(tone: int) -> None:
    samples = [round(8000 * math.sin(2 * math.pi * tone * n / 22050)) for n in range(22050)]
    slow = slower(samples, 22050)
    assert abs(len(slow) - 8000) < 4
    crossings = sum(a < 0 <= b for a, b in itertools.pairwise(slow))
    assert abs(crossings - tone) <= 2
    assert len(a_law_of(wave_of(to_a_law(slow)))) == pytest.approx(len(slow), abs=2)


def test_silence_follows_where_it_is_wanted() -> None:
    wave: Callable[[float], bytes] = lambda silence: wave_of(b"\xd5" * 80, silence)  # noqa: E731
    assert len(wave(1.0)) - len(wave(0.0)) == 16000
