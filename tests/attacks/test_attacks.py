"""What attackers must fail at on the server: one test each, named after the attack (protocol.md, section 7).

Attacks on the crypto alone are in tests/crypto, those on the browser in tests/browser.
"""

import asyncio
import os
import re
import statistics
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crypto.envelope import BUCKETS, Kind, seal
from crypto.identity import Identity
from intake.desk import Stamp
from intake.errors import EnvelopeRefused
from intake.web import api, team_api
from tests.intake.small import Advisor, Seeker, stamped
from tests.leaks import Planted, code, files, key, search
from tests.web.door import Door, Reply, b64, key_of, opened


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as running:
        yield running


# ------------------------------------------------------------------------------------------ keys and directory


async def test_sealed_to_a_forged_team_key(door: Door) -> None:
    """Somebody gave the browser another key: the team could not open it, so it is not taken."""
    seeker, forger = Seeker(door.network), Identity.from_seed(os.urandom(32))
    envelope = seal(Kind.CONTACT, seeker.keys.id, b"{}", [forger.public, seeker.identity.public], seeker.identity)
    reply = await door.post("/api/contacts", door.contact_form(seeker, envelope))
    assert (reply.status, reply.json["error"]) == (409, "stale_key")
    assert b64decode(reply.json["directory"]) == door.network.blob


async def test_sealed_to_another_team_than_named(door: Door) -> None:
    seeker = Seeker(door.network)
    reply = await door.post("/api/contacts", door.contact_form(seeker, seeker.contact(team="garten")))
    assert (reply.status, reply.json["error"]) == (409, "stale_key")


async def test_expired_directory(door: Door) -> None:
    seeker = Seeker(door.network)
    door.clock.pass_by(days=90)
    reply = await door.post("/api/contacts", door.contact_form(seeker))
    assert (reply.status, reply.json["error"]) == (503, "directory_expired")


# -------------------------------------------------------------------------------------------------- envelopes


async def test_envelope_moved_to_another_mailbox(door: Door) -> None:
    victim, thief = await door.arrives(), await door.arrives()
    stolen = victim.message("Das gehört nur mir.")
    reply = await door.post("/api/mailbox/messages", {**door.message_form(victim, stolen), **key_of(thief)})
    assert (reply.status, reply.json["error"]) == (422, "envelope")


async def test_answer_put_into_the_mailbox_by_somebody_without_session(door: Door) -> None:
    seeker = await door.arrives()
    advisor = Advisor("nobody", ("hafen",))
    envelope = advisor.answer(door.network, seeker)
    for path, form in (
        (f"/api/team/contacts/{seeker.keys.id.hex()}/answers", {"envelope": b64(envelope)}),
        ("/api/mailbox/messages", door.message_form(seeker, envelope)),
    ):
        assert (await door.post(path, form)).status in (401, 422)
    assert len((await door.post("/api/mailbox/open", key_of(seeker))).json["entries"]) == 1


@pytest.mark.parametrize("readers", [1, 2, 5])
@pytest.mark.parametrize("payload", [0, 1, BUCKETS[0] - 66, BUCKETS[0] - 65, BUCKETS[0] - 64, BUCKETS[3]])
async def test_malformed_envelope_stored(door: Door, payload: int, readers: int) -> None:
    """Any size and number of readers is either exactly our form or refused; nothing is stored cut or torn."""
    seeker = Seeker(door.network)
    others = [Identity.from_seed(os.urandom(32)).public for _ in range(readers - 2)]
    all_readers = [door.network.team("hafen").public, seeker.identity.public, *others][:readers]
    envelope = seal(Kind.CONTACT, seeker.keys.id, b"x" * payload, all_readers, seeker.identity)
    reply = await door.post("/api/contacts", door.contact_form(seeker, envelope))
    mailbox = await door.post("/api/mailbox/open", key_of(seeker))
    if readers == 2:
        assert reply.status == 201
        assert b64decode(mailbox.json["entries"][0]["envelope"]) == envelope
    else:
        assert reply.json["error"] == "envelope"
        assert mailbox.status == 404
    for damaged in (envelope[:-1], envelope + b"\0", envelope[1:], b"EK2\n" + envelope[4:], envelope[:6], b"\0" * 6542):
        reply = await door.post("/api/contacts", door.contact_form(Seeker(door.network), damaged))
        assert (reply.status, reply.json["error"]) == (422, "envelope")


