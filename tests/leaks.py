"""Search for what must not be found: a planted sentence, number, code or key in every byte that was written.

A test plants something unmistakable, lets the whole story happen, and then hands every place where bytes may have
come to rest (database, write-ahead log, logs, temporary folders, the browser's profile, addresses, headers, bodies)
to `search`. A hit is a `Leak`, named with its place and the spelling it was found in.

Each secret is looked for as it is and as a careless program might have written it: UTF-8, UTF-16, Latin-1, base64 (at
each of the three alignments, both alphabets), hex, percent-encoded, form-encoded, JSON- and HTML-escaped, in lower and
upper case, inside gzip and zlib streams, and cut into overlapping pieces, because a database may store the halves of a
sentence on two pages. `tests/test_leaks.py` plants needles in each of these ways and proves that they are found.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
import secrets
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

PIECE = 18  # characters; long enough never to occur by chance, short enough for a cut sentence to keep a whole one
STRIDE = 9
CORE = 7  # bytes that several forms have in common
MAX_STREAMS = 4_000  # compressed streams tried per place
MAX_INFLATED = 8_000_000  # bytes of one stream

SYLLABLES = [consonant + vowel for consonant in "bdfgklmn" for vowel in "aeiou"]


@dataclass(frozen=True, slots=True)
class Leak:
    """One secret, found where it must not be."""

    secret: str
    spelling: str
    place: str

    def __str__(self) -> str:
        return f"{self.secret} as {self.spelling} in {self.place}"


@dataclass(frozen=True, slots=True)
class Planted:
    """What a story writes to be searched for afterwards: new in every test, so that no run can hide another.

    `sentence` has umlauts and a sharp s (they are spelled differently in each encoding); `number` is a German mobile
    number from the range that the Bundesnetzagentur keeps free for films (0171 39200…).
    """

    sentence: str
    number: str

    @classmethod
    def new(cls) -> Planted:
        name = "".join(secrets.choice(SYLLABLES) for _ in range(5)).capitalize()
        place = "".join(secrets.choice(SYLLABLES) for _ in range(5)).capitalize()
        return cls(
            sentence=f"Mein Sohn trägt größere Sorgen als {name} am Bahnhof {place}",
            number=f"0171 39200{secrets.randbelow(90) + 10} {secrets.randbelow(9000) + 1000}",
        )

    @property
    def needles(self) -> list[Needle]:
        return [sentence("the planted sentence", self.sentence), number("the planted number", self.number)]


@dataclass(frozen=True)
class Needle:
    """A secret with all the forms it is looked for in."""

    name: str
    literal: dict[bytes, str]
    patterns: tuple[tuple[re.Pattern[bytes], str], ...] = ()
    _cores: tuple[tuple[bytes, tuple[bytes, ...]], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_cores", tuple(_cores(self.literal)))

    def __repr__(self) -> str:
        return f"<Needle {self.name}>"

    def found_in(self, data: bytes) -> str | None:
        """A spelling found in `data`, or None."""
        for core, forms in self._cores:
            if core in data:
                for form in forms:
                    if form in data:
                        return self.literal[form]
        for pattern, spelling in self.patterns:
            if pattern.search(data):
                return spelling
        return None


# -- needles ------------------------------------------------------------------------------------------------------


def sentence(name: str, text: str) -> Needle:
    """A text of at least 18 characters, looked for whole and in overlapping pieces."""
    if len(text) < PIECE:
        raise ValueError(f"A planted text needs at least {PIECE} characters to be unmistakable.")
    forms: dict[bytes, str] = {}
    for piece in _pieces(text):
        _spell(piece, forms)
    return Needle(name, forms)


def number(name: str, text: str) -> Needle:
    """A telephone number: its last ten digits, however they are grouped, and its usual written forms."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < 10:
        raise ValueError("A planted number needs at least ten digits to be unmistakable.")
    forms: dict[bytes, str] = {}
    for written in {text, digits, digits[-10:], "+49" + digits.lstrip("0"), "0049" + digits.lstrip("0")}:
        _spell(written, forms)
    grouped = rb"[ /().\-+]{0,2}".join(digit.encode() for digit in digits[-10:])
    wide = rb"\x00(?:[ /().\-+]\x00){0,2}".join(digit.encode() for digit in digits[-10:])
    return Needle(name, forms, ((re.compile(grouped), "digits"), (re.compile(wide), "digits in UTF-16")))


def code(name: str, words: Sequence[str]) -> Needle:
    """A return code: any three neighbouring words with anything but letters between them, whole spellings too."""
    if len(words) < 3:
        raise ValueError("A return code has at least three words.")
    forms: dict[bytes, str] = {}
    for joined in (" ".join(words), "-".join(words), "".join(words), "\n".join(words), ",".join(words)):
        for piece in _pieces(joined):
            _spell(piece, forms)
    patterns = []
    for triple in zip(words, words[1:], words[2:], strict=False):
        near = rb"[^a-zA-Z]{0,40}".join(re.escape(word.encode()) for word in triple)
        wide = rb"\x00(?:[^a-zA-Z]\x00){0,40}".join(
            rb"\x00".join(re.escape(letter.encode()) for letter in word) for word in triple
        )
        patterns += [(re.compile(near, re.I), "words in a row"), (re.compile(wide, re.I), "words in UTF-16")]
    return Needle(name, forms, tuple(patterns))


def key(name: str, secret: bytes) -> Needle:
    """A binary secret (seed, token): raw, hex, base64, as a list of numbers; in halves, too."""
    if len(secret) < 16:
        raise ValueError("A binary secret needs at least 16 bytes to be unmistakable.")
    forms: dict[bytes, str] = {}
    for part in (secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]):
        forms[part] = "raw bytes"
        _encode(part, "raw bytes", forms)
        forms[",".join(map(str, part)).encode()] = "list of numbers"
        forms[", ".join(map(str, part)).encode()] = "list of numbers"
    return Needle(name, forms)


