"""The envelope: what each reader sees, what the server may see, what nobody can do."""

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.envelope import (
    BUCKETS,
    MAX_PAYLOAD,
    MIB,
    MOST_RECIPIENTS,
    Kind,
    content_key_of,
    inspect,
    open_envelope,
    open_with_key,
    reseal,
    seal,
)
from crypto.errors import (
    CryptoError,
    EnvelopeMalformed,
    EnvelopeUnreadable,
    KeyMalformed,
    PayloadTooLarge,
    SignatureForged,
)
from crypto.identity import Identity, PublicIdentity
from tests.crypto.forge import CONTEXT, ELSEWHERE, build, contact_payload, signed_over
from tests.crypto.vectors import flip

TEAM, PERSON, OTHER = (Identity.from_seed(name * 32) for name in (b"t", b"p", b"o"))
VERIFY = PERSON.public.verify
CROWD = [Identity.from_seed(bytes((n,)) * 32) for n in range(MOST_RECIPIENTS + 1)]
GOOD = seal(Kind.MESSAGE, CONTEXT, b"Hallo", [TEAM.public, PERSON.public], PERSON)


def sealed(payload: bytes, readers: int = 2) -> bytes:
    return seal(Kind.MESSAGE, CONTEXT, payload, [reader.public for reader in CROWD[:readers]], PERSON)


@settings(deadline=None)
@given(
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.CONTACT]),
    context=st.binary(min_size=16, max_size=16),
    payload=st.binary(max_size=9000),
    readers=st.integers(min_value=1, max_value=5),
)
def test_each_reader_sees_exactly_what_was_sealed(kind: Kind, context: bytes, payload: bytes, readers: int) -> None:
    envelope = seal(kind, context, payload, [reader.public for reader in CROWD[:readers]], PERSON)
    for reader in CROWD[:readers]:
        opened = open_envelope(envelope, reader, context=context, sender_verify=VERIFY)
        assert (opened.kind, opened.context, opened.payload) == (kind, context, payload)
        assert opened.sender_verify == VERIFY


@pytest.mark.parametrize("readers", [1, 2, 5])
@pytest.mark.parametrize("bucket", BUCKETS[:5])
def test_sizes_around_each_bucket(bucket: int, readers: int) -> None:
    largest = bucket - 65
    for size, expected in ((largest, bucket), (largest + 1, BUCKETS[BUCKETS.index(bucket) + 1])):
        payload = b"\0" * size
        envelope = sealed(payload, readers)
        header = inspect(envelope)
        assert header.bucket == expected
        assert len(envelope) == 94 + 1176 * readers + expected
        assert open_envelope(envelope, CROWD[0], context=CONTEXT, sender_verify=VERIFY).payload == payload


def test_the_smallest_and_the_largest() -> None:
    assert inspect(sealed(b"")).bucket == inspect(sealed(b"x")).bucket == 4096
    whole = b"\x80" * MAX_PAYLOAD
    envelope = sealed(whole)
    assert inspect(envelope).bucket == 12 * MIB == BUCKETS[-1]
    assert open_envelope(envelope, CROWD[1], context=CONTEXT, sender_verify=VERIFY).payload == whole
    with pytest.raises(PayloadTooLarge):
        sealed(whole + b"x")


def test_64_readers_and_no_more() -> None:
    envelope = sealed(b"an alle", 64)
    assert len(inspect(envelope).kids) == 64
    assert open_envelope(envelope, CROWD[63], context=CONTEXT, sender_verify=VERIFY).payload == b"an alle"
    with pytest.raises(ValueError, match="1 to 64"):
        sealed(b"", 65)


def test_length_tells_only_the_bucket() -> None:
    assert len(sealed(b"Hilfe")) == len(sealed(b"Lebensgeschichte " * 200))


def test_nothing_of_the_content_is_outside_of_the_sealed_part() -> None:
    text = b"Ich wohne in Wismar und habe Fragen. " * 3
    envelope = seal(Kind.CONTACT, CONTEXT, text, [TEAM.public], PERSON)
    for at in range(0, len(text) - 8):
        assert text[at : at + 8] not in envelope
    assert VERIFY not in envelope


def test_sealing_twice_has_nothing_in_common_but_the_head() -> None:
    again = seal(Kind.MESSAGE, CONTEXT, b"Hallo", [TEAM.public, PERSON.public], PERSON)
    assert inspect(again) == inspect(GOOD)
    assert GOOD[30:100] != again[30:100]
    assert GOOD[-4000:] != again[-4000:]


