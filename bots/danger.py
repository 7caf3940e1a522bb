"""Words that may mean danger make the emergency numbers appear at once.

A hint and nothing else: nothing is sent, nothing is decided, nobody is told. A wrong guess costs a few lines to read,
so the list is wide about life and narrow about everything else. The browser has the same list
(intake/web/client/pages/danger.ts); a test holds the two against each other.
"""

from __future__ import annotations

import re

# dying, killing oneself
_LIFE = (
    r"selbstm[oö]rd",
    r"sui[zc]id",
    r"umbring",
    r"bring\w* (mich|uns|ihn|sie|es) um",
    r"nicht mehr leben",
    r"(will|möchte|moechte) sterben",
    r"mich (selbst )?(töten|toeten|umzubringen|verletzen)",
    r"ritze? mich",
    r"schluss machen mit (dem|meinem) leben",
    r"kill (myself|me|him|her|us|them)",
    r"want to die",
    r"end my life",
    r"hurt myself",
    r"don'?t want to live",
)
# being attacked now
_ATTACKED = (
    r"(er|sie) (schlägt|schlaegt|würgt|wuergt|bedroht|vergewaltigt) mich",
    r"vergewaltig",
    r"mit (einem|dem) messer",
    r"sperr\w* mich ein",
    r"eingesperrt",
    r"lebensgefahr",
    r"raped?\b",
    r"(is|are) (beating|choking|threatening) me",
    r"locked me",
)
# attacks planned
_PLANNED = (
    r"amok",
    r"anschlag",
    r"bombe",
    r"sprengstoff",
    r"erschieß|erschiess",
    r"attentat",
    r"\bschusswaffe",
    r"\bbombs?\b",
    r"shooting\b",
    r"explosives",
    r"terror attack",
)
SIGNS = (*_LIFE, *_ATTACKED, *_PLANNED)
_SIGNS = re.compile("|".join(SIGNS), re.IGNORECASE)
LOOKED_AT = 20_000  # characters, the last ones


def sounds_dangerous(text: str) -> bool:
    """Whether the emergency numbers should be shown beside this text."""
    return _SIGNS.search(text[-LOOKED_AT:].replace("’", "'")) is not None
