"""The return code: eight everyday German words that are the only key to a mailbox.

88 bits from the system's random source. The words can be typed on any keyboard, read aloud over a bad line, and
recognised by their first four letters. Nothing here stores, logs or prints them. Format: FORMAT.md, "Return code".
"""

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from crypto.argon2 import argon2id
from crypto.errors import ReturnCodeUnclear, WordProblem

COUNT = 8  # words in a code
BITS = 11  # one word out of 2,048
PREFIX = 4  # this many letters name a word
MOST_SUGGESTIONS = 3
LONGEST_SUGGESTED_FOR = 24  # a longer "word" is not a typing slip, and comparing it would cost time

WORDS: tuple[str, ...] = tuple((Path(__file__).parent / "words_de.txt").read_text(encoding="ascii").split())


def _letters(word: str) -> int:
    """Which letters occur, one bit each."""
    bits = 0
    for letter in word:
        bits |= 1 << ord(letter) % 64
    return bits


_LETTERS = {word: _letters(word) for word in WORDS}
_BY_PREFIX = {word[:PREFIX]: word for word in WORDS}
_SPELLING = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_NUMBERING = re.compile(r"^\d+")


def generate(random_bytes: Callable[[int], bytes] = os.urandom) -> tuple[str, ...]:
    """Eight words, each drawn independently and evenly (88 bits). `random_bytes(n)` gives n bytes."""
    return spell(int.from_bytes(random_bytes(COUNT * BITS // 8), "big"))


def spell(number: int) -> tuple[str, ...]:
    """The eight words for an 88-bit number, most significant first; also used for fingerprints."""
    return tuple(WORDS[number >> BITS * place & (1 << BITS) - 1] for place in reversed(range(COUNT)))


def parse(text: str) -> tuple[str, ...]:
    """Read a code as people write it: any case, ä or ae, ß or ss, blanks, hyphens, commas, line breaks, "1. ", and
    words cut short after four letters or more.

    Raises ReturnCodeUnclear with one WordProblem for each word that is not in the list. A word is never corrected
    silently: a wrong guess would open nothing and say nothing.
    """
    given = _split(text)
    if len(given) > 2 * COUNT:  # plainly not a code; suggestions would only cost time
        raise ReturnCodeUnclear((), len(given))
    found = [_find(word) for word in given]
    problems = tuple(
        WordProblem(position, given[position], _suggest(given[position]))
        for position, word in enumerate(found)
        if word is None
    )
    if problems or len(found) != COUNT:
        raise ReturnCodeUnclear(problems, len(given))
    return tuple(word for word in found if word is not None)


def stretch(words: Sequence[str], salt: bytes, memory_kib: int, passes: int) -> bytes:
    """The 32-byte seed of the mailbox: Argon2id v1.3 (RFC 9106), one lane, over the words joined by one blank.

    `salt` is the network's (16 bytes); the costs come from the signed directory and have a floor (`crypto.argon2`).
    """
    if len(words) != COUNT or any(_BY_PREFIX.get(word[:PREFIX]) != word for word in words):
        raise ValueError("a return code is eight words of the list")
    return argon2id(" ".join(words).encode("ascii"), salt, memory_kib, passes, 32)


def _split(text: str) -> list[str]:
    # Messengers and word processors add soft hyphens and zero-width marks inside words; they mean nothing.
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    plain = unicodedata.normalize("NFKC", visible).lower().translate(_SPELLING)
    bare = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    parts = (_NUMBERING.sub("", part) for part in _BETWEEN_WORDS.split(bare))
    return [part for part in parts if part]


def _find(given: str) -> str | None:
    if len(given) < PREFIX:
        return None
    word = _BY_PREFIX.get(given[:PREFIX])
    return word if word is not None and word.startswith(given) else None


def _suggest(given: str) -> tuple[str, ...]:
    if not 2 <= len(given) <= LONGEST_SUGGESTED_FOR:
        return ()
    letters = _letters(given)
    near = []
    for word, its_letters in _LETTERS.items():
        if word.startswith(given) or given.startswith(word):
            near.append((1, word))
        # One slip changes at most two letters of the set: most words need no comparing.
        elif (letters ^ its_letters).bit_count() <= 4 and (slips := distance(given, word)) <= 2:
            near.append((slips, word))
        elif word[:PREFIX] == given[:PREFIX]:
            near.append((3, word))
    return tuple(word for _, word in sorted(near)[:MOST_SUGGESTIONS])


def distance(one: str, other: str) -> int:
    """Typing slips between two words: letters added, left out, replaced, or two neighbours swapped.

    Damerau-Levenshtein in its restricted form (optimal string alignment).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
