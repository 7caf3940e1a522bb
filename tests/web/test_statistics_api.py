"""The addresses of the statistics: closed forms in, protected tables out."""

from typing import Any

from tests.web.door import Door, b64

PATH = "/api/team/statistics"


def form(**more: Any) -> dict[str, Any]:
    return {
        "team": "hafen", "once": b64(b"1" * 16), "kind": "one_off", "role": "relative", "phenomena": ["RE", "RE"],
        "channel": "web", "referral": "school", "duration": "week", "place": None, **more,
    }  # fmt: skip


async def test_twelve_ended_contacts_are_a_table_when_the_half_year_is_over(door: Door) -> None:
    _, session = await door.advisor("mira", "hafen")
    for n in range(12):
        reply = await door.post(PATH, form(once=b64(bytes([n]) * 16), indicators=["clarity"]), session)
        assert (reply.status, reply.json) == (200, {"ok": True})
    running = (await door.ask("GET", PATH, session=session)).json
    assert (running["halves"], running["half"], running["tables"]) == ([], None, [])
    door.clock.pass_by(days=60)
    _, session = await door.advisor("jonas", "hafen")
    over = (await door.ask("GET", f"{PATH}?land=DE&half=2026-2", session=session)).json
    tables = {table["subject"]: table for table in over["tables"]}
    assert tables["phenomenon"] == {
        "subject": "phenomenon", "rows": [{"values": ["DE"], "total": 12}],
        "columns": [{"values": ["RE"], "total": 12}], "counts": [[12]], "total": 12,
    }  # fmt: skip
    assert tables["indicator_clarity"]["counts"] == [[12]]


async def test_what_is_not_in_the_closed_form_is_refused(door: Door) -> None:
    _, session = await door.advisor("mira", "hafen")
    for wrong in ({"mailbox": "0" * 32}, {"kind": "Gespräch"}, {"place": "Wismar"}, {"phenomena": ["RE"] * 9}):
        assert (await door.post(PATH, form(**wrong), session)).status == 400
    assert (await door.post(PATH, form(team="garten"), session)).json["error"] == "team_unknown"
    assert (await door.post(PATH, form(place="DE8ZZ"), session)).json["error"] == "kreis_unknown"
    assert (await door.post(PATH, form())).status == 401
    assert (await door.ask("GET", f"{PATH}?land=DE8", session=session)).json["error"] == "team_unknown"
