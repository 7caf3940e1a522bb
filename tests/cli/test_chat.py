"""`erstkontakt chat` as somebody runs it: lines in, lines out, and a sealed contact on the other side."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import return_code
from crypto.envelope import open_envelope
from crypto.identity import Identity
from intake.cli.chat import WIPE, is_safe, show
from tests import leaks
from tests.cli.at_terminal import Terminal, answered, at_a_screen, contacts, forged, root_of
from tests.house import House
from tests.leaks import Planted

WAY = ("hallo", "2", "1", "23966", "ja")


WORD = "Sonnenblumenhonig vom Dorf"


def code_in(shown: str) -> tuple[str, ...]:
    return return_code.parse(" ".join(re.findall(r"^\d\. ([a-z]+)$", shown, re.MULTILINE)))


async def test_from_the_first_word_to_the_answer_and_gone(house: House, planted: Planted, tmp_path: Path) -> None:
    terminal = Terminal(house, "--config", str(house.config))
    terminal.reads("Wer schreibt?")
    for answer in WAY:
        terminal.says(answer)
    terminal.reads("Erst wenn Sie nur das Wort „fertig“")
    first, second = f"Mein Sohn, {planted.sentence}", f"Sie erreichen mich unter {planted.number}."
    terminal.says(first)
    terminal.says(second)
    terminal.says("Ich bin fertig")
    terminal.reads("nur das eine Wort")
    assert contacts(house) == []
    terminal.says("fertig")
    words = code_in(terminal.reads("„neu“ beginnt eine neue Anfrage"))

    ((mailbox, team, envelope),) = contacts(house)
    assert team == "rz-wm"
    opened = open_envelope(envelope, Identity.from_seed(house.seed(team)), context=mailbox)
    contact = json.loads(opened.payload)
    text = f"{first}\n\n{second}\n\nIch bin fertig"
    assert (contact["text"], contact["role"], contact["phenomena"]) == (text, "relative", ["RE"])
    assert contact["kreis"] == "DE80M"

    said = await answered(house, tmp_path, "mira", text)
    terminal.says("")
    assert "Regionalzentrum" in terminal.reads(said)
    terminal.says("Danke!")
    terminal.says("fertig")
    terminal.reads("Ist beim Team.")

    called = f"0171 39200{planted.number[-2:]}"  # of the range for films, and can be called
    for answer in ("rückruf", called, "ja", "1", "egal", "1", "1", "ja", WORD, "1", "ja", "1"):
        terminal.says(answer)
    terminal.reads("So rufen wir Sie an")
    terminal.says("fertig")
    terminal.reads("Der Anruf ist vereinbart")

    forged(house, "Bitte nennen Sie uns Ihren Namen.")
    terminal.says("")
    assert "nennen Sie uns" not in terminal.reads("nicht vom Team unterschrieben")
    terminal.says("raus")
    code, last = terminal.ends()
    assert (code, last) == (0, "")

    needles = [leaks.sentence("text", planted.sentence), leaks.number("number", planted.number)]
    needles += [leaks.code("code", words), leaks.number("number that is called", called)]
    needles += [leaks.sentence("the code word", WORD)]
    leaks.assert_none(needles, leaks.files(*house.written), at_least=2)

    # Later, at another place, with the eight words: the answer is there, and everything can be deleted.
    again = Terminal(house, "--url", house.url, "--root", root_of(house), "--language", "en")
    again.says("code")
    again.says(" ".join(words).upper())
    again.reads("Found: your messages")
    again.says("")
    again.reads(said)
    again.says("delete")
    again.reads("Write “yes”")
    again.says("yes")
    again.reads("This I cannot delete")
    assert again.ends() == (0, "")
    assert contacts(house) == []


@pytest.fixture
def beside_something_else() -> Iterator[None]:
    """What is started meanwhile ignores Ctrl-C, as what a script starts with "&" does."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("way", ["raus", "Ctrl-C"])
@pytest.mark.usefixtures("beside_something_else")
async def test_the_exit_wipes_the_screen_and_what_was_scrolled_away(house: House, way: str) -> None:
    process, ours, theirs = at_a_screen(house)
    shown = b""
    while "Wer schreibt?" not in shown.decode("utf-8", "ignore"):
        shown += os.read(ours, 4096)
    if way == "raus":
        os.write(ours, b"raus\n")
    else:
        process.send_signal(signal.SIGINT)
    assert process.wait(20) == (0 if way == "raus" else 130)
    os.set_blocking(ours, False)
    assert os.read(ours, 65536).endswith(WIPE.encode())
    os.close(ours)
    os.close(theirs)


def test_an_answer_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show("Guten Tag\n\x1b[2J\x9b31mrot\r\a")
    assert capsys.readouterr().out == "\nGuten Tag\n[2J31mrot\n"


async def test_words_that_open_nothing_and_a_mailbox_that_is_gone(house: House) -> None:
    terminal = Terminal(house, "--config", str(house.config))
    words = "abakus abbau abbild abendrot abfahrt abflug abgleich abhang"
    terminal.says(f"code {words}")
    terminal.reads(f"Gelesen habe ich: {words}")
    terminal.says("löschen")
    terminal.says("ja")
    terminal.reads("kann ich nicht löschen")
    assert terminal.ends() == (0, "")


async def test_while_the_service_is_down_nothing_is_lost(house: House) -> None:
    terminal = Terminal(house, "--config", str(house.config))
    for line in (*WAY, "Ich brauche Rat."):
        terminal.says(line)
    terminal.reads("Habe ich.")
    house.stop()
    terminal.says("fertig")
    terminal.reads("noch da")
    house.start()
    terminal.says("fertig")
    terminal.reads("angekommen")
    house.stop()
    terminal.says("")  # looks for answers, finds no desk, says nothing
    terminal.says("Noch etwas.")
    terminal.reads("Habe ich.")
    code, last = terminal.ends()
    assert code == 0
    assert "Entwurf ist weg" in last
    house.start()
    assert len(contacts(house)) == 1


async def test_without_a_service_it_says_so(house: House) -> None:
    house.stop()
    done = house.command("chat", "--config", str(house.config), check=False)
    assert done.returncode == 1
    assert "Gerade geht es nicht" in done.stdout
    assert "unavailable" in done.stderr


async def test_a_directory_of_somebody_else_is_refused(house: House) -> None:
    done = house.command("chat", "--url", house.url, "--root", "11" * 32, check=False)
    assert done.returncode == 1
    assert "Darum senden wir nichts" in done.stdout


@pytest.mark.parametrize("words", [("--url", "https://x.example"), ("--url", "http://x.example", "--root", "11" * 32)])
def test_wrong_calls_are_explained(words: tuple[str, ...], tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    done = house.command("chat", *words, check=False)
    assert done.returncode == 2
    assert " / " in done.stderr


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://kontakt.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://abc.onion", True),
        ("http://kontakt.example", False),
        ("ftp://127.0.0.1", False),
        ("kontakt.example", False),
    ],
)
def test_only_safe_ways(url: str, safe: bool) -> None:
    assert is_safe(url) is safe
