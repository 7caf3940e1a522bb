"""Somebody who talks with the dialogue: says things, and sees what would be said and done."""

from __future__ import annotations

import msgspec

from bots.conversation import step
from bots.conversation_model import Arrived, Effect, Event, Guide, Piece, Said, Say, Step, Talk
from intake.directory import Directory
from tests.intake import publishing
from tests.intake.publishing import NOW

WEB = "https://kontakt.example/"
CODE = ("abakus", "abbau", "abbild", "abendrot", "abfahrt", "abflug", "abgleich", "abhang")


def guide() -> Guide:
    """The example network, valid."""
    return Guide(publishing.first().directory, publishing.regions(), WEB)


def without_directory() -> Guide:
    return Guide(None, None, WEB)


def closed_world() -> Guide:
    """A directory in which nobody is responsible for anything: every list of the table is empty."""
    directory: Directory = publishing.first().directory
    routing = msgspec.structs.replace(directory.routing, lists=tuple(() for _ in directory.routing.lists))
    return Guide(msgspec.structs.replace(directory, routing=routing), publishing.regions(), WEB)


class Person:
    """One help-seeker. ``said`` is everything that was said to them, ``did`` everything else that was wanted."""

    def __init__(self, *messages: str, talk: Talk | None = None, guide_: Guide | None = None) -> None:
        self.talk = talk or Talk()
        self.guide = guide_ or guide()
        self.now = NOW
        self.said: list[str] = []
        self.did: list[Effect] = []
        self._messages = 0
        if talk is None and not messages:
            self.happens(Arrived())
        for message in messages:
            self.says(message)

    def happens(self, event: Event) -> list[Effect]:
        self.talk, effects = step(self.talk, event, self.now, self.guide)
        self.said += [effect.text for effect in effects if isinstance(effect, Say)]
        self.did += [effect for effect in effects if not isinstance(effect, Say)]
        return list(effects)

    def says(self, text: str, *, edits: str | None = None, reply: bool = False, id: str | None = None) -> str:
        """Everything that is said in answer, as one text."""
        self._messages += 1
        effects = self.happens(Said(text, id or f"m{self._messages}", edits, reply))
        return "\n".join(effect.text for effect in effects if isinstance(effect, Say))


def writing() -> Person:
    """Somebody who has seen who will read, and may write now."""
    person = Person()
    for answer in ("2", "1", "23966", "ja"):
        person.says(answer)
    assert person.talk.step is Step.TEXT, person.said[-1]
    return person


def in_mailbox() -> Person:
    """Somebody who has sent before."""
    return Person(talk=Talk(step=Step.MAILBOX, bound=True))


def draft(talk: Talk) -> str:
    """Everything of the draft, wherever it lies."""
    return "\n\n".join(piece.text for piece in (*talk.outgoing, *talk.pieces))


PIECE = Piece("p", "Ich habe Angst.")
