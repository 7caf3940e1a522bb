"""The doors over real HTTP: each bad input gets a clear, kind sentence and loses nothing."""

import asyncio
import os
from pathlib import Path

import pytest

from intake.errors import StoreBroken, StoreBusy, StoreFull, every_error
from intake.web.headers import DATA_HEADERS, HEADERS
from tests.intake.small import Seeker
from tests.web.door import Door, b64, key_of, opened

MAILBOXES = ("/api/mailbox/open", "/api/mailbox/erase")


async def test_from_the_form_to_the_answer(door: Door) -> None:
    seeker = await door.arrives()
    mira, session = await door.advisor("mira", "hafen")
    inbox = (await door.ask("GET", "/api/team/contacts?box=new", session=session)).json
    assert inbox["counts"]["new"] == 1
    assert inbox["contacts"][0] == {
        "mailbox": seeker.keys.id.hex(), "team": "hafen", "state": "received", "urgent": False, "channel": "web",
        "received": "2026-11-18T09:00Z", "answer_by": "2026-11-20", "erase_on": "2026-12-18", "claimed_by": None,
        "unread": 1, "waiting": False, "size": 4096, "reason": None,
    }  # fmt: skip
    one = f"/api/team/contacts/{seeker.keys.id.hex()}"
    claimed = await door.ask("POST", f"{one}/claim", session=session)
    assert claimed.json["claimed_by"] == {"id": "mira", "name": "Mira"}
    note = await door.post(f"{one}/notes", {"envelope": b64(mira.note(door.network, seeker))}, session)
    answer = await door.post(f"{one}/answers", {"envelope": b64(mira.answer(door.network, seeker))}, session)
    assert (note.status, note.json, answer.status, answer.json) == (201, {"number": 1}, 201, {"number": 2})
    opened_contact = (await door.ask("GET", one, session=session)).json
    assert [(entry["number"], entry["author"]) for entry in opened_contact["entries"]] == [
        (1, "person"),
        (1, "note"),
        (2, "team"),
    ]
    mailbox = (await door.post("/api/mailbox/open", key_of(seeker))).json
    assert [(entry["author"], entry["day"]) for entry in mailbox["entries"]] == [
        ("person", "2026-11-18"),
        ("team", "2026-11-18"),
    ]
    closed = await door.post(f"{one}/close", {"reason": "answered"}, session)
    assert (closed.status, closed.json["state"], closed.json["reason"]) == (200, "closed", "answered")
    assert (await door.post("/api/mailbox/erase", key_of(seeker))).json == {"erased": True}
    assert (await door.post("/api/mailbox/open", key_of(seeker))).status == 404
    assert (await door.ask("GET", one, session=session)).status == 404


async def test_sixty_four_at_once_and_none_fails(door: Door) -> None:
    people = [Seeker(door.network) for _ in range(64)]
    forms = [door.contact_form(person) for person in people]
    replies = await asyncio.gather(*(door.post("/api/contacts", form) for form in forms))
    assert {reply.status for reply in replies} == {201}
    opened_again = await asyncio.gather(*(door.post("/api/mailbox/open", key_of(person)) for person in people))
    assert {reply.status for reply in opened_again} == {200}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\x00", b"\xff\xfe", b'{"team": "hafen"}', b"{}" * 2, b'"' * 10_000,
        "{\"team\": \"\ud800\"}".encode("utf-8", "surrogatepass"),
    ],
)  # fmt: skip
async def test_what_is_not_our_json_gets_a_sentence(door: Door, body: bytes) -> None:
    for path in ("/api/contacts", *MAILBOXES, "/api/mailbox/move", "/api/mailbox/messages", "/api/team/login"):
        reply = await door.ask("POST", path, data=body, headers={"Content-Type": "application/json"})
        assert reply.status == 400, (path, reply.body)
        assert reply.json["error"] == "malformed"
        assert reply.json["message"].endswith(".")


