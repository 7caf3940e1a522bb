"""Use cases of the counsellors: invitation, login, inbox, answer, note, close; what others never see."""

import os
from pathlib import Path

import pytest

from crypto.envelope import Kind, open_envelope, seal
from crypto.identity import Identity
from intake.desk import Desk
from intake.errors import (
    AlreadyClaimed,
    EnrolmentRefused,
    EnvelopeRefused,
    LoginRefused,
    NoContact,
    NoInvitation,
    NotInThisState,
    SessionEnded,
    StaleKey,
    TeamUnknown,
    TooMany,
)
from intake.members import Stretching
from intake.store import Store
from intake.team_desk import PAGE, Who, invitation_hash, member_context
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings, team_seed

NOBODY_HERE = Who("nobody", "Nobody", ("garten",))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def desk(store: Store, network: SmallNetwork, clock: Clock, tmp_path: Path) -> Desk:
    return Desk(store, network, settings(tmp_path), clock)


@pytest.fixture
async def mira(store: Store, network: SmallNetwork) -> Advisor:
    advisor = Advisor("mira", ("hafen",))
    await advisor.enrol(store, network)
    return advisor


@pytest.fixture
async def jonas(store: Store, network: SmallNetwork) -> Advisor:
    advisor = Advisor("jonas", ("hafen", "garten"))
    await advisor.enrol(store, network)
    return advisor


@pytest.fixture
async def seeker(desk: Desk, network: SmallNetwork) -> Seeker:
    person = Seeker(network)
    await person.send(desk, person.contact())
    return person


async def invite(store: Store, desk: Desk, code: str = "acht worte") -> None:
    from intake.desk import hour_of

    async def unit(tx):  # type: ignore[no-untyped-def]
        await tx.put_member("lena", "Lena Voss")
        await tx.join("lena", "hafen")
        await tx.put_invitation(invitation_hash(code), "lena", hour_of(desk.clock()) + 72)

    await store.write(unit)


def new_keys() -> tuple[Identity, dict[str, bytes]]:
    identity = Identity.from_seed(os.urandom(32))
    return identity, {
        "login_key": os.urandom(32),
        "wrapped_seed": os.urandom(72),
        "kem": identity.public.kem,
        "verify": identity.public.verify,
    }


GOOD = Stretching(b"s" * 16, 65536, 3)


async def test_an_invitation_becomes_a_member_once(desk: Desk, store: Store) -> None:
    await invite(store, desk)
    member, teams = await desk.team.invitation("  Acht-WORTE ")
    assert (member.name, teams) == ("Lena Voss", ["hafen"])
    identity, keys = new_keys()
    assert await desk.team.enrol("acht worte", stretching=GOOD, **keys) == identity.public.fingerprint
    with pytest.raises(NoInvitation):
        await desk.team.enrol("acht worte", stretching=GOOD, **keys)
    done = await desk.team.login("lena", keys["login_key"])
    assert [(key.team, key.epoch, key.envelope) for key in done.keys] == [("hafen", 1, None)]


async def test_an_invitation_ends_after_three_days(desk: Desk, store: Store, clock: Clock) -> None:
    await invite(store, desk)
    clock.pass_by(hours=72)
    with pytest.raises(NoInvitation):
        await desk.team.invitation("acht worte")


@pytest.mark.parametrize(
    ("stretching", "change"),
    [
        (Stretching(b"s" * 16, 1024, 3), {}),
        (Stretching(b"s" * 16, 65536, 1), {}),
        (Stretching(b"s", 65536, 3), {}),
        (GOOD, {"login_key": b"\0" * 32}),
        (GOOD, {"wrapped_seed": b""}),
        (GOOD, {"kem": b"\xff" * 1216}),
        (GOOD, {"verify": b"v"}),
    ],
)
async def test_weak_or_broken_keys_are_not_enrolled(
    desk: Desk, store: Store, stretching: Stretching, change: dict[str, bytes]
) -> None:
    await invite(store, desk)
    with pytest.raises(EnrolmentRefused):
        await desk.team.enrol("acht worte", stretching=stretching, **{**new_keys()[1], **change})
    await desk.team.invitation("acht worte")


async def test_login_gives_the_grants_and_a_session(desk: Desk, mira: Advisor, network: SmallNetwork) -> None:
    done = await desk.team.login(" MIRA ", mira.login_key)
    assert (await desk.team.session(done.session)).teams == ("hafen",)
    grant = done.keys[0].envelope
    assert grant is not None
    opened = open_envelope(
        grant,
        Identity.from_seed(mira.seed),
        context=member_context("mira"),
        sender_verify=network.team("hafen").public.verify,
    )
    assert b'"epoch":1' in opened.payload


async def test_after_a_new_epoch_the_old_grant_is_still_there_to_read_old_contacts(
    desk: Desk, mira: Advisor, network: SmallNetwork
) -> None:
    network.new_epoch("hafen")
    done = await desk.team.login("mira", mira.login_key)
    assert [(key.epoch, key.envelope is None) for key in done.keys] == [(2, True), (1, False)]


