"""From team to team: the table, and both teams, the person and their consent at the desk."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crypto.envelope import Kind, seal
from intake import handover as h
from intake import leap
from intake.alert_view import AlertSheet
from intake.desk import Desk
from intake.errors import (
    AlreadyClaimed,
    EnvelopeRefused,
    HandoverLoop,
    HandoverStale,
    HandoverState,
    IntakeError,
    NoContact,
    NoHandover,
    NoMailbox,
    NotInThisState,
    SignedYesNeeded,
    StaleKey,
    TeamUnknown,
)
from intake.handover import Move, Stage
from intake.on_call import HANDOVER
from intake.store import Store
from intake.team_desk import Who
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings, stamped

TEAMS = {"a", "b", "c"}
CALLED = ("garten", "handover_offered")


def test_every_move_leads_where_the_table_says_or_nowhere() -> None:
    for stage, move in product(Stage, Move):
        if (stage, move) in h.NEXT:
            assert h.step(stage, move) is h.NEXT[stage, move]
        else:
            with pytest.raises(HandoverState) as told:
                h.step(stage, move)
            assert told.value.details["state"] == stage.value


def test_nobody_is_passed_around_in_a_circle() -> None:
    assert h.begin("a", "b", TEAMS, [], noted=False) is Stage.ASKED
    assert h.begin("a", "b", TEAMS, [("a", "b", Stage.RETURNED)], noted=True) is Stage.AGREED
    for wrong in ("a", "nobody"):
        with pytest.raises(TeamUnknown):
            h.begin("a", wrong, TEAMS, [], noted=False)
    with pytest.raises(HandoverLoop):
        h.begin("b", "a", TEAMS, [("a", "b", Stage.ACCEPTED)], noted=False)
    with pytest.raises(HandoverLoop):
        h.begin("c", "a", TEAMS, [("a", "b", Stage.ACCEPTED), ("b", "c", Stage.ACCEPTED)], noted=True)
    with pytest.raises(HandoverState):
        h.begin("a", "c", TEAMS, [("a", "b", Stage.OFFERED)], noted=False)


class Way:
    """Somebody who wrote to Hafen; Mira there, Gast at Garten."""

    def __init__(self, desk: Desk, network: SmallNetwork, store: Store, clock: Clock) -> None:
        self.desk, self.network, self.store, self.clock = desk, network, store, clock
        self.seeker = Seeker(network)
        self.mailbox = self.seeker.keys.id

    async def enter(self, name: str, team: str) -> Who:
        advisor = Advisor(name, (team,))
        await advisor.enrol(self.store, self.network)
        return await advisor.login(self.desk.team)

    def letter(self, to: str = "garten", **more: Any) -> bytes:
        payload = msgspec.json.encode({"v": 1, "from": "hafen", "to": to, "keys": [], "text": "", **more})
        return seal(Kind.HANDOVER, self.mailbox, payload, [self.network.team(to).public], self.network.team("hafen"))

    async def decides(self, id: bytes, team: str = "hafen", *, agree: bool) -> None:
        envelope = self.seeker.message("Ja." if agree else "Nein.", team)
        await self.desk.handovers.decide(
            self.mailbox, self.seeker.keys.token, id, agree=agree, envelope=envelope,
            stamp=stamped(envelope, self.clock()),
        )  # fmt: skip

    async def called(self) -> tuple[str, str] | None:
        """(team, kind) of the open alert about the offer, or None."""
        row = await self.store.read(lambda tx: tx.open_alert(HANDOVER + self.mailbox.hex()))
        return None if row is None else (row.team, row.kind)

    async def alerts_of(self, who: Who) -> tuple[AlertSheet, ...]:
        return (await self.desk.alert_view.overview(who)).sheets

    async def stages(self) -> list[str]:
        opened = await self.desk.open_mailbox(self.mailbox, self.seeker.keys.token)
        return [row.stage for row in opened.handovers]


@pytest.fixture
async def way(store: Store, tmp_path: Path) -> Way:
    network, clock = SmallNetwork(), Clock()
    made = Way(Desk(store, network, settings(tmp_path), clock), network, store, clock)  # type: ignore[arg-type]
    await made.seeker.send(made.desk, made.seeker.contact())
    return made


async def refused(error: type[IntakeError], work: Any) -> None:
    with pytest.raises(error):
        await work


async def test_asked_agreed_offered_accepted_and_the_old_team_sees_nothing_more(way: Way) -> None:
    mira, gast = await way.enter("mira", "hafen"), await way.enter("gast", "garten")
    desk = way.desk.handovers
    await refused(AlreadyClaimed, desk.ask(mira, way.mailbox, "garten", "responsible"))  # taken first, then handed on
    await way.desk.team.claim(mira, way.mailbox)
    note = Advisor("mira", ("hafen",)).note(way.network, way.seeker)
    await way.desk.team.note(mira, way.mailbox, note)
    await refused(TeamUnknown, desk.ask(mira, way.mailbox, "hafen", "responsible"))
    await refused(NoContact, desk.ask(gast, way.mailbox, "hafen", "responsible"))
    id = await desk.ask(mira, way.mailbox, "garten", "responsible")
    await refused(HandoverState, desk.ask(mira, way.mailbox, "garten", "topic"))
    await refused(HandoverState, desk.offer(mira, way.mailbox, id, way.letter(), 1))  # without consent nothing moves
    assert await desk.offers(gast) == ()
    await way.decides(id, agree=True)
    await refused(HandoverState, way.decides(id, agree=True))
    await refused(HandoverStale, desk.offer(mira, way.mailbox, id, way.letter(), 1))  # the "yes" is a letter, too
    await refused(StaleKey, desk.offer(mira, way.mailbox, id, way.letter("hafen"), 2))
    await refused(EnvelopeRefused, desk.offer(mira, way.mailbox, id, note, 2))
    await desk.offer(mira, way.mailbox, id, way.letter(), 2)
    await refused(HandoverState, way.desk.team.close(mira, way.mailbox, "forwarded"))  # closing with an open hand-over
    (offer,) = await desk.offers(gast)
    assert (offer.row.from_team, offer.row.envelope is not None) == ("hafen", True)
    await refused(
        NoContact, way.desk.team.contact(gast, way.mailbox)
    )  # headers and a letter, nothing of the person yet
    await refused(NoHandover, desk.accept(mira, id))
    assert await desk.accept(gast, id) == way.mailbox
    taken = await way.desk.team.contact(gast, way.mailbox)
    assert (taken.row.team, taken.row.claimed_by, taken.row.state) == ("garten", "gast", "claimed")
    assert (len(taken.entries), taken.notes) == (2, ())
    assert taken.handovers[0].envelope is not None
    await refused(NoContact, way.desk.team.contact(mira, way.mailbox))
    await refused(NoContact, desk.cancel(mira, way.mailbox, id))
    await refused(HandoverState, desk.accept(gast, id))
    await refused(HandoverState, way.decides(id, "garten", agree=False))  # too late to take back; deleting always works
    await way.seeker.write(way.desk, way.seeker.message(team="garten"))
    await refused(HandoverLoop, desk.ask(gast, way.mailbox, "hafen", "support"))
    await way.desk.erase_mailbox(way.mailbox, way.seeker.keys.token)
    await refused(NoHandover, desk.accept(gast, id))


async def test_consent_withdrawn_in_the_middle_ends_the_offer_and_its_letter(way: Way) -> None:
    mira, gast = await way.enter("mira", "hafen"), await way.enter("gast", "garten")
    await way.desk.team.claim(mira, way.mailbox)
    desk = way.desk.handovers
    id = await desk.ask(mira, way.mailbox, "garten", "moved", noted=date(2026, 11, 17))
    await refused(HandoverState, desk.ask(mira, way.mailbox, "garten", "moved", noted=date(2027, 1, 1)))
    await desk.offer(mira, way.mailbox, id, way.letter(), 1)
    stranger = desk.decide(way.mailbox, bytes(32), id, agree=False, envelope=way.seeker.message(), stamp=None)
    await refused(NoMailbox, stranger)
    await refused(NoHandover, way.decides(bytes(16), agree=False))
    await way.decides(id, agree=False)
    assert await desk.offers(gast) == ()
    await refused(HandoverState, desk.accept(gast, id))
    (row,) = (await way.desk.team.contact(mira, way.mailbox)).handovers
    assert (row.stage, row.envelope) == ("withdrawn", None)
    await way.desk.team.close(mira, way.mailbox, "answered")
    await refused(NotInThisState, desk.ask(mira, way.mailbox, "garten", "topic"))  # what has ended is not handed on
    await way.desk.team.reopen(mira, way.mailbox)
    id = await desk.ask(mira, way.mailbox, "garten", "topic")
    await way.decides(id, agree=False)
    id = await desk.ask(mira, way.mailbox, "garten", "topic")
    await desk.cancel(mira, way.mailbox, id)
    assert sorted(await way.stages()) == ["cancelled", "refused", "withdrawn"]


async def test_a_clock_that_leaps_lets_no_offer_lapse(way: Way) -> None:
    mira, gast = await way.enter("mira", "hafen"), await way.enter("gast", "garten")
    await way.desk.team.claim(mira, way.mailbox)
    id = await way.desk.handovers.ask(mira, way.mailbox, "garten", "support", noted=date(2026, 11, 17))
    await way.desk.handovers.offer(mira, way.mailbox, id, way.letter(), 1)
    await way.desk.tick()
    way.clock.pass_by(days=20)
    await way.desk.tick()
    assert [offer.row.envelope is not None for offer in await way.desk.handovers.offers(gast)] == [True]
    await way.desk.store.write(lambda tx: leap.believe(tx, way.clock()))
    await way.desk.tick()
    assert await way.stages() == ["returned"]


async def test_the_person_writes_between_offer_and_acceptance(way: Way) -> None:
    mira, gast = await way.enter("mira", "hafen"), await way.enter("gast", "garten")
    await way.desk.team.claim(mira, way.mailbox)
    desk = way.desk.handovers
    id = await desk.ask(mira, way.mailbox, "garten", "support", noted=date(2026, 11, 17))
    await desk.offer(mira, way.mailbox, id, way.letter(), 1)
    await way.seeker.write(way.desk, way.seeker.message())
    await refused(HandoverStale, desk.accept(gast, id))
    await desk.offer(mira, way.mailbox, id, way.letter(), 2)
    await desk.give_back(gast, id, "no_capacity")
    (row,) = (await way.desk.team.contact(mira, way.mailbox)).handovers
    assert (row.stage, row.reason, row.envelope) == ("returned", "no_capacity", None)
    id = await desk.ask(mira, way.mailbox, "garten", "support", noted=date(2026, 11, 17))
    await desk.offer(mira, way.mailbox, id, way.letter(), 2)
    way.clock.pass_by(days=15)
    await desk.sweep()
    assert sorted(await way.stages()) == ["returned", "returned"]


async def test_an_offer_calls_the_new_team_until_it_has_ended_in_whatever_way(way: Way) -> None:
    mira, gast = await way.enter("mira", "hafen"), await way.enter("gast", "garten")
    await way.desk.team.claim(mira, way.mailbox)
    desk = way.desk.handovers

    async def offered() -> bytes:
        entries = len((await way.desk.team.contact(mira, way.mailbox)).entries)
        id = await desk.ask(mira, way.mailbox, "garten", "topic", noted=date(2026, 11, 17))
        assert await way.called() is None, "nobody is called for what is not offered yet"
        await desk.offer(mira, way.mailbox, id, way.letter(), entries)
        assert await way.called() == CALLED
        return id

    await desk.cancel(mira, way.mailbox, await offered())
    assert await way.called() is None
    await desk.give_back(gast, await offered(), "no_capacity")
    assert await way.called() is None
    await way.decides(await offered(), agree=False)
    assert await way.called() is None
    await offered()
    way.clock.pass_by(days=15)
    await desk.sweep()
    assert await way.called() is None

    id = await offered()
    (sheet,) = await way.alerts_of(gast)
    assert (sheet.contact, sheet.alert.kind.value) == (way.mailbox.hex(), "handover_offered")
    assert HANDOVER not in repr(await way.alerts_of(mira)), "not the team that offers"
    way.clock.pass_by(days=1)
    await way.desk.alerts.tick()
    taken = await way.desk.alerts.take("gast", sheet.alert.id)
    assert taken.reply.value == "yours"
    assert (await way.desk.team.contact(mira, way.mailbox)).row.team == "hafen", "who cares has not accepted yet"
    await way.seeker.write(way.desk, way.seeker.message())
    await desk.offer(mira, way.mailbox, id, way.letter(), 3)
    assert await way.called() == CALLED
    await desk.accept(gast, id)
    assert await way.called() is None


async def test_erasing_ends_the_call(way: Way) -> None:
    mira, gast = await way.enter("mira", "hafen"), await way.enter("gast", "garten")
    await way.desk.team.claim(mira, way.mailbox)
    id = await way.desk.handovers.ask(mira, way.mailbox, "garten", "topic", noted=date(2026, 11, 17))
    await way.desk.handovers.offer(mira, way.mailbox, id, way.letter(), 1)
    assert len(await way.alerts_of(gast)) == 1
    await way.desk.erase_mailbox(way.mailbox, way.seeker.keys.token)
    assert await way.called() is None
    assert await way.alerts_of(gast) == ()


async def test_from_a_civil_team_to_the_state_only_with_the_persons_own_yes(way: Way) -> None:
    """The wish for non-state teams is sealed: what somebody noted does not lead around it, at no step."""
    gast, desk = await way.enter("gast", "garten"), way.desk.handovers
    way.seeker = Seeker(way.network)
    way.mailbox = way.seeker.keys.id
    await way.seeker.send(way.desk, way.seeker.contact(team="garten"), "garten")
    await way.desk.team.claim(gast, way.mailbox)
    await refused(SignedYesNeeded, desk.ask(gast, way.mailbox, "hafen", "topic", noted=date(2026, 11, 17)))
    assert await way.stages() == []
    id = await desk.ask(gast, way.mailbox, "hafen", "topic")
    await way.decides(id, "garten", agree=True)
    assert await way.stages() == ["agreed"]

    for kinds in product(("civil", "state", "mixed"), repeat=2):
        h.allowed(*kinds, noted=False)
        if kinds[0] == "civil" != kinds[1]:
            with pytest.raises(SignedYesNeeded):
                h.allowed(*kinds, noted=True)
        else:
            h.allowed(*kinds, noted=True)
