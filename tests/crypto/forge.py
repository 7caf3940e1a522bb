"""Envelopes that nobody should send: built by hand, because `seal` makes no such thing."""

import json
import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as body_of

from crypto import envelope as e
from crypto.envelope import Kind, seal
from crypto.identity import Identity
from tests.crypto.vectors import Envelopes, error_of

CONTEXT = bytes(range(16))
ELSEWHERE = bytes(range(16, 32))
HEAD, STANZA, ENC = 22, 1176, 1120
AGREED = {
    "number": "+491713920047",
    "windows": [{"day": "2026-11-24", "from": "10:00", "to": "11:00"}],
    "zone": "Europe/Berlin",
    "lang": "de",
    "who": "only_me",
    "introduce": "Hier ist Anne.",
    "code_word": "Sonnenblume",
    "voicemail": "hang_up",
    "voicemail_text": "",
    "somebody_else": "Entschuldigung, falsch verbunden.",
    "interpreter": False,
    "sent": "2026-11-22T02:10Z",
}
NEVER_CALLED = {
    "key": b64encode(bytes(range(32))).decode(),
    "tags": [{"tag": b64encode(bytes(range(16))).decode(), "on": "2026-11-24"}],
}


def build(
    kind: int,
    context: bytes,
    readers: Sequence[Identity],
    sign: Callable[[bytes], bytes],
    payload: bytes,
    *,
    padding: bytes = b"\x80",
    keys: Sequence[bytes] | None = None,
    body_key: int = 0,
    committed: int = 0,
    bucket: int = 4096,
) -> bytes:
    """An envelope of our form with a free choice of what is wrong in it. `sign` gets the bytes before the nonce."""
    keys = keys or [os.urandom(32)] * len(readers)
    head = bytes((*e.MAGIC, kind, len(readers))) + context
    info = b"erstkontakt/1 envelope" + bytes((kind,)) + context
    stanzas = [
        reader.public.kid + e._SUITE.encrypt(key, reader.public.sealing_key, info)
        for reader, key in zip(readers, keys, strict=True)
    ]
    aad = b"".join((head, *stanzas, e._commitment(keys[committed])))
    nonce = os.urandom(24)
    plaintext = (sign(aad) + payload + padding).ljust(bucket, b"\0")
    return aad + nonce + body_of(plaintext, aad, nonce, keys[body_key])


def signed_over(aad: bytes, payload: bytes) -> bytes:
    return b"erstkontakt/1 signed" + aad + payload


def contact_payload(person: Identity, text: str = "Ich möchte raus.") -> bytes:
    """The payload of a first contact, as FORMAT.md gives it."""
    keys = {"kem": b64encode(person.public.kem).decode(), "verify": b64encode(person.public.verify).decode()}
    wishes = {"only_civil": False, "not_carriers": []}
    content = {"v": 1, "lang": "de", "role": "exit", "phenomena": ["RE"], "kreis": None, "text": text}
    content |= {"urgent": False, "wishes": wishes, "keys": keys, "sent": "2026-11-22T02:10Z"}
    return json.dumps(content, ensure_ascii=False).encode()


def envelope_cases(seeds: dict[str, bytes]) -> dict[str, Any]:
    """The content of envelope.json; every case is checked before it is written."""
    who = {name: Identity.from_seed(seed) for name, seed in seeds.items()}
    content: dict[str, Any] = {"seeds": {name: seed.hex() for name, seed in seeds.items()}}
    content |= {"opened": _opened(who), "refused": [], "flips": []}
    content["refused"] = [*_bent(content["opened"][0]), *_forged(who)]
    cases = Envelopes(content)
    for case in cases.refused:
        assert error_of(cases, case) == case["error"], case["name"]
    content["flips"] = _flips(cases)
    return content