async def test_the_delay_after_wrong_passphrases_grows_and_ends_and_is_for_one_account(
    desk: Desk, mira: Advisor, jonas: Advisor, clock: Clock
) -> None:
    waits: list[int] = []
    free = 0
    while len(waits) < 11:
        try:
            await desk.team.login("mira", b"w" * 32)
        except LoginRefused:
            free += not waits
        except TooMany as refused:
            waits.append(int(str(refused.details["retry_after"])))
            await jonas.login(desk.team)
            clock.pass_by(seconds=waits[-1])
    assert free == 4
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    await desk.team.login("mira", mira.login_key)  # never locked out for good


async def test_hello_for_an_invented_member_is_stable_and_looks_real(desk: Desk, mira: Advisor) -> None:
    real, invented = await desk.team.hello("mira"), await desk.team.hello("mara")
    assert invented == await desk.team.hello("mara")
    assert (len(invented.salt), invented.memory_kib, invented.passes) == (16, real.memory_kib, real.passes)
    assert invented.salt != (await desk.team.hello("moni")).salt


async def test_a_session_ends_without_use_and_after_a_day_at_work(desk: Desk, mira: Advisor, clock: Clock) -> None:
    token = (await desk.team.login("mira", mira.login_key)).session
    for _ in range(28):
        clock.pass_by(minutes=25)
        await desk.team.session(token)
    clock.pass_by(minutes=25)
    with pytest.raises(SessionEnded):  # twelve hours in all
        await desk.team.session(token)
    token = (await desk.team.login("mira", mira.login_key)).session
    clock.pass_by(minutes=31)
    with pytest.raises(SessionEnded):
        await desk.team.session(token)
    await desk.tick()


async def test_the_inbox_shows_own_teams_only_urgent_first(desk: Desk, jonas: Advisor, network: SmallNetwork) -> None:
    sent = []
    for number in range(PAGE + 7):
        team = "garten" if number % 2 else "hafen"
        person = Seeker(network)
        await person.send(desk, person.contact(team=team), team, urgent=number == 40)
        sent.append(person.keys.id)
    who = await jonas.login(desk.team)
    first = await desk.team.inbox(who, "new", None)
    second = await desk.team.inbox(who, "new", first.next)
    assert first.rows[0].mailbox == sent[40]
    assert (len(first.rows), len(second.rows), second.next) == (PAGE, 7, None)
    assert {row.mailbox for row in (*first.rows, *second.rows)} == set(sent)
    assert first.counts["new"] == PAGE + 7
    only = await desk.team.inbox(who, "new", None, "garten")
    assert {row.team for row in only.rows} == {"garten"}
    with pytest.raises(TeamUnknown):
        await desk.team.inbox(who, "new", None, "fremd")


async def test_a_whole_conversation(
    desk: Desk, mira: Advisor, jonas: Advisor, seeker: Seeker, network: SmallNetwork
) -> None:
    who, colleague = await mira.login(desk.team), await jonas.login(desk.team)
    mailbox = seeker.keys.id
    with pytest.raises(NotInThisState):
        await desk.team.answer(who, mailbox, mira.answer(network, seeker))
    opened = await desk.team.claim(who, mailbox)
    assert (opened.row.state, opened.holder) == ("claimed", "Mira")
    with pytest.raises(AlreadyClaimed) as refused:
        await desk.team.claim(colleague, mailbox)
    assert refused.value.details == {"by": "Mira"}
    with pytest.raises(AlreadyClaimed):
        await desk.team.answer(colleague, mailbox, mira.answer(network, seeker))

    answer = mira.answer(network, seeker)
    assert await desk.team.answer(who, mailbox, answer) == 2
    assert await desk.team.answer(who, mailbox, answer) == 2
    note = mira.note(network, seeker)
    assert await desk.team.note(colleague, mailbox, note) == 1
    assert await desk.team.note(colleague, mailbox, note) == 1

    mailbox_view = await desk.open_mailbox(mailbox, seeker.keys.token)
    assert [(entry.number, entry.author) for entry in mailbox_view.entries] == [(1, "person"), (2, "team")]
    assert seeker.reads(mailbox_view.entries[1].envelope)["text"] == "Gut, dass Sie schreiben."

    assert await seeker.write(desk, seeker.message("Danke. Und jetzt?")) == 3
    assert (await desk.team.inbox(colleague, "waiting", None)).rows[0].mailbox == mailbox
    assert (await desk.team.inbox(colleague, "others", None)).names == {"mira": "Mira"}
    await desk.team.answer(who, mailbox, mira.answer(network, seeker, "Wir treffen uns."))
    assert (await desk.team.inbox(who, "waiting", None)).rows == ()

    ended = await desk.team.close(who, mailbox, "mandated")
    assert (ended.row.state, ended.row.ended is not None) == ("mandated", True)
    assert (await desk.team.inbox(who, "closed", None)).rows[0].reason == "mandated"
    assert (await desk.open_mailbox(mailbox, seeker.keys.token)).state == "mandated"

    await seeker.write(desk, seeker.message("Ich habe doch noch eine Frage."))
    back = await desk.team.contact(colleague, mailbox)
    assert (back.row.state, back.row.waiting, back.row.ended, back.row.claimed_by) == ("answered", 1, None, "mira")
    taken = await desk.team.claim(colleague, mailbox, take_over=True)
    assert taken.holder == "Jonas"
    await desk.team.close(colleague, mailbox, "answered")
    assert (await desk.team.reopen(who, mailbox)).holder == "Mira"
    assert (await desk.team.release(who, mailbox)).row.state == "received"