async def test_unknown_fields_are_refused_and_never_followed(door: Door) -> None:
    seeker = Seeker(door.network)
    for field in ({"channel": "phone"}, {"rank": 0}, {"state": "closed"}, {"erase_on": "2030-01-01"}):
        assert (await door.post("/api/contacts", door.contact_form(seeker, **field))).status == 400
    assert (await door.post("/api/mailbox/open", key_of(seeker))).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"team": "nobody"}, 422), ({"team": ""}, 400), ({"team": 5}, 400), ({"token_hash": "AAAA"}, 400),
        ({"token_hash": "%%"}, 400), ({"urgent": "yes"}, 400), ({"envelope": ""}, 422), ({"envelope": "RUsx"}, 422),
        ({"envelope": "RUsx Cg=="}, 400), ({"stamp": None}, 400), ({"stamp": {"hour": -1, "counter": 0}}, 400),
        ({"stamp": {"hour": 1, "counter": 0}}, 428), ({"stamp": {"hour": 1.5, "counter": 0}}, 400),
    ],
)  # fmt: skip
async def test_each_wrong_field_has_its_answer(door: Door, change: dict[str, object], status: int) -> None:
    reply = await door.post("/api/contacts", {**door.contact_form(Seeker(door.network)), **change})
    assert reply.status == status, reply.body
    assert set(reply.json) >= {"error", "message"}


async def test_errors_speak_the_language_of_the_browser(door: Door) -> None:
    form = {"mailbox": b64(os.urandom(16)), "token": b64(os.urandom(32))}
    german = await door.ask("POST", "/api/mailbox/open", json=form)
    english = await door.ask("POST", "/api/mailbox/open", json=form, headers={"Accept-Language": "en-GB,de;q=0.5"})
    assert german.json["message"].startswith("Zu diesen Wörtern")
    assert english.json["message"].startswith("We find nothing")


async def test_a_body_above_the_limit_is_refused_before_it_is_read(door: Door) -> None:
    small = b" " * (16 * 2**10 + 1)
    json_type = {"Content-Type": "application/json"}
    for path in (*MAILBOXES, "/api/team/login"):
        assert (await door.ask("POST", path, data=small, headers=json_type)).status == 413

    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(40):
            yield b" " * 2**16

    assert (await door.ask("POST", "/api/contacts", data=chunks(), headers=json_type)).status == 413
    for length in ("99999999999999999999", "-5", "1e3", "0x10"):
        assert await _raw(door, f"POST /api/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n") in (
            400,
            413,
        )


async def test_a_compressed_body_is_not_unpacked(door: Door) -> None:
    reply = await door.ask(
        "POST", "/api/contacts", data=b"x" * 100,
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )  # fmt: skip
    assert reply.status == 415