def _opened(who: dict[str, Identity]) -> list[dict[str, Any]]:
    def text(**fields: Any) -> bytes:
        return json.dumps({"v": 1} | fields, ensure_ascii=False).encode()

    when = {"sent": "2026-11-22T02:10Z"}
    rows: list[tuple[str, Kind, bytes, tuple[str, ...], str]] = [
        ("contact", Kind.CONTACT, contact_payload(who["person"]), ("team", "person"), "person"),
        ("message", Kind.MESSAGE, text(text="Noch etwas: 🙂", **when), ("team", "person"), "person"),
        ("answer", Kind.ANSWER, text(text="Danke.", **{"from": "Beratungsteam"}, **when), ("person", "team"), "team"),
        ("note", Kind.NOTE, text(text="Ruft an.", by="Mira", **when), ("team",), "team"),
        ("grant", Kind.GRANT, text(team="team", epoch=1, seed=b64encode(bytes(32)).decode()), ("member",), "team"),
        ("attachment", Kind.ATTACHMENT, bytes(range(256)), ("team", "person"), "person"),
        ("callback", Kind.CALLBACK, text(**AGREED), ("team", "person"), "person"),
        ("handover", Kind.HANDOVER, b"{}", ("other",), "team"),
        ("sheet", Kind.SHEET, b"{}", ("team", "other", "member"), "member"),
        ("record", Kind.RECORD, b"{}", ("team",), "member"),
        ("blocks", Kind.BLOCKS, text(blocks=[{"title": "Gruß", "text": "Guten Tag"}]), ("team",), "team"),
        ("never call", Kind.NEVER_CALL, text(**NEVER_CALLED), ("team",), "team"),
        ("empty payload", Kind.NOTE, b"", ("team",), "team"),
        ("payload of zeros", Kind.ATTACHMENT, bytes(100), ("team",), "team"),
        ("payload that looks like padding", Kind.ATTACHMENT, b"\x80\0\0\x80", ("team",), "team"),
        ("fills its bucket", Kind.ATTACHMENT, b"x" * (4096 - 65), ("team",), "team"),
        ("one more than the bucket", Kind.ATTACHMENT, b"x" * (4096 - 64), ("team",), "team"),
        ("five readers", Kind.NOTE, b"{}", ("guest", "member", "other", "person", "team"), "team"),
    ]
    return [_case(who, *row) for row in rows]


def _case(
    who: dict[str, Identity], name: str, kind: Kind, payload: bytes, readers: tuple[str, ...], signer: str
) -> dict[str, Any]:
    envelope = seal(kind, CONTEXT, payload, [who[reader].public for reader in readers], who[signer])
    header = e.inspect(envelope)
    return {
        "name": name,
        "kind": int(kind),
        "context": CONTEXT.hex(),
        "readers": readers,
        "signer": signer,
        "kids": [kid.hex() for kid in header.kids],
        "bucket": header.bucket,
        "payload": b64encode(payload).decode(),
        "envelope": b64encode(envelope).decode(),
    }


def _bent(contact: dict[str, Any]) -> list[dict[str, Any]]:
    """Edits of a good contact (two readers)."""
    size = HEAD + 2 * STANZA + 32 + 24 + 4096 + 16
    bent = {"of": "contact", "error": "malformed"}
    rows: list[dict[str, Any]] = [
        {"name": "unknown version", "replace": [0, b"EK2\n".hex()]},
        {"name": "another magic", "replace": [0, b"PK\3\4".hex()]},
        {"name": "kind 0", "replace": [4, "00"]},
        {"name": "kind 100", "replace": [4, "64"]},
        {"name": "kind 255", "replace": [4, "ff"]},
        {"name": "no reader", "replace": [5, "00"]},
        {"name": "one reader too few", "replace": [5, "01"]},
        {"name": "one reader too many", "replace": [5, "03"]},
        {"name": "65 readers", "replace": [5, "41"]},
        {"name": "one reader twice", "replace": [HEAD + STANZA, contact["kids"][0]]},
        {"name": "empty", "keep": 0},
        {"name": "only the magic", "keep": 4},
        {"name": "only the head", "keep": HEAD},
        {"name": "truncated in a stanza", "keep": HEAD + 100},
        {"name": "no body", "keep": HEAD + 2 * STANZA + 32 + 24},
        {"name": "truncated by one", "keep": size - 1},
        {"name": "truncated by the tag", "keep": size - 16},
        {"name": "one byte more", "add": "00"},
        {"name": "between two buckets", "pad_to": size + 4096},
        {"name": "oversize: 13 MiB", "pad_to": size - 4096 + 13 * e.MIB},
        {"name": "a larger bucket, filled with zeros", "pad_to": size - 4096 + 16384, "error": "unreadable"},
        {"name": "wrong context", "context": ELSEWHERE.hex(), "error": "unreadable"},
        {"name": "moved to another mailbox", "replace": [6, ELSEWHERE.hex()], "error": "unreadable"}
        | {"context": ELSEWHERE.hex()},
        {"name": "wrong recipient", "reader": "other", "error": "unreadable"},
        {"name": "a note presented as an answer", "of": "note", "replace": [4, "03"], "error": "unreadable"},
        {"name": "X25519 share of small order", "replace": [HEAD + 8 + 1088, "00" * 32], "error": "unreadable"},
        {"name": "readers swapped by name", "error": "unreadable"}
        | {"replace": [HEAD, contact["kids"][1]], "of": "note", "reader": "person"},
        {"name": "the contact of somebody else", "signer": "other", "error": "forged"},
        {"name": "answer of another team", "of": "answer", "signer": "other", "error": "forged"},
        {"name": "answer without a known signer", "of": "answer", "signer": None, "error": "forged"},
    ]
    return [bent | row for row in rows]