@pytest.mark.parametrize("context", [b"", bytes(15), bytes(17)])
def test_a_context_has_16_bytes(context: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        seal(Kind.NOTE, context, b"", [TEAM.public], TEAM)


@pytest.mark.parametrize("readers", [[], [TEAM.public, TEAM.public]])
def test_readers_are_there_and_all_different(readers: list[PublicIdentity]) -> None:
    with pytest.raises(ValueError, match="different readers"):
        seal(Kind.NOTE, CONTEXT, b"", readers, TEAM)


def test_nothing_is_sealed_to_a_trap_key() -> None:
    trap = PublicIdentity(TEAM.public.kem[:1184] + bytes(32), TEAM.public.verify)
    with pytest.raises(KeyMalformed):
        seal(Kind.ANSWER, CONTEXT, b"", [trap], TEAM)


HOSTILE_JSON = [
    b'{"keys":{"verify":' + b"[" * 100_000,
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"\xff\xfe",
    b'{"keys":null}',
    b'{"keys":{"verify":"\\ud800"}}',
    b'{"keys":{"verify":7}}',
    b'{"keys":{"verify":""}}',
]


class TestContact:
    PAYLOAD = contact_payload(PERSON)
    ENVELOPE = seal(Kind.CONTACT, CONTEXT, PAYLOAD, [TEAM.public, PERSON.public], PERSON)

    @pytest.mark.parametrize("known", [None, VERIFY])
    def test_certifies_itself(self, known: bytes | None) -> None:
        opened = open_envelope(self.ENVELOPE, TEAM, context=CONTEXT, sender_verify=known)
        assert (opened.kind, opened.payload) == (Kind.CONTACT, self.PAYLOAD)
        assert opened.sender_verify == VERIFY
        assert repr(opened) == "<Opened CONTACT ...>"

    def test_of_somebody_else_is_forged(self) -> None:
        with pytest.raises(SignatureForged):
            open_envelope(self.ENVELOPE, TEAM, context=CONTEXT, sender_verify=OTHER.public.verify)

    @pytest.mark.parametrize("payload", HOSTILE_JSON)
    def test_with_hostile_json_is_refused_and_harms_nobody(self, payload: bytes) -> None:
        envelope = seal(Kind.CONTACT, CONTEXT, payload, [TEAM.public], PERSON)
        with pytest.raises(SignatureForged):
            open_envelope(envelope, TEAM, context=CONTEXT)


def test_a_message_without_a_known_sender_is_not_believed() -> None:
    with pytest.raises(SignatureForged):
        open_envelope(GOOD, TEAM, context=CONTEXT)


def test_an_envelope_moved_to_another_mailbox_does_not_open() -> None:
    moved = GOOD[:6] + ELSEWHERE + GOOD[22:]
    for envelope, context in ((GOOD, ELSEWHERE), (moved, CONTEXT), (moved, ELSEWHERE)):
        with pytest.raises(EnvelopeUnreadable):
            open_envelope(envelope, TEAM, context=context, sender_verify=VERIFY)


def test_a_two_faced_body_opens_for_nobody_it_could_deceive() -> None:
    """The second reader's key decrypts the body: only the commitment shows that the first reader has another one."""
    keys = [b"1" * 32, b"2" * 32]
    envelope = build(
        3, CONTEXT, [TEAM, PERSON], lambda aad: TEAM.sign(signed_over(aad, b"{}")), b"{}", keys=keys, body_key=1
    )
    for reader in (TEAM, PERSON):
        with pytest.raises(EnvelopeUnreadable):
            open_envelope(envelope, reader, context=CONTEXT, sender_verify=TEAM.public.verify)


def test_a_signature_holds_for_its_readers_only() -> None:
    """A reader who knows the content key cannot pass the signed text on to others as if addressed to them."""
    payload = open_envelope(GOOD, TEAM, context=CONTEXT, sender_verify=VERIFY).payload
    old = PERSON.sign(signed_over(GOOD[: 22 + 2 * 1176 + 32], payload))
    passed_on = build(2, CONTEXT, [OTHER], lambda _: old, payload)
    with pytest.raises(SignatureForged):
        open_envelope(passed_on, OTHER, context=CONTEXT, sender_verify=VERIFY)


class TestReseal:
    def test_ones_own_message_goes_to_another_team(self) -> None:
        moved = reseal(GOOD, PERSON, context=CONTEXT, recipients=[OTHER.public, PERSON.public])
        opened = open_envelope(moved, OTHER, context=CONTEXT, sender_verify=VERIFY)
        assert (opened.kind, opened.payload) == (Kind.MESSAGE, b"Hallo")
        with pytest.raises(EnvelopeUnreadable):
            open_envelope(moved, TEAM, context=CONTEXT, sender_verify=VERIFY)

    def test_a_contact_stays_certified_by_itself(self) -> None:
        moved = reseal(TestContact.ENVELOPE, PERSON, context=CONTEXT, recipients=[OTHER.public, PERSON.public])
        assert open_envelope(moved, OTHER, context=CONTEXT).sender_verify == VERIFY

    def test_nobody_reseals_the_words_of_others(self) -> None:
        with pytest.raises(SignatureForged):
            reseal(GOOD, TEAM, context=CONTEXT, recipients=[OTHER.public])
        with pytest.raises(SignatureForged):
            reseal(TestContact.ENVELOPE, TEAM, context=CONTEXT, recipients=[OTHER.public])


class TestHostileBytes:
    """`open_envelope` raises nothing but our errors, for any bytes."""

    @staticmethod
    def refuse(envelope: bytes) -> None:
        with pytest.raises(CryptoError) as refused:
            open_envelope(envelope, TEAM, context=CONTEXT, sender_verify=VERIFY)
        assert type(refused.value) in {EnvelopeMalformed, EnvelopeUnreadable, SignatureForged}
        try:
            inspect(envelope)
        except EnvelopeMalformed:
            assert type(refused.value) is EnvelopeMalformed

    @given(envelope=st.binary(max_size=2000))
    def test_noise(self, envelope: bytes) -> None:
        self.refuse(envelope)
        self.refuse(b"EK1\n" + envelope)

    @settings(deadline=None)
    @given(
        kind=st.integers(min_value=0, max_value=255),
        count=st.integers(min_value=0, max_value=255),
        kid=st.sampled_from([TEAM.public.kid, bytes(8)]),
        bucket=st.sampled_from([4096, 16384, 4095]),
        fill=st.sampled_from([b"\0", b"\xff", b"\x80", b"EK1\n"]),
    )
    def test_our_form_with_nothing_in_it(self, kind: int, count: int, kid: bytes, bucket: int, fill: bytes) -> None:
        size = 94 + 1176 * count + bucket
        self.refuse((bytes((*b"EK1\n", kind, count)) + CONTEXT + kid + fill * size)[:size])

    @settings(deadline=None, max_examples=300)
    @given(offset=st.integers(min_value=0, max_value=len(GOOD) - 1), mask=st.integers(min_value=1, max_value=255))
    def test_one_changed_byte(self, offset: int, mask: int) -> None:
        self.refuse(flip(GOOD, offset, mask))

    @settings(deadline=None)
    @given(data=st.data())
    def test_replaced_cut_and_glued_parts(self, data: st.DataObject) -> None:
        start = data.draw(st.integers(min_value=0, max_value=len(GOOD)))
        end = data.draw(st.integers(min_value=start, max_value=len(GOOD)))
        part = data.draw(st.one_of(st.binary(max_size=64), st.just(GOOD[::-1][start:end]), st.just(b"")))
        bent = GOOD[:start] + part + GOOD[end:]
        if bent != GOOD:
            self.refuse(bent)

    @settings(deadline=None)
    @given(payload=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode())))
    def test_a_contact_with_any_payload(self, payload: bytes) -> None:
        envelope = seal(Kind.CONTACT, CONTEXT, payload, [TEAM.public], PERSON)
        with pytest.raises(SignatureForged):
            open_envelope(envelope, TEAM, context=CONTEXT)

    @pytest.mark.parametrize("verify", [b"", bytes(32), b"\xff" * 32, bytes(33)])
    def test_a_sender_key_that_is_none(self, verify: bytes) -> None:
        with pytest.raises(SignatureForged):
            open_envelope(GOOD, TEAM, context=CONTEXT, sender_verify=verify)

    def test_each_byte_of_the_head_matters(self) -> None:
        for offset in range(22):
            for mask in (1, 2, 4, 8, 16, 32, 64, 128):
                self.refuse(flip(GOOD, offset, mask))


