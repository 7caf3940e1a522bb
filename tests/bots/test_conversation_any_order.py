"""Whatever is said in whatever order: it never breaks, no draft is lost without a word, and only „fertig“ sends."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bots import conversation_words as spoken
from bots.conversation import step
from bots.conversation_model import (
    Add,
    Added,
    Answer,
    Arrived,
    Attached,
    Bind,
    Bound,
    Erase,
    Erased,
    Event,
    Failed,
    Guide,
    Leave,
    NewDevice,
    NotBound,
    NotGenuine,
    Quiet,
    Said,
    Say,
    Send,
    Sent,
    Step,
    Talk,
    Undecryptable,
    Unencrypted,
    Waited,
)
from intake.errors import StoreBusy, TeamUnknown
from tests.bots.talking import CODE, draft, guide, without_directory
from tests.intake.publishing import NOW

SENT = Sent(CODE, date(2026, 11, 25), date(2026, 12, 22))
PHRASES = [phrase for row in spoken.COMMANDS.values() for phrase in row]
USUAL = [
    "1",
    "2",
    "3",
    "ja",
    "23966",
    "rostock",
    "nichts",
    "Mein Bruder ist da rein geraten.",
    "fertg",
    "ich bin fertig",
]

texts = st.one_of(
    st.sampled_from(USUAL), st.sampled_from(PHRASES), st.just(" ".join(CODE)), st.text(max_size=60), st.just("fertig")
)
ids = st.sampled_from(["a", "b", "c", "d", "e", "f", ""])
said = st.builds(Said, texts, ids, st.none() | ids, st.booleans())
others = st.sampled_from(
    [
        Arrived(),
        Attached(),
        Undecryptable("s"),
        Unencrypted(),
        NewDevice("d"),
        Waited(),
        Quiet(),
        Answer("Team", "Ja."),
        NotGenuine(),
    ]
)
events = st.lists(st.tuples(st.one_of(said, said, said, others), st.integers(0, 50)), max_size=30)
ends = st.lists(st.booleans(), min_size=40, max_size=40)

# What may empty a draft. Each of them says so, or is the wish itself.
EMPTIED_BY = {"leave", "stop", "send"}


def answer_to(effect: object, *, well: bool) -> Event | None:
    """What a door would answer."""
    match effect:
        case Send():
            return SENT if well else Failed(TeamUnknown())
        case Add():
            return Added() if well else Failed(StoreBusy())
        case Bind():
            return Bound("Team") if well else NotBound(CODE)
        case Erase():
            return Erased() if well else Failed(StoreBusy())
    return None


@given(events, ends, st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_order(happens: list[tuple[Event, int]], well: list[bool], in_order: bool) -> None:
    world: Guide = guide() if in_order else without_directory()
    talk, now, outcomes = Talk(), NOW, iter(well * 30)
    for event, minutes in happens:
        now += timedelta(minutes=minutes)
        before = talk
        talk, effects = step(talk, event, now, world)
        meant = spoken.words(spoken.own(event.text, reply=event.reply)) if isinstance(event, Said) else ()

        sends = [effect for effect in effects if isinstance(effect, Send | Add)]
        if sends:
            assert isinstance(event, Said)
            assert event.edits is None
            assert meant in (("fertig",), ("done",))
            assert len(sends) == 1
            assert sends[0].text == draft(before)
            assert before.step in (Step.TEXT, Step.MAILBOX)
        if isinstance(sends[0] if sends else None, Send):
            assert before.team

        lost = [piece for piece in (*before.outgoing, *before.pieces) if piece not in (*talk.outgoing, *talk.pieces)]
        if lost:
            edited = isinstance(event, Said) and event.edits == lost[0].id
            wanted = isinstance(event, Said) and spoken.command(meant) in EMPTIED_BY
            assert edited or wanted or isinstance(event, Waited)
            assert any(isinstance(effect, Say | Leave) for effect in effects)
        if isinstance(event, Said) and event.text.strip() and not lost and not effects:
            # Silence is an answer only where the text lies in the draft, or came twice, or there was nothing to do.
            doubled = event.id in (*before.sent, *(piece.id for piece in (*before.outgoing, *before.pieces)))
            assert talk.pieces != before.pieces or doubled or event.reply or spoken.command(meant) == "back"

        for effect in effects:
            follows = answer_to(effect, well=next(outcomes))
            while follows is not None:
                kept = draft(talk) if isinstance(follows, Failed | NotBound | Bound) else None
                talk, more = step(talk, follows, now, world)
                assert kept is None or draft(talk) == kept
                follows = next(filter(None, (answer_to(one, well=next(outcomes)) for one in more)), None)