async def test_note_numbers_are_not_visible_in_what_the_person_sees(
    desk: Desk, mira: Advisor, seeker: Seeker, network: SmallNetwork
) -> None:
    who = await mira.login(desk.team)
    await desk.team.claim(who, seeker.keys.id)
    for number in range(3):
        await desk.team.note(who, seeker.keys.id, mira.note(network, seeker, f"Notiz {number}"))
    assert await desk.team.answer(who, seeker.keys.id, mira.answer(network, seeker)) == 2
    assert await seeker.write(desk, seeker.message()) == 3


async def test_answers_must_be_readable_by_the_person_and_the_team(
    desk: Desk, mira: Advisor, seeker: Seeker, network: SmallNetwork
) -> None:
    who = await mira.login(desk.team)
    await desk.team.claim(who, seeker.keys.id)
    team, me = network.team("hafen"), seeker.identity.public
    stranger = Identity.from_seed(os.urandom(32)).public

    def sealed(kind: Kind, *readers: object) -> bytes:
        return seal(kind, seeker.keys.id, b"{}", readers, team)  # type: ignore[arg-type]

    for envelope in (
        sealed(Kind.ANSWER, team.public),
        sealed(Kind.ANSWER, me, stranger, team.public),
        sealed(Kind.ANSWER, stranger, team.public),
        sealed(Kind.NOTE, team.public),
    ):
        with pytest.raises(EnvelopeRefused):
            await desk.team.answer(who, seeker.keys.id, envelope)
    network.new_epoch("hafen")
    with pytest.raises(StaleKey):
        await desk.team.answer(who, seeker.keys.id, sealed(Kind.ANSWER, me, team.public))
    with pytest.raises(StaleKey):
        await desk.team.note(who, seeker.keys.id, sealed(Kind.NOTE, team.public))
    assert team_seed("hafen", 2) != team_seed("hafen", 1)


async def test_a_foreign_team_gets_the_same_answer_as_for_nothing(
    desk: Desk, mira: Advisor, seeker: Seeker, network: SmallNetwork
) -> None:
    answer, note = mira.answer(network, seeker), mira.note(network, seeker)
    for mailbox in (seeker.keys.id, os.urandom(16)):
        sealed = (answer, note) if mailbox == seeker.keys.id else (None, None)
        for act in (
            desk.team.contact(NOBODY_HERE, mailbox),
            desk.team.claim(NOBODY_HERE, mailbox),
            desk.team.claim(NOBODY_HERE, mailbox, take_over=True),
            desk.team.release(NOBODY_HERE, mailbox),
            desk.team.close(NOBODY_HERE, mailbox, "answered"),
            desk.team.reopen(NOBODY_HERE, mailbox),
            *([desk.team.answer(NOBODY_HERE, mailbox, sealed[0])] if sealed[0] else []),
            *([desk.team.note(NOBODY_HERE, mailbox, sealed[1])] if sealed[1] else []),
        ):
            with pytest.raises(NoContact) as refused:
                await act
            assert refused.value.details == {}
    assert (await desk.team.inbox(NOBODY_HERE, "new", None)).rows == ()


async def test_text_blocks_belong_to_the_team(desk: Desk, mira: Advisor, network: SmallNetwork) -> None:
    who = await mira.login(desk.team)
    assert await desk.team.blocks(who, "hafen") is None
    for version in range(2):
        envelope = mira.blocks(network)
        await desk.team.put_blocks(who, "hafen", envelope)
        assert await desk.team.blocks(who, "hafen") == envelope, version
    with pytest.raises(TeamUnknown):
        await desk.team.blocks(who, "garten")
    with pytest.raises(TeamUnknown):
        await desk.team.put_blocks(who, "garten", mira.blocks(network))


async def test_logout_ends_the_session_for_good(desk: Desk, mira: Advisor) -> None:
    token = (await desk.team.login("mira", mira.login_key)).session
    await desk.team.logout(token)
    with pytest.raises(SessionEnded):
        await desk.team.session(token)


async def test_a_revoked_member_is_out_at_once(desk: Desk, mira: Advisor, store: Store) -> None:
    token = (await desk.team.login("mira", mira.login_key)).session
    await store.write(lambda tx: tx.cut_off("mira"))
    with pytest.raises(SessionEnded):
        await desk.team.session(token)
    with pytest.raises(LoginRefused):
        await desk.team.login("mira", mira.login_key)