async def test_plaintext_posted_as_if_it_were_sealed(door: Door) -> None:
    """A client that merely claims "already encrypted": markup in the place of an envelope."""
    for text in (b"<script>alert(1)</script>", b"Ich brauche Hilfe", b"-----BEGIN PGP MESSAGE-----"):
        form = door.contact_form(Seeker(door.network), text.ljust(6542))
        assert (await door.post("/api/contacts", form)).json["error"] == "envelope"
        raw = {**form, "envelope": text.decode()}
        assert (await door.post("/api/contacts", raw)).status == 400


async def test_routing_override_by_a_hidden_field(door: Door) -> None:
    seeker = Seeker(door.network)
    for field in ("kid", "recipient", "team_id", "teams", "carrier", "mailbox", "priority", "__proto__"):
        form = door.contact_form(seeker, **{field: "garten"})
        assert (await door.post("/api/contacts", form)).status == 400
    query = await door.ask("POST", "/api/contacts?team=garten", json=door.contact_form(seeker))
    assert query.status == 201
    assert (await door.post("/api/mailbox/open", key_of(seeker))).json["team"] == "hafen"


# ------------------------------------------------------------------------------------------------ counsellors


def _team_addresses() -> list[tuple[str, str]]:
    return [(row.method, row.path) for row in team_api.OPERATIONS if row.guard is not None]


async def test_claim_by_a_member_of_another_team(door: Door) -> None:
    """Every address that names a contact answers a stranger exactly as for a contact that does not exist."""
    seeker = await door.arrives()
    stranger, session = await door.advisor("fremd", "garten")
    envelope = b64(stranger.note(door.network, seeker))
    bodies: dict[str, Any] = {"answers": {"envelope": b64(seal_answer(door, seeker))}, "notes": {"envelope": envelope},
                              "close": {"reason": "answered"}}  # fmt: skip
    for method, path in _team_addresses():
        if "{mailbox" not in path:
            continue
        replies: list[Reply] = []
        for mailbox in (seeker.keys.id.hex(), "0" * 32):
            address = re.sub(r"\{mailbox:.*\}\}?", mailbox, path.replace("{32}", ""))
            body = bodies.get(address.rpartition("/")[2])
            replies.append(await door.ask(method, address, session=session, json=body))
        real, absent = replies
        assert real.status == 404 or (real.status == 422 and absent.status == 422), (path, real.body)
        if absent.status == 404:
            assert real.body == absent.body
    row = await door.store.read(lambda tx: tx.contact(seeker.keys.id))
    assert row is not None
    assert (row.state, row.claimed_by, row.revision) == ("received", None, 1)


def seal_answer(door: Door, seeker: Seeker) -> bytes:
    return Advisor("x", ("hafen",)).answer(door.network, seeker)


async def test_no_address_of_the_team_opens_without_a_session(door: Door) -> None:
    seeker = await door.arrives()
    for token in (None, "", "AAAA", b64(os.urandom(32)), "%", "ä"):
        for method, path in _team_addresses():
            address = path.replace("{mailbox:[0-9a-f]{32}}", seeker.keys.id.hex())
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            body = {"envelope": b64(seeker.contact())} if method != "GET" and address.endswith("s") else None
            reply = await door.ask(method, address, headers=headers, json=body)
            assert reply.status == 401, (path, reply.status)
            assert b"envelope" not in reply.body


async def test_login_with_a_replayed_session(door: Door) -> None:
    _, session = await door.advisor("mira", "hafen")
    assert (await door.ask("GET", "/api/team/contacts", session=session)).status == 200
    assert (await door.ask("POST", "/api/team/logout", session=session)).status == 200
    for method, path in (("GET", "/api/team/contacts"), ("GET", "/api/team/blocks?team=hafen")):
        reply = await door.ask(method, path, session=session)
        assert (reply.status, reply.json["error"]) == (401, "session_ended")


