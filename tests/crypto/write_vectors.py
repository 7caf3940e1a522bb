"""Writes crypto/vectors/*.json; the structure is described in crypto/vectors/README.md.

python -m tests.crypto.write_vectors            all files that are not there yet
python -m tests.crypto.write_vectors --anew     all files (only when the format has changed)
"""

import hashlib
import json
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from crypto import argon2, passphrase, return_code, signing
from crypto.errors import ReturnCodeUnclear
from crypto.identity import Identity, MailboxKeys, derive
from tests.crypto.forge import envelope_cases
from tests.crypto.vectors import FOLDER, FORMAT

L = 2**252 + 27742317777372353535851937790883648493  # order of the Ed25519 group (RFC 8032)


def b64(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def seed_of(name: str) -> bytes:
    """A known seed for a vector; seeds of real people come from their code or from the system's random source."""
    return hashlib.sha256(b"erstkontakt vectors " + name.encode()).digest()


def identity() -> dict[str, Any]:
    return {
        "identities": [_identity(name) for name in ("person", "team", "member")],
        "signatures": _signatures(),
        "hostile_keys": _hostile_keys(),
    }


def _identity(name: str) -> dict[str, Any]:
    seed = seed_of(name)
    me, mailbox = Identity.from_seed(seed), MailboxKeys.from_seed(seed)
    infos = (("hpke", 32), ("sign", 32), ("mailbox", 16), ("token", 32), ("root", 32))
    message = f"Nachricht von {name}".encode()
    return {
        "name": name,
        "seed": seed.hex(),
        "derive": [
            {"info": f"erstkontakt/1 {info}", "length": n, "out": derive(seed, f"erstkontakt/1 {info}", n).hex()}
            for info, n in infos
        ],
        "kem": b64(me.public.kem),
        "verify": me.public.verify.hex(),
        "kid": me.public.kid.hex(),
        "fingerprint": me.public.fingerprint,
        "mailbox": mailbox.id.hex(),
        "token": mailbox.token.hex(),
        "token_hash": mailbox.token_hash.hex(),
        "message": message.hex(),
        "signature": me.sign(message).hex(),
    }


def _signatures() -> list[dict[str, Any]]:
    me, other = Identity.from_seed(seed_of("team")), Identity.from_seed(seed_of("person"))
    message, verify = b"Antwort", me.public.verify
    good = me.sign(message)
    # The same signature with S + L: RFC 8032 says no, careless libraries say yes.
    twice = good[:32] + (int.from_bytes(good[32:], "little") + L).to_bytes(32, "little")
    # A key of small order with R = the identity and S = 0 would "sign" every message.
    small, nothing = bytes((1,)) + bytes(31), bytes((1,)) + bytes(63)
    rows = [
        ("right", verify, message, good, True),
        ("empty message", verify, b"", me.sign(b""), True),
        ("another message", verify, b"Antwort.", good, False),
        ("another signer", other.public.verify, message, good, False),
        ("S not reduced", verify, message, twice, False),
        ("R flipped", verify, message, bytes((good[0] ^ 1,)) + good[1:], False),
        ("S flipped", verify, message, good[:63] + bytes((good[63] ^ 16,)), False),
        ("key of small order", small, message, nothing, False),
        ("key of order 2", (2**255 - 20).to_bytes(32, "little"), message, nothing, False),
        ("key not on the curve", bytes((2,)) + bytes(31), message, good, False),
        ("all zero", bytes(32), message, bytes(64), False),
        ("signature too short", verify, message, good[:63], False),
        ("signature too long", verify, message, good + b"\0", False),
        ("key too short", verify[:31], message, good, False),
    ]
    return [
        {"name": name, "verify": key.hex(), "message": text.hex(), "signature": mark.hex(), "valid": valid}
        for name, key, text, mark, valid in rows
    ]


def _hostile_keys() -> list[dict[str, Any]]:
    kem = Identity.from_seed(seed_of("team")).public.kem
    order_8 = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
    rows = [
        ("too short", kem[:-1], "public"),
        ("too long", kem + b"\0", "public"),
        ("empty", b"", "public"),
        ("numbers of ML-KEM not reduced", b"\xff" * 1184 + kem[1184:], "public"),
        ("one number of ML-KEM is q", (3329).to_bytes(2, "little") + kem[2:], "public"),
        ("X25519 point zero", kem[:1184] + bytes(32), "seal"),
        ("X25519 point one", kem[:1184] + bytes((1,)) + bytes(31), "seal"),
        ("X25519 point of order 8", kem[:1184] + order_8, "seal"),
    ]
    return [{"name": name, "kem": b64(key), "refused": refused} for name, key, refused in rows]


def code() -> dict[str, Any]:
    randoms = (bytes(11), b"\xff" * 11, seed_of("code")[:11], bytes(range(11)))
    generated = [(random, return_code.spell(int.from_bytes(random, "big"))) for random in randoms]
    words = generated[2][1]
    a, b, c, d, e, f, g, h = words
    texts = [
        " ".join(words),
        " ".join(words).upper(),
        "-".join(words),
        "\n".join(f"{n}. {word}" for n, word in enumerate(words, 1)),
        "\r\n".join(f"{n}) {word.capitalize()}," for n, word in enumerate(words, 1)),
        ", ".join(words) + ".",
        " ".join(word[:4] for word in words),
        f"1{a} 2{b}  {c}\t{d}\u00a0{e}\u2011{f}_{g}/{h}",
        f"\u200b{a} {b[:2]}\u00ad{b[2:]} {c} {d} {e} {f} {g} {h}\ufeff",
        "\uff0c".join(words),
        " ".join(words[:7]),
        " ".join((*words, a)),
        " ".join((*words[:7], h[:3])),
        " ".join((*words[:7], h + "x")),
        " ".join((*words[:7], h[1:])),
        " ".join((b[0], b[1], *words)),
        f"{a} {b} qqqqqqqqqq {d} {e} {f} {g} {h}",
        "äpfel, Käse, Straße, STRASSE, a\u0308pfel, öl, grün, ÀÉ",
        "Мир, 世界, 🙂, \u0000, ½, ﬁ, Ⅷ",
        "𝐀𝐁𝐁𝐀𝐔 ＡＢＢＡＵ ⓐⓑⓑⓐⓤ",
        "zitone fersehen abbau1 abbua",
        "",
        "   \n ,.-  12 34",
        " ".join(return_code.WORDS[:17]),
        "a" * 1000,
        "apfelbaum bahnhofstrasse dampfschiff",
    ]
    stretched = [(words, seed_of("salt")[:16], 19456, 2), (generated[3][1], b"\0" * 16, 32768, 3)]
    return {
        "words_sha256": hashlib.sha256((FOLDER.parent / "words_de.txt").read_bytes()).hexdigest(),
        "generate": [{"random": random.hex(), "words": drawn} for random, drawn in generated],
        "parse": [{"text": text} | _parsed(text) for text in texts],
        "stretch": [
            {
                "words": used,
                "salt": salt.hex(),
                "memory_kib": memory,
                "passes": passes,
                "seed": return_code.stretch(used, salt, memory, passes).hex(),
            }
            for used, salt, memory, passes in stretched
        ],
    }


def _parsed(text: str) -> dict[str, Any]:
    try:
        return {"words": return_code.parse(text)}
    except ReturnCodeUnclear as unclear:
        problems = [{"position": p.position, "given": p.given, "suggestions": p.suggestions} for p in unclear.problems]
        return {"problems": problems, "count": unclear.count}


def phrase() -> dict[str, Any]:
    salt = seed_of("passphrase salt")[:16]
    phrases = [("Größe 7 übt heute", 19456, 2), ("Gro\u0308ße 7 u\u0308bt heute", 19456, 2), ("pass wort 🙂", 32768, 3)]
    keys = [passphrase.unlock(text, salt, memory, passes) for text, memory, passes in phrases]
    seed, wrapping_key = seed_of("member"), keys[0].wrapping_key
    wrapped = passphrase.wrap(seed, wrapping_key)
    flipped = wrapped[:40] + bytes((wrapped[40] ^ 1,)) + wrapped[41:]
    refused = [
        ("another key", keys[2].wrapping_key, wrapped),
        ("login key instead of the wrapping key", keys[0].login_key, wrapped),
        ("one bit changed", wrapping_key, flipped),
        ("truncated", wrapping_key, wrapped[:-1]),
        ("longer", wrapping_key, wrapped + b"\0"),
        ("empty", wrapping_key, b""),
    ]
    return {
        "unlock": [
            {
                "passphrase": text,
                "salt": salt.hex(),
                "memory_kib": memory,
                "passes": passes,
                "login_key": pair.login_key.hex(),
                "wrapping_key": pair.wrapping_key.hex(),
            }
            for (text, memory, passes), pair in zip(phrases, keys, strict=True)
        ],
        "wrap": [{"seed": seed.hex(), "wrapping_key": wrapping_key.hex(), "wrapped": b64(wrapped)}],
        "refused": [{"name": n, "wrapping_key": key.hex(), "wrapped": b64(value)} for n, key, value in refused],
        "costs_refused": [
            {"memory_kib": memory, "passes": passes}
            for memory, passes in (
                (argon2.MEMORY_KIB.start - 1, 2),
                (argon2.MEMORY_KIB.stop, 2),
                (19456, argon2.PASSES.start - 1),
                (19456, argon2.PASSES.stop),
                (8, 1),
                (0, 0),
            )
        ],
    }


def documents() -> dict[str, Any]:
    seed = seed_of("root")
    root, other = signing.root_verify(seed), signing.root_verify(seed_of("other root"))
    body = '{"format":"erstkontakt-directory/1","name":"Übung"}'
    blob = signing.sign_document("directory", body.encode(), seed)
    mark = blob[5:93]
    rows = [
        ("right", "directory", root, blob, body),
        ("empty object", "directory", root, signing.sign_document("directory", b"{}", seed), "{}"),
        ("another root", "directory", other, blob, None),
        ("another kind", "release", root, blob, None),
        ("body changed", "directory", root, blob[:-1] + b" }", None),
        ("signature changed", "directory", root, blob[:10] + (b"A" if blob[10:11] != b"A" else b"B") + blob[11:], None),
        ("signature of another document", "directory", root, blob[:94] + b"{}", None),
        ("unknown version", "directory", root, b"EKD2\n" + blob[5:], None),
        ("second spelling of the signature", "directory", root, b"EKD1\n" + _respelt(mark) + blob[93:], None),
        ("carriage return", "directory", root, b"EKD1\r\n" + blob[5:], None),
        ("no signature", "directory", root, b"EKD1\n\n" + body.encode(), None),
        ("signature is not base64", "directory", root, b"EKD1\n" + b"*" * 88 + blob[93:], None),
        ("only the head", "directory", root, blob[:94], None),
        ("truncated head", "directory", root, blob[:50], None),
        ("empty", "directory", root, b"", None),
        ("a web page", "directory", root, b"<!doctype html><title>WLAN</title>", None),
    ]
    return {
        "documents": [
            {"name": name, "kind": kind, "root": key.hex(), "blob": b64(value)}
            | ({"refused": True} if text is None else {"body": text})
            for name, kind, key, value, text in rows
        ]
    }


def _respelt(mark: bytes) -> bytes:
    """The same 64 bytes in base64, with an unused bit of the last letter set."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters[letters.index(mark[85]) + 1]
    return mark[:85] + bytes((last,)) + mark[86:]


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "identity.json": identity,
    "return_code.json": code,
    "passphrase.json": phrase,
    "signing.json": documents,
    "envelope.json": lambda: envelope_cases({n: seed_of(n) for n in ("person", "team", "other", "member", "guest")}),
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, make in FILES.items():
        if "--anew" in sys.argv or not (FOLDER / file).exists():
            content = {"format": FORMAT} | make()
            (FOLDER / file).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
