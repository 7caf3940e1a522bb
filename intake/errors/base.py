"""The root of the tree: a code for programs, a status, one kind sentence for people."""

from typing import ClassVar, Literal, NamedTuple

Language = Literal["de", "en"]


class Said(NamedTuple):
    """One sentence for a person, in both languages."""

    de: str
    en: str

    def to(self, language: str) -> str:
        """German unless `language` is "en"."""
        return self.en if language == "en" else self.de


class IntakeError(Exception):
    """Root of all errors that reach a person or a program as an answer."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    de: ClassVar[str] = "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es in einer Minute noch einmal."
    en: ClassVar[str] = "Something went wrong on our side. Please try again in a minute."

    def __init__(self, reason: str = "", **details: object) -> None:
        """`reason` is for logs and developers (never user input); `details` go into the answer."""
        super().__init__(reason or self.code)
        self.details = details

    def sentence(self, language: str) -> str:
        """The one sentence for the person, German unless `language` is "en"."""
        return self.en if language == "en" else self.de

    def body(self, language: str) -> dict[str, object]:
        """The JSON answer: {"error": code, "message": sentence, ...details}."""
        return {"error": self.code, "message": self.sentence(language), **self.details}


def every_error() -> tuple[type[IntakeError], ...]:
    """All leaves of the tree, for the OpenAPI document and the tests."""
    found: list[type[IntakeError]] = []
    stack: list[type[IntakeError]] = [IntakeError]
    while stack:
        kind = stack.pop()
        below = kind.__subclasses__()
        stack.extend(below)
        if not below:
            found.append(kind)
    return tuple(sorted(found, key=lambda kind: kind.code))


def language_of(accept_language: str | None) -> Language:
    """German unless English is preferred over it (RFC 9110, 12.5.4; only de and en are told apart)."""
    best: dict[str, float] = {}
    for part in (accept_language or "")[:200].split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary not in ("de", "en"):
            continue
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        best[primary] = max(best.get(primary, 0.0), quality)
    return "en" if best.get("en", 0.0) > best.get("de", 0.0) else "de"
