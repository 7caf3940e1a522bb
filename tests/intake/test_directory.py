"""Whoever reads the directory must not be fooled: not by the server, not by an old copy, not by a careless root."""

from datetime import timedelta

import brotli
import msgspec
import pytest

from intake import directory as d
from intake.errors import (
    DirectoryExpired,
    DirectoryForged,
    DirectoryMalformed,
    DirectoryNotYetValid,
    DirectoryRolledBack,
    TeamUnknown,
)
from intake.routing import look_up
from tests.intake.publishing import DAY, NOW, OTHER_SEED, ROOT, ROOT_SEED, altered, draft, first, signed, with_team


def test_what_was_signed_is_read() -> None:
    directory = d.read(signed(first().body), ROOT, NOW)
    assert directory == first().directory
    assert d.encode(directory) == first().body
    assert directory.network.demonstration
    assert directory.team("rz-wm").carrier == "raa-mv"
    assert directory.carrier("raa-mv").kind == "civil"
    with pytest.raises(TeamUnknown):
        directory.team("nobody")
    with pytest.raises(KeyError):
        directory.carrier("nobody")


# ------------------------------------------------------------------------------------------------- attacks


def test_forged_team_key_is_refused() -> None:
    """The server puts its own key in place of a team's."""
    body = first().body.replace(first().directory.team("rz-wm").key_hash.encode(), b"0" * 64)
    assert body != first().body
    genuine = signed(first().body)
    with pytest.raises(DirectoryForged):
        d.read(genuine[: genuine.index(b"{")] + body, ROOT, NOW)


def test_forged_team_key_with_a_wrong_root_is_refused() -> None:
    with pytest.raises(DirectoryForged):
        d.read(signed(first().body, OTHER_SEED), ROOT, NOW)


@pytest.mark.parametrize("blob", [b"", b"EKD1\n", b"{}", b"EKD1\n" + b"A" * 88 + b"\n{}", first().body])
def test_unsigned_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(DirectoryForged):
        d.read(blob, ROOT, NOW)


@pytest.mark.parametrize("place", [0, 10, 100, 5000, -1])
def test_one_flipped_bit_is_refused(place: int) -> None:
    blob = bytearray(signed(first().body))
    blob[place] ^= 1
    with pytest.raises(DirectoryForged):
        d.read(bytes(blob), ROOT, NOW)


def test_rolled_back_directory_is_refused() -> None:
    blob = signed(first().body)
    with pytest.raises(DirectoryRolledBack):
        d.read(blob, ROOT, NOW, at_least=2)
    assert d.read(blob, ROOT, NOW, at_least=1).version == 1


def test_expired_directory_is_refused() -> None:
    blob, end = signed(first().body), first().directory.expires
    assert d.read(blob, ROOT, end - timedelta(seconds=1))
    with pytest.raises(DirectoryExpired):
        d.read(blob, ROOT, end)
    assert d.read_any_age(blob, ROOT).version == 1


def test_clock_a_day_behind_still_works_and_two_days_do_not() -> None:
    blob = signed(first().body)
    assert d.read(blob, ROOT, NOW - DAY)
    with pytest.raises(DirectoryNotYetValid):
        d.read(blob, ROOT, NOW - 2 * DAY)


def test_clock_a_day_ahead_never_stretches_the_end() -> None:
    end = first().directory.expires
    with pytest.raises(DirectoryExpired):
        d.read(signed(first().body), ROOT, end - timedelta(hours=1) + DAY)


def test_broken_chain_is_noticed() -> None:
    one = signed(first().body)
    two = signed(draft(previous=one).body)
    link = d.read_link(two, ROOT)
    d.follows(one, d.read_link(one, ROOT), None, 1)
    d.follows(two, link, one, 2)
    for predecessor, version in ((two, 2), (None, 2), (one, 3)):
        with pytest.raises(DirectoryForged):
            d.follows(two, link, predecessor, version)
    with pytest.raises(DirectoryForged):
        d.read_link(signed(b'{"version":"two"}'), ROOT)
    with pytest.raises(DirectoryForged):
        d.read_link(two, b"\0" * 32)


# ------------------------------------------------------------------- a root that signs what contradicts itself