def test_the_key_in_a_contact_is_standard_base64() -> None:
    for verify, opens in ((b64encode(VERIFY).decode(), True), (b64encode(VERIFY).decode().rstrip("="), False)):
        envelope = seal(Kind.CONTACT, CONTEXT, b'{"keys":{"verify":"%s"}}' % verify.encode(), [TEAM.public], PERSON)
        if opens:
            assert open_envelope(envelope, TEAM, context=CONTEXT).sender_verify == VERIFY
        else:
            with pytest.raises(SignatureForged):
                open_envelope(envelope, TEAM, context=CONTEXT)


def test_the_content_key_opens_this_one_body_and_proves_as_much() -> None:
    key = content_key_of(GOOD, TEAM, context=CONTEXT)
    assert key == content_key_of(GOOD, PERSON, context=CONTEXT)
    assert open_with_key(GOOD, key, context=CONTEXT, sender_verify=VERIFY).payload == b"Hallo"
    with pytest.raises(EnvelopeUnreadable):
        open_with_key(sealed(b"Anderes"), key, context=CONTEXT, sender_verify=VERIFY)
    with pytest.raises(EnvelopeUnreadable):
        open_with_key(GOOD, key, context=ELSEWHERE, sender_verify=VERIFY)
    with pytest.raises(EnvelopeUnreadable):
        content_key_of(GOOD, OTHER, context=CONTEXT)
    with pytest.raises(SignatureForged):
        open_with_key(GOOD, key, context=CONTEXT, sender_verify=OTHER.public.verify)