async def test_stolen_database_does_not_hold_a_usable_session_or_login(door: Door, tmp_path: Path) -> None:
    mira, session = await door.advisor("mira", "hafen")
    seeker = await door.arrives()
    secrets = {"session": b64decode(session), "login key": mira.login_key, "member's seed": mira.seed,
               "token": seeker.keys.token, "person's seed": seeker.seed}  # fmt: skip
    assert search([key(name, secret) for name, secret in secrets.items()], files(tmp_path)) == []


async def test_enumeration_of_accounts(door: Door) -> None:
    """hello and login answer an invented account as they answer a real one."""
    await door.advisor("mira", "hafen")
    for path, more in (("/api/team/hello", {}), ("/api/team/login", {"login_key": b64(b"w" * 32)})):
        real = await door.post(path, {"member": "mira", **more})
        invented = await door.post(path, {"member": "mara", **more})
        assert (real.status, len(real.body)) == (invented.status, len(invented.body))


async def test_a_flood_of_invented_accounts_does_not_lift_the_delay_of_a_real_one(door: Door) -> None:
    await door.advisor("mira", "hafen")
    for _ in range(6):
        await door.post("/api/team/login", {"member": "mira", "login_key": b64(b"w" * 32)})
    throttle = door.desk.team._throttle
    for number in range(10_000):
        throttle.failed(f"invented-{number}", 0, keep=False)
    assert len(throttle._failures) <= 4096
    assert (await door.post("/api/team/login", {"member": "mira", "login_key": b64(b"w" * 32)})).status == 429


# --------------------------------------------------------------------------------------------------- work, load


async def test_proof_of_work_solved_once_used_twice(door: Door) -> None:
    first, second = Seeker(door.network), Seeker(door.network)
    form = door.contact_form(first)
    assert (await door.post("/api/contacts", form)).status == 201
    refused = 0
    for _ in range(20):  # by chance a stamp fits one envelope in sixteen at four bits
        other = {**door.contact_form(second), "stamp": form["stamp"]}
        refused += (await door.post("/api/contacts", other)).status == 428
    assert refused > 10
    again = await door.post("/api/contacts", form)
    assert again.status == 201
    assert await door.store.read(lambda tx: tx.raw.rows("SELECT count(*) FROM entries WHERE number > 1")) == [(0,)]


async def test_proof_of_work_left_out(door: Door) -> None:
    seeker = Seeker(door.network)
    form = door.contact_form(seeker)
    del form["stamp"]
    assert (await door.post("/api/contacts", form)).status == 400
    from intake.errors import Malformed

    with pytest.raises(Malformed):
        await door.desk.receive_contact(
            team="hafen", token_hash=b"t" * 32, urgent=False, envelope=seeker.contact(), stamp=None
        )


async def test_work_done_for_the_future_or_the_past(door: Door) -> None:
    seeker = Seeker(door.network)
    envelope = seeker.contact()
    for hours in (-3, -2, 2, 3, 1000):
        hour = int(door.clock().timestamp()) // 3600 + hours
        from intake import stamps

        stamp = {"hour": hour, "counter": stamps.solve(envelope, hour, 4)}
        assert (await door.post("/api/contacts", {**door.contact_form(seeker, envelope), "stamp": stamp})).status == 428


async def test_a_shared_address_is_never_locked_out(door: Door) -> None:
    """Tor, a school, twenty trainees behind one address: 200 people in a row, one address, none is refused."""
    for _ in range(200):
        person = Seeker.__new__(Seeker)
        person.network, person.seed = door.network, os.urandom(32)
        person.__post_init__()
        assert (await door.post("/api/contacts", door.contact_form(person))).status == 201
    for _ in range(100):
        form = {"mailbox": b64(os.urandom(16)), "token": b64(os.urandom(32))}
        assert (await door.post("/api/mailbox/open", form)).status == 404