def refused(blob: bytes) -> str:
    with pytest.raises(DirectoryMalformed) as caught:
        d.read(blob, ROOT, NOW)
    return str(caught.value)


def test_duplicate_ids_are_refused() -> None:
    base = first().directory
    assert "„rz-wm“ kommt 2-mal vor" in refused(altered(base, teams=(*base.teams, base.team("rz-wm"))))
    twin = msgspec.structs.replace(base.signposts[0], id="rz-wm")
    assert "„rz-wm“ kommt 2-mal vor" in refused(altered(base, signposts=(*base.signposts, twin)))


def test_one_key_for_two_teams_is_refused() -> None:
    base = first().directory
    other = base.team("rz-ro")
    teams = with_team(base, "rz-wm", kid=other.kid, key_hash=other.key_hash)
    assert other.kid in refused(altered(base, teams=teams))


def test_unknown_carrier_is_refused() -> None:
    base = first().directory
    assert "„nobody“ gibt es nicht" in refused(altered(base, teams=with_team(base, "rz-wm", carrier="nobody")))


def test_unknown_deputy_and_a_deputy_of_oneself_are_refused() -> None:
    base = first().directory
    for deputy in ("nobody", "rz-wm"):
        assert "Vertretung" in refused(altered(base, teams=with_team(base, "rz-wm", deputy=deputy)))


def test_kreis_covered_twice_by_two_regional_centres_is_refused() -> None:
    base = first().directory
    kreise = (*base.team("rz-ro").kreise, "DE80M")
    message = refused(altered(base, teams=with_team(base, "rz-ro", kreise=kreise)))
    assert "DE80M sind zwei Regionalzentren zuständig: „rz-wm“ und „rz-ro“" in message


def test_a_kid_that_is_not_of_its_key_is_refused() -> None:
    base = first().directory
    assert "Schlüssel-Nummer" in refused(altered(base, teams=with_team(base, "left", kid="0" * 16)))


def test_a_routing_table_that_renames_a_carrier_is_refused() -> None:
    """It would let "only non-state" end at the state."""
    base = first().directory
    teams = tuple((id, carrier, "civil") for id, carrier, _ in base.routing.teams)
    routing = msgspec.structs.replace(base.routing, teams=teams)
    assert "anderen Träger" in refused(altered(base, routing=routing))


@pytest.mark.parametrize("id", ["ree", "probe", "nobody"])
def test_a_routing_table_that_leads_to_a_closed_door_is_refused(id: str) -> None:
    base = first().directory
    teams = ((id, "vpn", "civil"), *base.routing.teams[1:])
    routing = msgspec.structs.replace(base.routing, teams=teams)
    assert f"„{id}“" in refused(altered(base, routing=routing))


