"""Alerts, rota and service phones as the console asks for them, with everything that may be sent wrongly."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.wording import sms_text
from intake.delivery import DeliveryError
from intake.outbox import Delivery, Outbox
from intake.store import Transaction
from tests import leaks
from tests.intake.ring import with_coordination
from tests.intake.small import Seeker
from tests.web.door import Door, opened

NUMBER = "+4915123456789"
DAY = {"id": "Tag", "place": "first", "blocks": {"mi": ["08:00-18:00"]}, "people": ["mira", "jonas"],
       "since": "2026-11-04"}  # fmt: skip


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path, at_rest_key=bytes(range(32)), channels=("matrix", "sms"), test_alarm="") as running:
        with_coordination(running.network)
        yield running


async def _put(door: Door, path: str, form: Any, session: str, headers: dict[str, str] | None = None) -> Any:
    return await door.ask("PUT", path, json=form, session=session, headers=headers or {})


async def _urgent(door: Door) -> Seeker:
    person = Seeker(door.network)
    reply = await door.post("/api/contacts", door.contact_form(person, urgent=True))
    assert reply.status == 201
    return person


async def test_the_rota_is_saved_with_a_version_and_two_editors_do_not_overwrite_each_other(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    _, jonas = await door.advisor("jonas", "hafen")
    path = "/api/team/rota?team=hafen"
    empty = (await door.ask("GET", path, session=mira)).json
    assert (empty["version"], empty["may_edit"], empty["plan"]["shifts"]) == (0, True, [])
    assert [person["id"] for person in empty["people"]] == ["jonas", "mira"]
    saved = await _put(door, path, {"version": 0, "plan": {"shifts": [DAY]}}, mira)
    assert (saved.status, saved.json["version"], saved.json["changed_by"]) == (200, 1, "Mira")
    late = await _put(door, path, {"version": 0, "plan": {"shifts": []}}, jonas)
    assert (late.status, late.json["error"]) == (409, "rota_changed")
    duties = (await door.ask("GET", "/api/team/rota/duties?team=hafen", session=mira)).json["duties"]
    assert [duty["person"]["id"] for duty in duties[:2]] == ["mira", "jonas"]
    gaps = (await door.ask("GET", "/api/team/rota/gaps?team=hafen", session=mira)).json["gaps"]
    assert gaps, "the other days of the week are open and nobody stands there"


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        ({**DAY, "people": ["fremd"]}, ("gehört nicht zu diesem Team", "is not part of this team")),
        ({**DAY, "blocks": {"mi": ["08:00-12:00", "11:00-18:00"]}}, ("überschneiden sich", "overlap")),
        ({**DAY, "blocks": {"mi": ["25:00-26:00"]}}, ("keine Zeitspanne", "no span of time")),
        ({**DAY, "blocks": {}}, ("keine Zeiten", "no times")),
        ({**DAY, "until": "2026-01-01"}, ("vor ihrem Beginn", "before it begins")),
    ],
)
async def test_a_plan_that_cannot_be_meant_is_refused_with_sentences(
    door: Door, shift: Any, says: tuple[str, str]
) -> None:
    _, mira = await door.advisor("mira", "hafen")
    form = {"version": 0, "plan": {"shifts": [shift]}}
    for language, sentence in zip(("de", "en"), says, strict=True):
        reply = await _put(door, "/api/team/rota?team=hafen", form, mira, {"Accept-Language": language})
        assert (reply.status, reply.json["error"]) == (422, "rota_faulty")
        assert any(sentence in fault for fault in reply.json["faults"]), reply.json


@pytest.mark.parametrize(
    "plan",
    [{"shifts": "x"}, {"unknown": 1}, {"shifts": [{**DAY, "weeks_each": 0}]}, {"closed_yearly": ["13-40"]},
     {"shifts": [{**DAY, "people": []}]}, {"shifts": [{**DAY, "since": "2026-02-29"}]}],
)  # fmt: skip
async def test_a_plan_of_another_form_is_refused(door: Door, plan: Any) -> None:
    _, mira = await door.advisor("mira", "hafen")
    assert (await _put(door, "/api/team/rota?team=hafen", {"version": 0, "plan": plan}, mira)).status == 400


async def test_an_untaken_swap_leaves_the_original_on_duty_and_the_first_taker_wins(door: Door) -> None:
    sessions = {name: (await door.advisor(name, "hafen"))[1] for name in ("mira", "jonas", "aylin")}
    await _put(door, "/api/team/rota?team=hafen", {"version": 0, "plan": {"shifts": [DAY]}}, sessions["mira"])
    swap = {"team": "hafen", "shift": "Tag", "day": "2026-11-18"}
    path = "/api/team/rota/swaps"
    wrong = await door.post(path, swap, sessions["jonas"])
    assert (wrong.status, wrong.json["error"]) == (422, "rota_faulty"), "nobody offers what is not theirs"
    assert (await door.post(path, swap, sessions["mira"])).status == 200

    async def stands() -> str:
        duties = (await door.ask("GET", "/api/team/rota/duties?team=hafen", session=sessions["mira"])).json["duties"]
        return str(next(duty["person"]["id"] for duty in duties if duty["day"] == "2026-11-18"))

    assert await stands() == "mira"
    assert (await door.post(f"{path}/take", swap, sessions["aylin"])).status == 200
    assert await stands() == "aylin"
    assert (await door.post(f"{path}/take", swap, sessions["jonas"])).status == 422
    assert (await door.post(f"{path}/withdraw", swap, sessions["mira"])).status == 422


async def test_an_absence_brings_the_substitute_and_only_the_lead_enters_it_for_others(door: Door) -> None:
    sessions = {name: (await door.advisor(name, "hafen"))[1] for name in ("mira", "jonas", "rita")}
    await door.store.write(lambda tx: tx.put_role("rita", "hafen", "lead"))
    plan = {"version": 0, "plan": {"shifts": [DAY]}}
    assert (await _put(door, "/api/team/rota?team=hafen", plan, sessions["mira"])).json["error"] == "lead_only"
    assert (await _put(door, "/api/team/rota?team=hafen", plan, sessions["rita"])).status == 200
    away = {"team": "hafen", "first": "2026-11-16", "last": "2026-11-20", "substitute": "jonas"}
    other = await door.post("/api/team/rota/absences", {**away, "person": "mira"}, sessions["jonas"])
    assert (other.status, other.json["error"]) == (403, "lead_only")
    assert (await door.post("/api/team/rota/absences", away, sessions["mira"])).status == 200
    duties = (await door.ask("GET", "/api/team/rota/duties?team=hafen", session=sessions["mira"])).json["duties"]
    assert (duties[0]["person"]["id"], duties[0]["reason"]) == ("jonas", "substitute")
    gone = {"team": "hafen", "person": "mira", "first": "2026-11-16", "last": "2026-11-20"}
    assert (await door.post("/api/team/rota/absences/withdraw", gone, sessions["mira"])).status == 200


async def test_the_calendar_has_a_secret_address_that_a_new_one_ends(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    plan = {"shifts": [{**DAY, "people": ["mira"]}]}
    assert (await _put(door, "/api/team/rota?team=hafen", {"version": 0, "plan": plan}, mira)).status == 200
    first = (await door.post("/api/team/calendar", {"team": "hafen"}, mira)).json["url"]
    path = "/kalender/" + first.rpartition("/")[2]
    feed = await door.ask("GET", path)
    assert feed.headers["Content-Type"].startswith("text/calendar")
    assert b"SUMMARY:Dienst" in feed.body
    assert b"Hafen" not in feed.body
    assert (await door.post("/api/team/calendar", {"team": "hafen"}, mira)).status == 200
    assert (await door.ask("GET", path)).status == 404
    secret = path.rpartition("/")[2].removesuffix(".ics")
    leaks.assert_none([leaks.sentence("calendar secret", secret)], leaks.files(door.folder))


async def test_foreign_teams_are_answered_as_if_they_were_not_there(door: Door) -> None:
    _, gast = await door.advisor("gast", "garten")
    await door.advisor("mira", "hafen")
    await _urgent(door)
    rows = await door.store.read(lambda tx: tx.open_alerts("hafen", 5))
    for method, path, form in (
        ("GET", "/api/team/rota?team=hafen", None),
        ("GET", "/api/team/rota/gaps?team=hafen", None),
        ("PUT", "/api/team/rota?team=hafen", {"version": 0, "plan": {}}),
        ("POST", "/api/team/calendar", {"team": "hafen"}),
    ):
        absent = form and {**form, **({"team": "nirgends"} if "team" in form else {})}
        wanted = await door.ask(method, path.replace("hafen", "nirgends"), json=absent, session=gast)
        reply = await door.ask(method, path, json=form, session=gast)
        assert (reply.status, reply.body) == (wanted.status, wanted.body)
    for path in ("/api/team/phones/mira", "/api/team/phones?team=hafen"):
        assert (await door.ask("GET", path, session=gast)).status == 404
    assert (await door.post("/api/team/phones/mira/cut-off", {}, gast)).status == 404
    foreign = await door.post(f"/api/team/alerts/{rows[0].id}/take", {}, gast)
    absent = await door.post("/api/team/alerts/0123456789abcdef/take", {}, gast)
    assert (foreign.status, foreign.body) == (absent.status, absent.body) == (404, foreign.body)
    assert (await door.ask("GET", "/api/team/alerts", session=gast)).json["alerts"] == []


async def a_trial_message_says_what_became_of_it(door: Door, path: str, mira: str, jonas: str) -> None:
    """Part of the story of mira's number, that is verified now."""
    assert (await door.post(f"{path}/probe", {}, jonas)).status == 403
    assert (await door.post("/api/team/phones/jonas/probe", {}, jonas)).status == 404, "there is no phone of his"
    sent = await door.post(f"{path}/probe", {}, mira)
    assert [(one["channel"], one["state"], one["attempts"]) for one in sent.json["probe"]] == [("sms", "waiting", 0)]
    again = await door.post(f"{path}/probe", {}, mira)
    assert (again.status, again.json["retry_after"]) == (429, 60)
    outbox = Outbox(door.desk, {"sms": Refusing()}, lambda: 0.0)
    assert await outbox.drain("sms") == 1, "the code"
    assert await outbox.drain("sms") == 1
    assert (await door.ask("GET", path, session=mira)).json["probe"][0] == {
        "channel": "sms", "state": "dead", "attempts": 1, "trouble": "sms: number invalid",
        "since": sent.json["probe"][0]["since"],
    }  # fmt: skip
    door.clock.pass_by(minutes=1)
    assert [one["state"] for one in (await door.post(f"{path}/probe", {}, mira)).json["probe"]] == ["waiting"]