async def test_json_3000_deep(door: Door) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}"), ('{"stamp":', "}"), ('{"envelopes":[', "]}")):
        deep = (opening * 3000 + "1" + closing * 3000).encode()
        for row in (*api.OPERATIONS, *team_api.OPERATIONS):
            if row.body is None or "{" in row.path or row.guard is not None:
                continue
            reply = await door.ask(row.method, row.path, data=deep[: row.limit],
                                   headers={"Content-Type": "application/json"})  # fmt: skip
            assert reply.status == 400, row.path
    assert (await door.ask("GET", "/api/health")).status == 200


async def test_json_of_many_keys_and_huge_numbers(door: Door) -> None:
    many = b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}"
    huge = b'{"mailbox": ' + b"9" * 15_000 + b"}"
    for body in (many, huge, b'{"mailbox":"' + b"A" * 15_000 + b'"}'):
        started = (
            time.process_time()
        )  # the service runs in this process; what others do on the machine counts for nothing
        reply = await door.ask("POST", "/api/contacts", data=body, headers={"Content-Type": "application/json"})
        assert reply.status == 400
        assert time.process_time() - started < 1


async def test_a_body_that_never_ends_is_let_go(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from intake.web import operations

    monkeypatch.setattr(operations, "BODY_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(
        b"POST /api/contacts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 60)
    writer.close()


async def test_large_bodies_at_once_do_not_eat_the_memory(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-sent bodies of 20 MB each: beyond the budget the next one is asked to come later, small ones get through."""
    from intake.web import operations

    monkeypatch.setattr(operations, "MOST_IN_FLIGHT", 50 * 2**20)
    head = b"POST /api/mailbox/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    writers = []
    for _ in range(2):
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(head + b"20000000\r\n\r\n{")
        writers.append(writer)
    await door.ask("GET", "/api/health")
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head + b"20000000\r\n\r\n{")
    assert b" 429 " in await asyncio.wait_for(reader.readline(), 60)
    await door.arrives()
    for open_one in (*writers, writer):
        open_one.close()
    for _ in range(20):
        await door.ask("GET", "/api/health")
    await door.arrives()


async def test_a_connection_that_never_asks_is_let_go(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from intake.web import protocol

    monkeypatch.setattr(protocol, "FIRST_REQUEST_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"GET / HTTP/1.1\r\nHost:")
    assert await asyncio.wait_for(reader.read(), 60) == b""
    writer.close()


# ---------------------------------------------------------------------------------------------------- oracles


async def test_mailbox_oracle_by_bytes(door: Door) -> None:
    """A wrong token and a mailbox that does not exist are answered with the same bytes, on every address."""
    seeker = await door.arrives()
    wrong = {**key_of(seeker), "token": b64(os.urandom(32))}
    absent = {"mailbox": b64(os.urandom(16)), "token": b64(os.urandom(32))}
    other = Seeker(door.network, seed=os.urandom(32))
    for path, form in (
        ("/api/mailbox/open", lambda key, _: key),
        ("/api/mailbox/erase", lambda key, _: key),
        ("/api/mailbox/messages", lambda key, who: {**door.message_form(who, who.message()), **key}),
        ("/api/mailbox/move", lambda key, who: {**key, "team": "garten", "envelopes": [
            {"number": 1, "envelope": b64(who.contact(team="garten"))}]}),
    ):  # fmt: skip
        absent_key = key_of(other) if "envelope" in str(form(absent, other)) else absent
        replies = [await door.post(path, form(wrong, seeker)), await door.post(path, form(absent_key, other))]
        assert {reply.status for reply in replies} == {404}, path
        assert replies[0].body == replies[1].body
        assert set(replies[0].headers) == set(replies[1].headers)


async def test_mailbox_oracle_by_time(door: Door) -> None:
    """A wrong token for a full mailbox takes as long as a mailbox that does not exist: its entries are not touched."""
    seeker = await door.arrives()
    for number in range(60):
        await door.desk.add_message(
            seeker.keys.id, seeker.keys.token, message := seeker.message(f"{number}"), stamped(message, door.clock())
        )

    async def measure(mailbox: bytes) -> float:
        started = time.perf_counter()
        with pytest.raises(Exception):  # noqa: B017, PT011
            await door.desk.open_mailbox(mailbox, os.urandom(32))
        return time.perf_counter() - started

    ratios: list[float] = []
    while (
        not ratios or not 0.75 < ratios[-1] < 1.33
    ):  # others may be busy on this machine: what would tell, tells each time
        assert len(ratios) < 3, ratios
        present, absent = [], []
        for _ in range(300):
            present.append(await measure(seeker.keys.id))
            absent.append(await measure(os.urandom(16)))
        ratios.append(statistics.median(present) / statistics.median(absent))


async def test_mailbox_oracle_by_taking_its_id(door: Door) -> None:
    """Learning by a contact whether a mailbox exists needs its 16-byte id, which nobody can guess, and its key."""
    seeker = await door.arrives()
    thief = Seeker(door.network)
    envelope = seal(
        Kind.CONTACT, seeker.keys.id, b"{}", [door.network.team("hafen").public, thief.identity.public], thief.identity
    )
    reply = await door.post("/api/contacts", door.contact_form(thief, envelope))
    assert (reply.status, reply.json["error"]) == (409, "mailbox_taken")
    assert (await door.post("/api/mailbox/open", {**key_of(thief), "mailbox": b64(seeker.keys.id)})).status == 404


async def test_counting_contacts_by_numbers(door: Door) -> None:
    """Nothing given to a help-seeker counts up over all contacts."""
    first = (await door.post("/api/contacts", door.contact_form(Seeker(door.network)))).body
    for _ in range(5):
        await door.arrives()
    assert (await door.post("/api/contacts", door.contact_form(Seeker(door.network)))).body == first


async def test_answers_do_not_tell_the_second_of_a_contact(door: Door, tmp_path: Path) -> None:
    seeker = await door.arrives()
    row = await door.store.read(lambda tx: tx.contact(seeker.keys.id))
    assert row is not None
    assert row.received * 3600 == int(door.clock().timestamp()) // 3600 * 3600
    outbox = await door.store.read(lambda tx: tx.raw.rows("SELECT due FROM outbox"))
    assert all(due < 10**6 for (due,) in outbox)


# ------------------------------------------------------------------------------------------------------ leaks


async def test_return_code_number_and_text_found_in_files_log_cookie_or_headers(
    door: Door, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from crypto.return_code import generate, stretch

    planted, words = Planted.new(), generate()
    seeker = Seeker(door.network, seed=stretch(words, b"s" * 16, 19456, 2))
    await door.arrives(seeker)
    text = f"{planted.sentence} {planted.number}"
    await door.post("/api/mailbox/messages", door.message_form(seeker, seeker.message(text)))
    # and everything that can go wrong with it, with the text in the wrong place
    for form in (text, {"text": text}, {**key_of(seeker), "text": text}, {**key_of(seeker), "mailbox": text}):
        reply = await door.post("/api/mailbox/open", form)
        assert planted.sentence not in reply.body.decode()
    await door.ask("GET", "/api/team/contacts", params={"box": text}, session=text.encode().hex())
    await door.ask("GET", f"/{text}")
    needles = [
        *planted.needles,
        code("return code", words),
        key("seed", seeker.seed),
        key("token", seeker.keys.token),
    ]
    assert search(needles, files(tmp_path)) == []
    written = (caplog.text + "".join(capfd.readouterr())).encode()
    assert [needle for needle in needles if needle.found_in(written)] == []


async def test_no_log_line_names_an_address_or_a_path(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    await door.arrives()
    await door.ask("GET", "/nowhere/at/all")
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"garbage\r\n\r\n")
    await reader.read()
    writer.close()
    out, err = capfd.readouterr()
    assert "127.0.0.1" not in out + err
    assert "nowhere" not in out + err


async def test_a_stamp_is_not_a_way_around_the_form(door: Door) -> None:
    with pytest.raises(EnvelopeRefused):
        await door.desk.receive_contact(
            team="hafen", token_hash=b"t", urgent=False, envelope=Seeker(door.network).contact(), stamp=Stamp(0, 0)
        )