def _cores(forms: Iterable[bytes]) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """A few short strings, each with the forms that contain it: most places hold none, so a search costs a tenth."""
    left = set(forms)
    containing: dict[bytes, set[bytes]] = defaultdict(set)
    for form in left:
        for start in range(max(len(form) - CORE + 1, 1)):
            containing[form[start : start + CORE]].add(form)
    while left:
        core = max(containing, key=lambda one: len(containing[one]))
        covered = containing[core].copy()
        yield core, tuple(covered)
        left -= covered
        for form in covered:
            for start in range(max(len(form) - CORE + 1, 1)):
                containing[form[start : start + CORE]].discard(form)


def _pieces(text: str) -> Iterator[str]:
    yield text
    if len(text) <= PIECE:
        return
    for start in range(0, len(text) - PIECE, STRIDE):
        yield text[start : start + PIECE]
    yield text[-PIECE:]


def _spell(text: str, forms: dict[bytes, str]) -> None:
    for case, cased in (("", text), ("lower-case ", text.lower()), ("upper-case ", text.upper())):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
            try:
                raw = cased.encode(encoding)
            except UnicodeEncodeError:
                continue
            forms.setdefault(raw, f"{case}{encoding}")
            if encoding in {"utf-8", "utf-16-le"} and not case:
                _encode(raw, encoding, forms)
        for escaped, how in (
            (quote(cased, safe=""), "percent-encoding"),
            (quote_plus(cased), "form-encoding"),
            (json.dumps(cased)[1:-1], "JSON escapes"),
            (json.dumps(cased)[1:-1].replace("\\", "\\\\"), "JSON escapes twice"),
            (html.escape(cased), "HTML escapes"),
            (cased.encode("ascii", "xmlcharrefreplace").decode(), "HTML references"),
            (cased.encode("unicode_escape").decode(), "Python escapes"),
            (cased.encode("utf-8").decode("latin-1"), "double UTF-8"),
            (repr(cased.encode())[2:-1], "repr of bytes"),
        ):
            forms.setdefault(escaped.encode(), f"{case}{how}")
            forms.setdefault(re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), escaped).encode(), f"{case}{how}")


def _encode(raw: bytes, origin: str, forms: dict[bytes, str]) -> None:
    forms.setdefault(raw.hex().encode(), f"hex of {origin}")
    forms.setdefault(raw.hex().upper().encode(), f"hex of {origin}")
    for lead in range(3):
        # The same bytes look different at each of the three places in a base64 group; the ends mix with neighbours.
        encoded = base64.b64encode(b"\0" * lead + raw + b"\0\0")
        first = (lead * 8 + 5) // 6
        last = (lead + len(raw)) * 8 // 6
        inner = encoded[first:last]
        forms.setdefault(inner, f"base64 of {origin}")
        forms.setdefault(inner.replace(b"+", b"-").replace(b"/", b"_"), f"base64url of {origin}")
        forms.setdefault(quote(inner, safe="").encode(), f"percent-encoded base64 of {origin}")


# -- places -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes at rest or on their way, with a name for the report."""

    name: str
    data: bytes

    def __repr__(self) -> str:
        return f"<Place {self.name}, {len(self.data)} bytes>"


def files(*roots: Path) -> Iterator[Place]:
    """Every regular file below the roots, its path as well (a secret in a file name is a leak, too)."""
    for root in roots:
        if root.is_file():
            yield from _read(root)
            continue
        for folder, _, names in os.walk(root):
            for name in names:
                yield from _read(Path(folder) / name)


def _read(path: Path) -> Iterator[Place]:
    try:
        if path.is_symlink() or not path.is_file():
            yield Place(f"{path} (name)", os.fsencode(path))
            return
        yield Place(str(path), os.fsencode(path) + b"\n" + path.read_bytes())
    except FileNotFoundError:  # a browser tidies up its profile while we read
        return


def search(needles: Iterable[Needle], places: Iterable[Place]) -> list[Leak]:
    """All leaks: each needle at most once per place."""
    wanted = list(needles)
    if not wanted:
        raise ValueError("Nothing to search for: a search that cannot fail proves nothing.")
    leaks = []
    for place in places:
        for needle in wanted:
            spelling = needle.found_in(place.data)
            if spelling is None:
                spelling = next((f"{s}, compressed" for d in _inflated(place.data) if (s := needle.found_in(d))), None)
            if spelling is not None:
                leaks.append(Leak(needle.name, spelling, place.name))
    return leaks


def assert_none(needles: Iterable[Needle], places: Iterable[Place], *, at_least: int = 1) -> int:
    """Fail with every leak named; also when fewer than `at_least` places were looked at. Returns how many were."""
    seen = list(places)
    if len(seen) < at_least:
        raise AssertionError(f"Only {len(seen)} places were searched, at least {at_least} were expected.")
    leaks = search(needles, seen)
    if leaks:
        raise AssertionError("Found where it must not be:\n  " + "\n  ".join(map(str, leaks)))
    return len(seen)


_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


def _inflated(data: bytes) -> Iterator[bytes]:
    for count, match in enumerate(_STREAM.finditer(data)):
        if count >= MAX_STREAMS:
            return
        inflater = zlib.decompressobj(wbits=47)  # gzip or zlib, told by its head
        try:
            plain = inflater.decompress(data[match.start() :], MAX_INFLATED)
        except zlib.error:
            continue
        if len(plain) >= PIECE:
            yield plain
