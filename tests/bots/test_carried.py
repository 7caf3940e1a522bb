"""A conversation with a real desk behind it: what is sent arrives once, what fails stays with the person."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.carried import Carried
from bots.conversation_model import Guide, Leave, Said, Say, Step, Talk
from crypto.envelope import open_envelope
from crypto.identity import Identity, MailboxKeys
from intake.agreement import decode
from intake.desk import Desk
from intake.errors import StoreBusy
from intake.network import Network
from intake.sealing import Sealer
from intake.store import open_store
from tests.bots.talking import CODE, WEB, draft
from tests.intake.publishing import NOW, ROOT, first, publish, team_seed
from tests.intake.small import Clock, settings

WAY = ("hallo", "1", "1", "23966", "ja", "Ich will da raus und weiß nicht wie.")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    publish(tmp_path / "directory", first())
    network = Network(tmp_path / "directory", ROOT)
    network.reload(NOW)
    async with open_store("sqlite", tmp_path) as store:
        yield Desk(store, network, settings(tmp_path), Clock(NOW))


@pytest.fixture
def carried(desk: Desk) -> Carried:
    network = desk.network
    assert isinstance(network, Network)
    return Carried(Sealer(desk, "chat"), lambda: Guide(network.directory, network.regions, WEB), Talk())


async def say(carried: Carried, *lines: str) -> str:
    """Everything that is said, until the last line was answered."""
    said = []
    for line in lines:
        async for effect in carried.happen(Said(line)):
            said.append(effect.text if isinstance(effect, Say) else type(effect).__name__)
    return "\n".join(said)


async def look(carried: Carried) -> list[object]:
    return [effect async for effect in carried.look()]


async def test_nothing_to_look_for_before_anything_was_sent(carried: Carried) -> None:
    assert await look(carried) == []


async def test_sent_twice_after_a_failure_it_is_one_contact(
    carried: Carried, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(carried, *WAY)
    receive, calls = desk.receive_contact, []

    async def stored_but_the_answer_is_lost(**contact: object) -> object:
        calls.append(contact["token_hash"])
        receipt = await receive(**contact)  # type: ignore[arg-type]
        if len(calls) == 1:
            raise StoreBusy
        return receipt

    monkeypatch.setattr(desk, "receive_contact", stored_but_the_answer_is_lost)
    assert "noch da" in await say(carried, "fertig")
    assert draft(carried.talk) == WAY[-1]
    assert "angekommen" in await say(carried, "fertig")
    assert calls[0] == calls[1]
    assert carried.talk.step is Step.MAILBOX
    assert await look(carried) == []
    assert carried.seen == 1


async def test_a_mistake_of_ours_keeps_the_draft_and_tells_the_log_nothing(
    carried: Carried, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(**contact: object) -> None:
        raise RuntimeError(WAY[-1])

    monkeypatch.setattr(desk, "receive_contact", broken)
    await say(carried, *WAY)
    with caplog.at_level(logging.DEBUG):
        assert "schiefgegangen" in await say(carried, "fertig") or draft(carried.talk)
    assert draft(carried.talk) == WAY[-1]
    assert "RuntimeError" in caplog.text
    assert "Ich will" not in caplog.text
    assert "Ich will" not in repr(carried)


async def test_only_the_web_knows_after_nur_web(carried: Carried) -> None:
    await say(carried, *WAY, "fertig")
    assert carried.seed is not None
    assert "vergessen" in await say(carried, "nur web")
    assert carried.seed is None
    assert await look(carried) == []


async def test_more_for_a_mailbox_that_is_gone_is_said_and_kept(carried: Carried) -> None:
    await say(carried, *WAY, "fertig", "Noch etwas.")
    carried.seed = None
    await say(carried, "fertig")
    assert draft(carried.talk) == "Noch etwas."


async def test_a_mailbox_that_cannot_be_reached_is_looked_into_later(
    carried: Carried, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(carried, *WAY, "fertig")

    async def busy(*_: object) -> None:
        raise StoreBusy

    with monkeypatch.context() as while_busy:
        while_busy.setattr(desk, "open_mailbox", busy)
        assert await look(carried) == []
        assert carried.seen == 0
    await look(carried)
    assert carried.seen == 1


async def test_words_that_open_nothing(carried: Carried) -> None:
    assert "abakus abbau" in await say(carried, "code " + " ".join(CODE))
    assert carried.seed is None


async def test_erasing_leaves_and_forgets(carried: Carried, desk: Desk) -> None:
    await say(carried, *WAY, "fertig", "löschen")
    effects = [effect async for effect in carried.happen(Said("ja"))]
    assert isinstance(effects[-1], Leave)
    assert carried.seed is None


CALL = ("rückruf", "0151 23456789", "ja", "1", "egal", "1", "1", "ja", "Rosengarten", "1", "ja", "1")


async def test_a_callback_is_sealed_for_the_team_as_the_web_does_changed_and_called_off(
    carried: Carried, desk: Desk
) -> None:
    assert "So rufen wir Sie an" in await say(carried, *WAY[:-1], *CALL)
    assert "Der Anruf ist vereinbart" in await say(carried, "fertig")
    assert carried.seed is not None
    keys = MailboxKeys.from_seed(carried.seed)
    row = await desk.store.read(lambda tx: tx.callback(keys.id))
    assert row is not None
    assert row.envelope is not None
    assert b"Rosengarten" not in row.envelope
    assert "23456789" not in row.document
    team = Identity.from_seed(team_seed(desk.network.directory.team(row.team).id))
    person = Identity.from_seed(carried.seed).public.verify
    opened = decode(open_envelope(row.envelope, team, context=keys.id, sender_verify=person).payload)
    assert (opened.number, opened.code_word, opened.who, opened.voicemail) == (
        "+4915123456789", "Rosengarten", "only_me", "hang_up",
    )  # fmt: skip
    assert len(opened.windows) == 1
    changed = (*CALL[:8], "Tulpenfeld", *CALL[9:])
    assert "Es ist schon ein Anruf vereinbart" in await say(carried, *changed)
    await say(carried, "fertig")
    mailbox = await carried._mailbox()
    assert mailbox.agreement is not None
    assert mailbox.agreement.code_word == "Tulpenfeld"
    assert "abgesagt" in await say(carried, "ohne anruf")
    row = await desk.store.read(lambda tx: tx.callback(keys.id))
    assert row is not None
    assert (row.state, row.envelope) == ("withdrawn", None)
    assert "kein Anruf vereinbart" in await say(carried, "ohne anruf")


async def test_a_number_for_which_a_call_waits_already_is_told_and_the_draft_stays(
    carried: Carried, desk: Desk
) -> None:
    desk.open_numbers.take("+4915123456789", bytes(16), NOW + timedelta(days=2), NOW)
    await say(carried, *WAY, *CALL)
    assert "schon ein Rückruf vereinbart" in await say(carried, "fertig")
    assert draft(carried.talk) == WAY[-1]
    assert carried.talk.call is not None
    assert "angekommen" in await say(carried, "ohne anruf", "fertig")


async def test_while_the_desk_cannot_say_when_it_goes_on_without_a_call(
    carried: Carried, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(team: str) -> None:
        raise StoreBusy

    monkeypatch.setattr(desk, "call_times", busy)
    await say(carried, *WAY[:-1], "rückruf")
    assert (carried.talk.step, carried.talk.call) == (Step.TEXT, None)
