"""Everything that can be wrong with bytes from outside.

CryptoError
 +-- EnvelopeMalformed     the form is not ours
 +-- EnvelopeUnreadable    not for this reader, wrong context, or damaged
 +-- SignatureForged       readable, but not from whom it claims to be
 +-- PayloadTooLarge       more than one envelope can carry
 +-- KeyMalformed          not a public key
 +-- PassphraseWrong       the wrapped seed does not open
 +-- ReturnCodeUnclear     the words typed are not (yet) a return code

Mistakes of the calling code (a seed of 31 bytes, no recipient) are ValueError and never caught.
The sentences for people are written by the pages; these errors carry the data for them.
"""

from dataclasses import dataclass


class CryptoError(Exception):
    """Something from outside cannot be used; never holds a secret or a plaintext."""


class EnvelopeMalformed(CryptoError):
    """These bytes are not an envelope: magic, kind, counts or size are not ours (FORMAT.md, "Envelope")."""


class EnvelopeUnreadable(CryptoError):
    """The envelope is damaged, lies in the wrong mailbox, or was sealed for another reader."""


class SignatureForged(CryptoError):
    """The content is not from whom it claims to be."""


class PayloadTooLarge(CryptoError):
    """The content is longer than the largest envelope can carry (`envelope.MAX_PAYLOAD` bytes)."""


class KeyMalformed(CryptoError):
    """These bytes are not a public key of ours."""


class PassphraseWrong(CryptoError):
    """The passphrase is not the one the seed was wrapped with, or the wrapped seed is damaged."""


class AtRestUnreadable(CryptoError):
    """The value was sealed under another key at rest or for another purpose, or is damaged."""


@dataclass(frozen=True, slots=True)
class WordProblem:
    """One typed word that is not in the list. `position` counts from 0; `suggestions` are at most three, best first."""

    position: int
    given: str
    suggestions: tuple[str, ...]

    def __repr__(self) -> str:
        # The word next to a typing slip is one eighth of a secret.
        return f"<WordProblem at {self.position}>"


class ReturnCodeUnclear(CryptoError):
    """The text is not a return code: unknown words (`problems`), or not eight words (`count`)."""

    def __init__(self, problems: tuple[WordProblem, ...], count: int) -> None:
        super().__init__(f"{len(problems)} unclear of {count} words")
        self.problems = problems
        self.count = count
