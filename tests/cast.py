"""The people of the stories, the same in all scenarios, so that a reader knows them after the second one.

They come from the user stories of counselling practice. Nobody of them exists; places and teams are those of the
example network. `Person.says(planted)` is what they write: their own words with the planted sentence and number in
it, which the scenario searches for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.leaks import Planted

Role = Literal["exit", "relative", "professional", "own_concern"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes. `place` is a postcode, or None for who says nothing about it."""

    name: str
    role: Role
    words: str
    place: str | None = None
    phenomenon: str | None = None
    only_civil: bool = False

    def says(self, planted: Planted) -> str:
        return f"{self.words}\n{planted.sentence}. {planted.number}\n{planted.sentence}."


ANNE = Person(
    "Anne, mother from Wismar",
    "relative",
    "Mein Sohn ist fünfzehn. In seinem Zimmer hängen Zeichen, die mir Angst machen. Wie rede ich mit ihm?",
    place="23966",
    phenomenon="RE",
)
YUSUF = Person(
    "Yusuf, who fears the state",
    "exit",
    "Ich will da raus, aber ich habe ein laufendes Verfahren und traue keiner Behörde.",
    phenomenon="LE",
    only_civil=True,
)
SANDRA = Person(
    "Sandra, who shares the tablet with her violent partner",
    "exit",
    "Er darf das nie sehen. Ich habe nur ein paar Minuten.",
    place="19053",
)
KEVIN = Person(
    "Kevin, who lost his code",
    "exit",
    "Ich habe die Wörter nicht mehr. Ich habe schon einmal geschrieben.",
    place="18055",
    phenomenon="RE",
)
ROBIN = Person(
    "Robin, on an old telephone without JavaScript",
    "own_concern",
    "Ich merke, dass ich Leute hasse, die ich gar nicht kenne.",
)
TEACHER = Person(
    "Frau Petersen, teacher in Grevesmühlen",
    "professional",
    "Ein Schüler meiner neunten Klasse zeichnet Runen in sein Heft.",
    place="23936",
    phenomenon="RE",
)


@dataclass(frozen=True, slots=True)
class Counsellor:
    """Somebody who answers: member name of the demo network."""

    member: str


MIRA = Counsellor("mira")
JONAS = Counsellor("jonas")
AYLIN = Counsellor("aylin")
