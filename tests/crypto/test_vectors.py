"""What Python once wrote still holds, and what the browser wrote can be read here."""

from base64 import b64decode
from typing import Any

import pytest

from crypto import return_code, signing
from crypto.envelope import Kind, inspect, seal
from crypto.errors import KeyMalformed, PassphraseWrong, ReturnCodeUnclear, SignatureForged
from crypto.identity import Identity, MailboxKeys, PublicIdentity, derive, signed_by
from crypto.passphrase import unlock, unwrap
from tests.crypto.vectors import FOLDER, Envelopes, error_of, load

IDENTITY, CODE = load("identity.json"), load("return_code.json")
ENVELOPE_FILES = ["envelope.json", *sorted(file.name for file in FOLDER.glob("browser-envelope*.json"))]


PHRASE_FILES = ["passphrase.json", *sorted(file.name for file in FOLDER.glob("browser-passphrase*.json"))]


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["name"])


@named(IDENTITY["identities"])
def test_a_seed_gives_the_same_identity_for_ever(case: dict[str, Any]) -> None:
    seed = bytes.fromhex(case["seed"])
    me, mailbox = Identity.from_seed(seed), MailboxKeys.from_seed(seed)
    for row in case["derive"]:
        assert derive(seed, row["info"], row["length"]).hex() == row["out"]
    assert me.public.kem == b64decode(case["kem"])
    assert me.public.verify.hex() == case["verify"]
    assert me.public.kid.hex() == case["kid"]
    assert me.public.fingerprint == case["fingerprint"]
    assert (mailbox.id.hex(), mailbox.token.hex()) == (case["mailbox"], case["token"])
    assert mailbox.token_hash.hex() == case["token_hash"]
    assert me.sign(bytes.fromhex(case["message"])).hex() == case["signature"]


@named(IDENTITY["signatures"])
def test_both_sides_agree_which_signatures_are_right(case: dict[str, Any]) -> None:
    verify, message, signature = (bytes.fromhex(case[key]) for key in ("verify", "message", "signature"))
    assert signed_by(verify, message, signature) is case["valid"]


@named(IDENTITY["hostile_keys"])
def test_nothing_is_sealed_to_a_hostile_key(case: dict[str, Any]) -> None:
    me = Identity.from_seed(bytes(32))
    if case["refused"] == "public":
        with pytest.raises(KeyMalformed):
            PublicIdentity(b64decode(case["kem"]), me.public.verify)
    else:
        trap = PublicIdentity(b64decode(case["kem"]), me.public.verify)
        with pytest.raises(KeyMalformed):
            seal(Kind.MESSAGE, bytes(16), b"", [me.public, trap], me)


def test_codes_are_drawn_read_and_stretched_alike() -> None:
    for row in CODE["generate"]:
        random = bytes.fromhex(row["random"])
        assert list(return_code.spell(int.from_bytes(random, "big"))) == row["words"]
    for row in CODE["stretch"]:
        seed = return_code.stretch(row["words"], bytes.fromhex(row["salt"]), row["memory_kib"], row["passes"])
        assert seed.hex() == row["seed"]


@pytest.mark.parametrize("case", CODE["parse"])
def test_typed_codes_are_understood_or_explained(case: dict[str, Any]) -> None:
    if "words" in case:
        assert list(return_code.parse(case["text"])) == case["words"]
        return
    with pytest.raises(ReturnCodeUnclear) as unclear:
        return_code.parse(case["text"])
    found = [
        {"position": p.position, "given": p.given, "suggestions": list(p.suggestions)} for p in unclear.value.problems
    ]
    assert (found, unclear.value.count) == (case["problems"], case["count"])


@pytest.mark.parametrize("file", PHRASE_FILES)
def test_passphrases_unlock_alike(file: str) -> None:
    for row in load(file)["unlock"]:
        keys = unlock(row["passphrase"], bytes.fromhex(row["salt"]), row["memory_kib"], row["passes"])
        assert (keys.login_key.hex(), keys.wrapping_key.hex()) == (row["login_key"], row["wrapping_key"])


def test_passphrases_unlock_alike_in_every_unicode_form() -> None:
    composed, decomposed, _ = load("passphrase.json")["unlock"]
    assert composed["passphrase"] != decomposed["passphrase"]
    assert composed["wrapping_key"] == decomposed["wrapping_key"]


@pytest.mark.parametrize("file", PHRASE_FILES)
def test_a_wrapped_seed_opens_with_its_key_only(file: str) -> None:
    content = load(file)
    for row in content["wrap"]:
        assert unwrap(b64decode(row["wrapped"]), bytes.fromhex(row["wrapping_key"])).hex() == row["seed"]
    for row in content.get("refused", []):
        with pytest.raises(PassphraseWrong):
            unwrap(b64decode(row["wrapped"]), bytes.fromhex(row["wrapping_key"]))


def test_costs_outside_floor_and_ceiling_are_refused() -> None:
    for row in load("passphrase.json")["costs_refused"]:
        with pytest.raises(ValueError, match="Argon2id"):
            unlock("geheim", bytes(16), row["memory_kib"], row["passes"])


@named(load("signing.json")["documents"])
def test_documents_are_believed_only_with_the_signature_of_the_root(case: dict[str, Any]) -> None:
    blob, root = b64decode(case["blob"]), bytes.fromhex(case["root"])
    if "body" in case:
        assert signing.read_document(case["kind"], blob, root).decode() == case["body"]
    else:
        with pytest.raises(SignatureForged):
            signing.read_document(case["kind"], blob, root)


@pytest.mark.parametrize("file", ENVELOPE_FILES)
def test_envelopes_open_for_each_reader(file: str) -> None:
    cases = Envelopes(load(file))
    for case in cases.opened.values():
        header = inspect(b64decode(case["envelope"]))
        assert (header.kind, header.bucket) == (case["kind"], case["bucket"]), case["name"]
        assert [kid.hex() for kid in header.kids] == case["kids"]
        assert case["kids"] == [cases.who[reader].public.kid.hex() for reader in case["readers"]]
        for opened in cases.open_all(case):
            assert opened.payload == b64decode(case["payload"]), case["name"]
            assert opened.sender_verify == cases.who[case["signer"]].public.verify
            assert (opened.kind, opened.context.hex()) == (case["kind"], case["context"])


@pytest.mark.parametrize("file", ENVELOPE_FILES)
def test_bent_and_forged_envelopes_are_refused(file: str) -> None:
    cases = Envelopes(load(file))
    for case in cases.refused:
        assert error_of(cases, case) == case["error"], case["name"]
    for group in cases.flips:
        for offset in group["offsets"]:
            case = {"of": group["of"], "flip": [offset, group["mask"]]}
            assert error_of(cases, case) == group["error"], (group["of"], offset)


def test_each_kind_of_envelope_has_a_vector() -> None:
    assert {case["kind"] for case in load("envelope.json")["opened"]} == set(map(int, Kind))