def _forged(who: dict[str, Identity]) -> list[dict[str, Any]]:
    """Envelopes of our form, made by somebody who knows the format and lies."""
    person, team, other = who["person"], who["team"], who["other"]
    answer, contact = b'{"v":1,"text":"Komm allein."}', contact_payload(person)
    two_keys = [os.urandom(32), os.urandom(32)]

    def honest(signer: Identity, payload: bytes) -> Callable[[bytes], bytes]:
        return lambda aad: signer.sign(signed_over(aad, payload))

    def contact_with(payload: bytes) -> bytes:
        return build(1, CONTEXT, [team, person], honest(person, payload), payload)

    def answered(sign: Callable[[bytes], bytes], payload: bytes = answer, **wrong: Any) -> bytes:
        return build(3, CONTEXT, [person, team], sign, payload, **wrong)

    good = honest(team, answer)
    two_faced = answered(good, keys=two_keys, body_key=1, committed=0)
    uncommitted = answered(good, keys=two_keys, body_key=0, committed=1)
    ones = b"\x80".ljust(4096 - 64 - len(answer), b"\1")
    moved = team.sign(signed_over(b"EK1\n", answer))
    by_another = build(1, CONTEXT, [team, person], honest(other, contact), contact)
    rows: list[tuple[str, str, str, str | None, bytes]] = [
        ("two-key body, the second face", "unreadable", "team", "team", two_faced),
        ("two-key body, the first face", "unreadable", "person", "team", two_faced),
        ("commitment to another key", "unreadable", "person", "team", uncommitted),
        ("no padding mark", "unreadable", "person", "team", answered(good, padding=b"")),
        ("padding of ones", "unreadable", "person", "team", answered(good, padding=ones)),
        ("only a signature", "unreadable", "person", "team", answered(lambda _: b"\x80" * 64, b"", padding=b"")),
        ("signed by another team", "forged", "person", "team", answered(honest(other, answer))),
        ("signature of another envelope", "forged", "person", "team", answered(lambda _: moved)),
        ("signature of another payload", "forged", "person", "team", answered(honest(team, b"{}"))),
        ("signed without a purpose", "forged", "person", "team", answered(lambda aad: team.sign(aad + answer))),
        ("no signature", "forged", "person", "team", answered(lambda _: bytes(64))),
        ("contact signed by somebody else", "forged", "team", None, by_another),
        ("contact without keys", "forged", "team", None, contact_with(b'{"v":1,"text":"Hallo"}')),
        ("contact whose key is not base64", "forged", "team", None, contact_with(b'{"keys":{"verify":"*"}}')),
        ("contact whose key is short", "forged", "team", None, contact_with(b'{"keys":{"verify":"AAAA"}}')),
        ("contact that is no JSON", "forged", "team", None, contact_with(b"Hallo")),
        ("contact that is a list", "forged", "team", None, contact_with(b"[1]")),
        ("empty contact", "forged", "team", None, contact_with(b"")),
    ]
    return [
        {"name": name, "error": error, "reader": reader, "context": CONTEXT.hex(), "signer": signer}
        | {"envelope": b64encode(envelope).decode()}
        for name, error, reader, signer, envelope in rows
    ]


def flip_offsets(readers: int, size: int) -> list[int]:
    """All bytes of the head, of every kid, of commitment, nonce and tag; every 16th of the rest."""
    after = HEAD + readers * STANZA
    dense = [range(HEAD), *(range(HEAD + i * STANZA, HEAD + i * STANZA + 8) for i in range(readers))]
    dense += [range(after, after + 56), range(size - 16, size)]
    edges = [HEAD + i * STANZA + at for i in range(readers) for at in (8, 1095, 1096, 1127, 1128, 1159, 1160, 1175)]
    return sorted({*(at for part in dense for at in part), *edges, *range(HEAD, size, 16)})


def _flips(cases: Envelopes) -> list[dict[str, Any]]:
    groups: dict[tuple[str, int, str], list[int]] = {}
    for name in ("contact", "note"):
        whole = cases.bytes_of({"of": name})
        for mask in (1, 128):
            for offset in flip_offsets(len(cases.opened[name]["readers"]), len(whole)):
                error = error_of(cases, {"of": name, "flip": [offset, mask]})
                assert error in {"malformed", "unreadable"}, (name, offset, mask)
                groups.setdefault((name, mask, error), []).append(offset)
    return [{"of": n, "mask": m, "error": error, "offsets": at} for (n, m, error), at in groups.items()]