class Refusing:
    """A provider that does not know the number; codes it takes."""

    async def deliver(self, delivery: Delivery) -> None:
        if delivery.saying.kind.value == "probe":
            assert re.fullmatch(r"Probenachricht \d{4} aus der Konsole: .*", sms_text(delivery).rstrip())
            raise DeliveryError("sms: number invalid", permanent=True)


async def test_a_number_is_verified_by_the_code_that_comes_to_it_and_is_printed_nowhere(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    _, jonas = await door.advisor("jonas", "hafen")
    path = "/api/team/phones/mira"
    refused = await _put(door, path, {"number": "110", "matrix_user": None}, mira)
    assert (refused.status, refused.json["why"]) == (422, "emergency")
    other = await _put(door, path, {"number": NUMBER, "matrix_user": None}, jonas)
    assert (other.status, other.json["error"]) == (403, "lead_only")
    entered = (await _put(door, path, {"number": "0151 23456789", "matrix_user": None}, mira)).json
    assert (entered["number"], entered["state"]) == (NUMBER, "unverified")
    asked = await door.post(f"{path}/code", {"channel": "number"}, mira)
    assert asked.json["code"] is None, "a code for the number is sent there, never shown here"
    assert (await door.post(f"{path}/code", {"channel": "number"}, mira)).status == 429
    row = (await door.store.read(lambda tx: tx.raw.rows("SELECT saying FROM outbox WHERE channel = 'sms'")))[0]
    code = row[0].split('"code":"')[1][:6]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for left in (4, 3, 2, 1):
        reply = await door.post(f"{path}/verify", {"code": wrong}, mira)
        assert (reply.status, reply.json["tries"]) == (422, left)
    right = await door.post(f"{path}/verify", {"code": code}, mira)
    assert (right.status, right.json["state"]) == (200, "verified")
    await a_trial_message_says_what_became_of_it(door, path, mira, jonas)
    seen = (await door.ask("GET", path, session=jonas)).json
    assert seen["number"] == "…789", "colleagues see the end of a number only"
    assert (await door.post(f"{path}/verify", {"code": code}, mira)).status == 422, "a code is good once"
    changed = (await _put(door, path, {"number": "0151 23456780", "matrix_user": None}, mira)).json
    assert changed["state"] == "unverified", "a new number proves itself again"
    told = await door.store.read(lambda tx: tx.raw.rows("SELECT saying FROM outbox WHERE address IS NOT NULL"))
    assert told == [('{"kind":"changed"}',)], "the old number hears of it"
    leaks.assert_none([leaks.number("number", NUMBER)], leaks.files(door.folder), at_least=3)


async def test_five_wrong_codes_end_a_code_and_time_does_too(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    path = "/api/team/phones/mira"
    await _put(door, path, {"number": None, "matrix_user": "@mira:staff.example"}, mira)
    code = (await door.post(f"{path}/code", {"channel": "matrix"}, mira)).json["code"]
    devices = [("PHONE", "k" * 43)]
    phones = door.desk.phones
    for _ in range(5):
        assert not await phones.matrix_code(
            "@mira:staff.example", "!r:x", "000000" if code != "000000" else "1", devices
        )
    assert not await phones.matrix_code("@mira:staff.example", "!r:x", code, devices)
    code = (await door.post(f"{path}/code", {"channel": "matrix"}, mira)).json["code"]
    door.clock.pass_by(minutes=16)
    assert not await phones.matrix_code("@mira:staff.example", "!r:x", code, devices)


async def test_matrix_devices_are_pinned_by_the_code_and_a_new_one_waits_for_the_console(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    path, user = "/api/team/phones/mira", "@mira:staff.example"
    await _put(door, path, {"number": None, "matrix_user": user}, mira)
    phones = door.desk.phones
    code = (await door.post(f"{path}/code", {"channel": "matrix"}, mira)).json["code"]
    assert (await phones.of_matrix(user)).wanted
    assert not await phones.matrix_code("@fremd:staff.example", "!r:x", code, [])
    assert await phones.matrix_code(user, "!r:x", code, [("PHONE", "k" * 43)])
    assert await phones.device_seen(user, "PHONE", "k" * 43)
    assert not await phones.device_seen(user, "PHONE", "z" * 43), "the same id with another key is another device"
    for number in range(40):
        assert not await phones.device_seen(user, f"NEW{number}", "n" * 43)
    assert await phones.device_seen(user, "PHONE", "k" * 43), "a flood of new devices washes no pinned one away"
    shown = (await door.ask("GET", path, session=mira)).json
    assert len(shown["devices"]) <= 20
    unknown = await door.post(f"{path}/devices/confirm", {"device_id": "NEVER", "ed25519": "n" * 43}, mira)
    assert unknown.status == 404
    new = {"device_id": "NEW39", "ed25519": "n" * 43}
    assert (await door.post(f"{path}/devices/confirm", new, mira)).status == 200
    assert await phones.device_seen(user, "NEW39", "n" * 43)
    await phones.room_broken("mira")
    assert (await door.ask("GET", path, session=mira)).json["state"] == "unverified"


async def test_any_colleague_cuts_a_lost_phone_off_and_its_consoles_end(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    _, jonas = await door.advisor("jonas", "hafen")
    push = {"endpoint": "https://push.example/abc", "p256dh": "p" * 87, "auth": "a" * 22}
    assert (await door.post("/api/team/push", push, mira)).status == 200
    leaks.assert_none([leaks.sentence("push address", "https://push.example/abc")], leaks.files(door.folder))
    cut = await door.post("/api/team/phones/mira/cut-off", {}, jonas)
    assert (cut.json["state"], cut.json["push"]) == ("cut_off", 0)
    assert (await door.ask("GET", "/api/team/alerts", session=mira)).status == 401


async def test_alerts_are_seen_taken_and_told_in_the_console(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    _, jonas = await door.advisor("jonas", "hafen")

    async def unit(tx: Transaction) -> None:
        sealed = door.desk.phones._seal(NUMBER, "mira")
        from tests.intake.ring import give_phone

        await give_phone(tx, door.desk, "mira", matrix=False)
        row = await tx.phone("mira")
        assert row is not None
        await tx.put_phone(row._replace(number=sealed))

    await door.store.write(unit)
    seeker = await _urgent(door)
    shown = (await door.ask("GET", "/api/team/alerts", session=mira)).json
    alert = shown["alerts"][0]
    assert (alert["mailbox"], alert["kind"], alert["phase"]) == (seeker.keys.id.hex(), "urgent", "sent")
    assert [(one["channel"], one["recipient"]["id"], one["state"]) for one in alert["deliveries"]] == [
        ("sms", "mira", "waiting")
    ]
    assert [(one["trouble"], one["target"]) for one in shown["incidents"]] == [("nobody", "first")]
    paused = await door.post(f"/api/team/alerts/{alert['id']}/later", {"minutes": 10}, mira)
    assert paused.json["reply"] == "paused"
    taken = await door.post(f"/api/team/alerts/{alert['id']}/take", {}, mira)
    assert (taken.json["reply"], taken.json["mailbox"]) == ("yours", seeker.keys.id.hex())
    second = await door.post(f"/api/team/alerts/{alert['id']}/take", {}, jonas)
    assert (second.json["reply"], second.json["owner"]) == ("taken", "Mira")
    passed = await door.post(f"/api/team/alerts/{alert['id']}/pass-on", {}, mira)
    assert passed.json["reply"] == "passed_on"


async def test_a_coordination_sees_alerts_of_its_land_and_no_mailbox(door: Door) -> None:
    _, karin = await door.advisor("karin")

    async def unit(tx: Transaction) -> None:
        await tx.join("karin", "lks")
        await tx.put_role("karin", "lks", "coordination")

    await door.store.write(unit)
    seeker = await _urgent(door)
    shown = (await door.ask("GET", "/api/team/alerts", session=karin)).json["alerts"]
    assert [(alert["team"], alert["mailbox"]) for alert in shown] == [("hafen", None)]
    assert seeker.keys.id.hex().encode() not in (await door.ask("GET", "/api/team/alerts", session=karin)).body
    assert (await door.ask("GET", f"/api/team/contacts/{seeker.keys.id.hex()}", session=karin)).status == 404
    taken = await door.post(f"/api/team/alerts/{shown[0]['id']}/take", {}, karin)
    assert (taken.json["reply"], taken.json["mailbox"]) == ("yours", None)
    row = await door.store.read(lambda tx: tx.contact(seeker.keys.id))
    assert row is not None
    assert row.claimed_by is None


async def test_every_address_asks_for_a_session_first(door: Door) -> None:
    from intake.web import alert_api, rota_api

    for row in (*alert_api.OPERATIONS, *rota_api.OPERATIONS):
        path = re.sub(r"\{member:[^}]*\}[^}]*\}", "mira", re.sub(r"\{(alert|letter):[^}]*\}\}", "0" * 16, row.path))
        for session in (None, b64encode(b"\1" * 32).decode()):
            reply = await door.ask(row.method, path, json={} if row.body else None, session=session)
            assert (reply.status, reply.json["error"]) == (401, "session_ended"), (row.method, row.path)