async def test_a_form_of_a_foreign_page_is_not_taken(door: Door) -> None:
    """Only application/json, which a page elsewhere cannot send without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        reply = await door.ask("POST", "/api/contacts", data=b"{}", headers={"Content-Type": kind})
        assert reply.status == 415


async def _raw(door: Door, request: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(request.encode("latin-1"))
    line = await asyncio.wait_for(reader.readline(), 60)
    writer.close()
    return int(line.split()[1])


@pytest.mark.parametrize(
    "request_text",
    [
        "garbage\r\n\r\n",
        "POST /api/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /api/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n" + "".join(f"X-{n}: y\r\n" for n in range(200)) + "\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: " + "y" * 20_000 + "\r\n\r\n",
    ],
)
async def test_broken_http_gets_a_bare_400_and_nothing_is_repeated(door: Door, request_text: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(request_text.encode("latin-1"))
    answer = (await asyncio.wait_for(reader.read(), 60)).decode("latin-1")
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    assert " 400 " in head.splitlines()[0]
    assert body == ""
    assert "aiohttp" not in answer
    assert "Python" not in answer
    assert "Content-Security-Policy" in head


async def test_every_answer_carries_the_headers_and_no_cookie(door: Door) -> None:
    seeker = await door.arrives()
    replies = [
        await door.ask("GET", "/api/health"),
        await door.ask("GET", "/nowhere"),
        await door.ask("GET", "/api/nowhere"),
        await door.ask("GET", "/api/contacts"),
        await door.ask("GET", "/verzeichnis"),
        await door.ask("GET", "/s/nothing.js"),
        await door.ask("GET", "/team/"),
        await door.post("/api/contacts", {}),
        await door.post("/api/mailbox/open", key_of(seeker)),
        await door.ask("GET", "/api/team/contacts"),
    ]
    assert [reply.status for reply in replies] == [200, 404, 404, 405, 200, 404, 200, 400, 200, 401]
    for reply in replies:
        page = reply.headers["Content-Type"].startswith("text/html")
        for name, value in (HEADERS if page else DATA_HEADERS).items():
            assert reply.headers[name] == value
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert ("wasm-unsafe-eval" in policy) == (reply is replies[6])
        assert "Set-Cookie" not in reply.headers
        assert "Server" not in reply.headers
    assert replies[3].headers["Allow"] == "POST"
    assert replies[9].headers["WWW-Authenticate"] == "Bearer"


async def test_the_signed_directory_and_the_keys_are_served_as_they_are(door: Door) -> None:
    for encoding in ("br", "identity", "gzip", "br;q=0"):
        reply = await door.ask("GET", "/verzeichnis", headers={"Accept-Encoding": encoding})
        assert reply.body == door.network.blob, encoding
        assert reply.headers.get("Content-Encoding") == ("br" if encoding == "br" else None)
    team = door.network.directory.team("hafen")
    assert (await door.ask("GET", f"/schluessel/{team.kid}")).body == door.network.team("hafen").public.kem
    assert (await door.ask("GET", f"/schluessel/{'0' * 16}")).status == 404
    assert (await door.ask("GET", "/orte")).body == door.network.regions_blob
    assert (await door.ask("GET", "/verzeichnis/1")).body == door.network.blob
    assert (await door.ask("GET", "/verzeichnis/2")).status == 404
    assert (await door.ask("GET", f"/anhang/{'0' * 64}")).body == door.network.annex
    assert (await door.ask("GET", f"/anhang/{'1' * 64}")).status == 404


@pytest.mark.parametrize("path", ["../app.py", "..%2fapp.py", "%2e%2e/keys.py", "/etc/passwd", "a\x00b", ".hidden"])
async def test_only_built_files_are_served(door: Door, path: str) -> None:
    assert (await door.ask("GET", f"/s/{path}")).status in (400, 404)


@pytest.mark.parametrize("error", [StoreBusy, StoreFull, StoreBroken])
async def test_when_the_store_cannot_serve_the_person_hears_that_the_text_is_still_there(
    door: Door, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async def refuse(_: object) -> None:
        raise error("for a reason")

    monkeypatch.setattr(door.store, "write", refuse)
    reply = await door.post("/api/contacts", door.contact_form(Seeker(door.network)))
    assert reply.status == 503
    assert "Ihr Text ist noch da" in reply.json["message"]
    assert "reason" not in reply.json


async def test_a_mistake_of_ours_tells_nothing_of_the_inside(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ValueError("a secret of somebody")

    monkeypatch.setattr(door.desk, "open_mailbox", fail)
    reply = await door.post("/api/mailbox/open", key_of(Seeker(door.network)))
    assert reply.status == 500
    assert reply.json["error"] == "internal"
    assert "secret" not in reply.body.decode()
    assert "secret" not in caplog.text
    assert "ValueError" in caplog.text


async def test_a_wrong_passphrase_says_when_to_try_again(door: Door) -> None:
    await door.advisor("mira", "hafen")
    statuses = []
    for _ in range(6):
        reply = await door.post("/api/team/login", {"member": "mira", "login_key": b64(b"w" * 32)})
        statuses.append(reply.status)
    assert statuses[:4] == [401] * 4
    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) == reply.json["retry_after"] > 0


async def test_the_inbox_asks_for_known_words_only(door: Door) -> None:
    _, session = await door.advisor("mira", "hafen")
    for query in (
        "box=all",
        "after=1-2",
        "after=9-1-" + "0" * 32,
        "after=0-x-" + "0" * 32,
        "page=2",
        "box=new&box=mine",
    ):
        assert (await door.ask("GET", f"/api/team/contacts?{query}", session=session)).status == 400, query
    assert (await door.ask("GET", "/api/team/contacts?team=garten", session=session)).status == 422


async def test_a_disk_of_a_few_kilobytes_refuses_whole_contacts(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        pages = (await door.store.read(lambda tx: tx.raw.rows("PRAGMA page_count")))[0][0]
        await door.store.write(lambda tx: tx.raw.rows(f"PRAGMA max_page_count={pages + 12}"))
        people = [Seeker(door.network) for _ in range(20)]
        replies = await asyncio.gather(*(door.post("/api/contacts", door.contact_form(person)) for person in people))
        statuses = [reply.status for reply in replies]
        assert set(statuses) == {201, 503}
        again = await asyncio.gather(*(door.post("/api/mailbox/open", key_of(person)) for person in people))
        assert [reply.status == 200 for reply in again] == [status == 201 for status in statuses]


def test_every_error_has_its_own_code_and_kind_sentences() -> None:
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))
    for error in every_error():
        for sentence in (error.de, error.en):
            assert sentence.endswith(".")
            assert "!" not in sentence
            assert len(sentence) < 200
        assert error.de != error.en
        assert 400 <= error.status < 600
        assert error.__doc__