@pytest.mark.parametrize(
    "damage",
    [
        {"lists": ((0, 0, 0),)},
        {"lists": ((99, 0),)},
        {"lists": ((0, 99),)},
        {"profiles": ((0,) * 31,)},
        {"profiles": ((9999,) * 32,)},
        {"places": {"": 0}},
        {"deputies": ((0, 99),)},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_a_damaged_routing_table_is_refused(damage: dict[str, object]) -> None:
    base = first().directory
    routing = msgspec.structs.replace(base.routing, **damage)
    assert "beschädigt" in refused(altered(base, routing=routing))


def test_a_deputy_of_another_carrier_kind_in_the_table_is_refused() -> None:
    base = first().directory
    number = {id: i for i, (id, _, _) in enumerate(base.routing.teams)}
    routing = msgspec.structs.replace(base.routing, deputies=((number["rz-wm"], number["left"]),))
    assert "andere Art von Träger" in refused(altered(base, routing=routing))


def test_a_signpost_that_does_not_exist_is_refused() -> None:
    base = first().directory
    routing = msgspec.structs.replace(base.routing, signposts=(("nowhere", ("violence",), ()),))
    assert "„nowhere“" in refused(altered(base, routing=routing))


def test_a_civil_carrier_bound_to_prosecute_is_refused() -> None:
    base = first().directory
    carriers = tuple(
        msgspec.structs.replace(carrier, legality_principle=carrier.id == "raa-mv") for carrier in base.carriers
    )
    assert "Legalitätsprinzip" in refused(altered(base, carriers=carriers))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scope": "bund"}, "keine Länder"),
        ({"scope": "land"}, "keine Kreise"),
        ({"kreise": ()}, "mindestens einen Kreis"),
        ({"lands": ("DE7",)}, "nicht in den genannten Ländern"),
        ({"closed": ((NOW.date(), (NOW - DAY).date()),)}, "Schließzeit"),
        ({"former": (d.FormerKey(1, "0" * 16, "0" * 64),)}, "früherer Schlüssel"),
        ({"role": "statewide_network"}, "landesweites Netzwerk"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_areas_and_times_that_cannot_be_are_refused(changes: dict[str, object], words: str) -> None:
    base = first().directory
    assert words in refused(altered(base, teams=with_team(base, "rz-wm", **changes)))


def test_a_regional_centre_without_kreise_is_refused() -> None:
    base = first().directory
    assert "nennt seine Kreise" in refused(altered(base, teams=with_team(base, "left", role="regional_centre")))


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_validity_that_cannot_be_is_refused(days: int) -> None:
    base = first().directory
    with pytest.raises(DirectoryMalformed, match="Das geht nicht"):
        d.read_any_age(altered(base, expires=base.issued + days * DAY), ROOT)


def test_a_second_version_without_a_predecessor_is_refused() -> None:
    assert "Vorgänger" in refused(altered(first().directory, version=2))
    assert "Vorgänger" in refused(altered(first().directory, previous="0" * 64))


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"format":"erstkontakt-directory/2"}',
        first().body.replace(b'"kind":"civil"', b'"kind":"friendly"', 1),
        first().body.replace(b'"DE80M"', b'"DE80m"', 1),
        first().body.replace(b'"epoch":1', b'"epoch":0', 1),
        first().body.replace(b'"salt":"', b'"salt":"AAAA', 1),
        first().body.replace(b'"memory_kib":19456', b'"memory_kib":8', 1),
        first().body.replace(b'"passes":2', b'"passes":1', 1),
        b'{"teams":' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"version":1e99}',
        b"{\xff}",
    ],
    ids=["empty", "form", "kind", "kreis", "epoch", "salt", "memory", "passes", "3000 deep", "number", "utf-8"],
)
def test_signed_but_not_a_directory_is_refused(body: bytes) -> None:
    refused(signed(body))


def test_fields_of_tomorrow_are_left_aside() -> None:
    body = first().body[:-1] + b',"of_tomorrow":{"a":1}}'
    assert d.read(signed(body), ROOT, NOW) == first().directory


# ------------------------------------------------------------------------------------------------- small things


def test_closed_teams_by_local_date_both_days_included() -> None:
    base = first().directory
    closed = ((NOW.date(), (NOW + 2 * DAY).date()),)
    holiday = msgspec.structs.replace(base, teams=with_team(base, "rz-vr", closed=closed))
    assert [holiday.closed_on((NOW + n * DAY).date()) for n in (-1, 0, 2, 3)] == [
        frozenset(),
        {"rz-vr"},
        {"rz-vr"},
        frozenset(),
    ]


def test_answers_signed_with_a_former_key_can_still_be_checked() -> None:
    base = first().directory
    one = signed(first().body)
    second = draft(previous=one, epochs={"rz-wm": 2}).directory
    team = second.team("rz-wm")
    assert team.epoch == 2
    assert team.verify_keys() == (bytes.fromhex(team.verify), bytes.fromhex(base.team("rz-wm").verify))
    assert [former.epoch for former in team.former] == [1]


def test_root_seed_never_stands_in_the_file() -> None:
    assert ROOT_SEED.hex().encode() not in signed(first().body)


def test_the_directory_is_small_enough_for_a_slow_line() -> None:
    blob = signed(first().body)
    assert len(brotli.compress(blob, quality=11)) <= 9_500  # with two test teams and every carrier's rule


def test_the_published_table_answers_like_a_fresh_one() -> None:
    directory = d.read(signed(first().body), ROOT, NOW)
    found = look_up(directory.routing, kreis="DE80M", phenomena=["RE"], role="relative")
    assert found.candidates[0].team == "rz-wm"
