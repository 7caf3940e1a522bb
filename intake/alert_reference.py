"""The name of an alert for people: two harmless words and a number, such as „Kranich Laterne“ (4711).

It is content-free, can be read out and typed at night, and changes with every round, so that an answer to an old
message cannot take over what has begun to sound anew. Nothing of the contact goes into it: it is drawn from the random
id of the alert. The words are at least three slips of a finger apart from each other and from every command.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_WORDS = """
    Ahorn Amsel Anker Ballon Bernstein Birne Blatt Dattel Delfin Drossel Feder Fichte Flasche Flocke Forelle Frosch
    Garten Gerste Ginster Giraffe Gitarre Gletscher Gurke Hagel Hecht Hirsch Holunder Honig Hummel Kastanie Kerze Kiefer
    Komet Kompass Kranich Kreide Krokus Kuchen Kuerbis Lampe Lavendel Lerche Libelle Luchs Magnet Majoran Marder Melone
    Muschel Nebel Olive Pappel Paprika Pfirsich Pinguin Pinsel Quelle Rakete Regen Reiher Rettich Robbe Rubin Salbei
    Schilf Schnee Schwan Sonne Sperling Spinat Storch Teich Thymian Trompete Tulpe Veilchen Wiese Wolke Zebra Zwiebel
"""
WORDS = tuple(_WORDS.split())
FIRST_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Reference:
    """``number`` has four digits and says the same as ``words``."""

    words: tuple[str, str]
    number: str

    def __str__(self) -> str:
        return f"{self.words[0]} {self.words[1]} ({self.number})"


def reference(alert_id: str, round_: int) -> Reference:
    """The name of one round of an alert. Two alerts may share one by chance (1 in 6400); then the phone asks which."""
    drawn = hashlib.sha256(f"erstkontakt/1 reference/{alert_id}/{round_}".encode()).digest()
    index = int.from_bytes(drawn[:8], "big") % len(WORDS) ** 2
    return Reference((WORDS[index // len(WORDS)], WORDS[index % len(WORDS)]), str(FIRST_NUMBER + index))
