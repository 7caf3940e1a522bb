"""Reading the vector files; used by the writer, so that what is written was checked, and by the tests."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from crypto import envelope as envelopes
from crypto.envelope import Kind, open_envelope
from crypto.errors import CryptoError, EnvelopeMalformed, EnvelopeUnreadable, SignatureForged
from crypto.identity import Identity

FOLDER = Path(envelopes.__file__).parent / "vectors"
FORMAT = "erstkontakt-vectors/1"
ERRORS: dict[str, type[CryptoError]] = {
    "malformed": EnvelopeMalformed,
    "unreadable": EnvelopeUnreadable,
    "forged": SignatureForged,
}


def load(name: str) -> dict[str, Any]:
    """One vector file as it is described in crypto/vectors/README.md."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert content["format"] == FORMAT
    return content


class Envelopes:
    """The cases of one envelope file."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.who = {name: Identity.from_seed(bytes.fromhex(seed)) for name, seed in content["seeds"].items()}
        self.opened = {case["name"]: case for case in content["opened"]}
        self.refused: list[dict[str, Any]] = content["refused"]
        self.flips: list[dict[str, Any]] = content["flips"]

    def open_all(self, case: dict[str, Any]) -> list[envelopes.Opened]:
        """What each reader of an `opened` case sees."""
        return [self.open({"of": case["name"], "reader": reader}) for reader in case["readers"]]

    def open(self, case: dict[str, Any]) -> envelopes.Opened:
        """Open a case as README.md says, with what it leaves out taken from the case `of`."""
        base = self.opened.get(case.get("of", ""), {})
        usual = {
            "reader": base["readers"][0] if base else None,
            "context": base.get("context"),
            "signer": None if base.get("kind") == Kind.CONTACT else base.get("signer"),
        }
        with_all = usual | case
        return open_envelope(
            self.bytes_of(case),
            self.who[with_all["reader"]],
            context=bytes.fromhex(with_all["context"]),
            sender_verify=self.who[with_all["signer"]].public.verify if with_all["signer"] else None,
        )

    def bytes_of(self, case: dict[str, Any]) -> bytes:
        """The envelope of a case, edited as it says."""
        whole = b64decode(case["envelope"] if "envelope" in case else self.opened[case["of"]]["envelope"])
        if "flip" in case:
            offset, mask = case["flip"]
            return flip(whole, offset, mask)
        if "replace" in case:
            offset, new = case["replace"][0], bytes.fromhex(case["replace"][1])
            return whole[:offset] + new + whole[offset + len(new) :]
        if "keep" in case:
            return whole[: case["keep"]]
        if "add" in case:
            return whole + bytes.fromhex(case["add"])
        if "pad_to" in case:
            return whole.ljust(case["pad_to"], b"\0")
        return whole


def flip(whole: bytes, offset: int, mask: int) -> bytes:
    """The same bytes with one of them XORed."""
    return whole[:offset] + bytes((whole[offset] ^ mask,)) + whole[offset + 1 :]


def error_of(cases: Envelopes, case: dict[str, Any]) -> str | None:
    """The name of the error with which a case is refused, or None if it opens."""
    try:
        cases.open(case)
    except CryptoError as refused:
        return next(name for name, error in ERRORS.items() if type(refused) is error)
    return None
