"""The rules of responsibility, one test each, on the example network and on the small network of the vectors."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.errors import KreisUnknown
from intake.regions import LANDS
from intake.routing import (
    BREAKS_ONLY_CIVIL,
    CLOSED,
    FIRST_ALTERNATIVE,
    PHENOMENA,
    REASONS,
    ROLES,
    Found,
    Gap,
    Offer,
    compile_table,
    gaps,
    look_up,
)
from tests.intake.publishing import first, regions
from tests.vectors import write_routing

DIRECTORY = first().directory
TABLE = DIRECTORY.routing
KIND = {team: kind for team, _, kind in TABLE.teams}
CARRIER = {team: carrier for team, carrier, _ in TABLE.teams}
WISMAR, ROSTOCK, DUESSELDORF, KASSEL = "DE80M", "DE803", "DEA11", "DE731"


def ask(kreis: str | None, *phenomena: str, role: str, **wishes: object) -> Found:
    return look_up(TABLE, kreis=kreis, phenomena=phenomena, role=role, **wishes)  # type: ignore[arg-type]


def teams(found: Found) -> list[str]:
    return [candidate.team for candidate in found.candidates]


def others(found: Found) -> dict[str, str]:
    return {candidate.team: candidate.reason for candidate in found.alternatives}


# ------------------------------------------------------------------------------------------------- rules


def test_regional_centre_of_the_kreis_is_first_for_the_mother_from_wismar() -> None:
    found = ask(WISMAR, "RE", role="relative")
    assert (found.candidates[0].team, found.candidates[0].reason) == ("rz-wm", "regional_centre")


def test_exit_request_goes_to_the_topic_team_and_the_centre_is_next() -> None:
    found = ask(WISMAR, "RE", role="exit")
    assert [(c.team, c.reason) for c in found.candidates[:2]] == [
        ("ausstieg-mv", "topic_team"),
        ("rz-wm", "regional_centre"),
    ]


def test_workplace_team_is_there_for_professionals_and_for_nobody_else() -> None:
    assert "betrieb-mv" in teams(ask(ROSTOCK, "RE", role="professional"))
    for role in ("exit", "relative", "own_concern"):
        assert "betrieb-mv" not in teams(ask(ROSTOCK, "RE", role=role))


def test_every_kreis_of_mecklenburg_vorpommern_has_its_one_centre() -> None:
    centre_of = {
        "DE803": "rz-ro", "DE804": "rz-wm", "DE80J": "rz-mse", "DE80K": "rz-ro",
        "DE80L": "rz-vr", "DE80M": "rz-wm", "DE80N": "rz-vg", "DE80O": "rz-wm",
    }  # fmt: skip
    assert set(regions().kreise_of("DE8")) == set(centre_of)
    for kreis, centre in centre_of.items():
        found = ask(kreis, role="relative")
        assert [c.team for c in found.candidates if c.reason == "regional_centre"] == [centre]


def test_phenomenon_decides_among_the_three_programmes_of_one_ministry() -> None:
    for phenomenon, programme in (("RE", "spurwechsel"), ("LE", "left"), ("IS", "api")):
        assert ask(DUESSELDORF, phenomenon, role="exit").candidates[0].team == programme


def test_target_group_decides_relatives_are_not_sent_to_an_exit_programme() -> None:
    assert "api" not in teams(ask(DUESSELDORF, "IS", role="relative"))
    assert ask(DUESSELDORF, "IS", role="relative").candidates[0].team == "wegweiser"


def test_offers_of_several_laender_are_found_in_each_of_them() -> None:
    for land, team in (
        ("DE7", "he"),
        ("DE3", "be"),
        ("DE1", "bw"),
        ("DE2", "by"),
        ("DE9", "ni"),
        ("DED", "sn"),
        ("DEG", "th"),
    ):
        assert f"vpn-{team}" in teams(ask(land, "IS", role="exit"))


def test_statewide_network_is_always_last_even_when_it_covers_more_topics() -> None:
    found = ask(WISMAR, "RE", "LE", "AB", role="exit")
    assert teams(found)[-1] == "netzwerk-mv"
    assert teams(ask(WISMAR, "AB", role="exit")) == ["netzwerk-mv"]


def test_no_place_is_enough_and_finds_teams_for_all_of_germany() -> None:
    assert teams(ask(None, role="exit")) == ["erstkontakt-ausstieg"]
    assert ask(None, "IS", role="relative").candidates[0].team == "leben"
    assert ask("", "IS", role="relative") == ask(None, "IS", role="relative")


def test_a_land_is_enough() -> None:
    assert ask("DE8", "RE", role="exit").candidates[0].team == "ausstieg-mv"
    assert "rz-wm" in others(ask("DE8", "RE", role="exit"))


def test_a_kreis_without_an_entry_of_its_own_is_routed_by_its_land() -> None:
    assert ask(DUESSELDORF, "RE", role="exit") == ask("DEA", "RE", role="exit")


def test_place_of_another_country_is_refused() -> None:
    for place in ("AT130", "XX", "DEZ", "18055", "de80m"):
        with pytest.raises(KreisUnknown):
            ask(place, "RE", role="exit")


def test_first_contact_desk_comes_after_the_specialists_and_first_for_those_who_do_not_know() -> None:
    assert teams(ask("DED", "IS", role="relative"))[:2] == ["vpn-sn", "kora"]
    assert ask("DED", role="relative").candidates[0].team == "kora"


def test_nobody_is_preferred_for_being_civil_or_state() -> None:
    """R35: both are shown; nearness and speciality decide. In Hessen the police programme is nearest."""
    found = ask(KASSEL, "RE", role="exit")
    assert found.candidates[0].team == "ikarus"
    assert {KIND[team] for team in teams(found)} == {"civil", "state"}


# ------------------------------------------------------------------------------------------------- hard wishes


def test_only_non_state_in_a_state_only_region_finds_nobody_and_says_so() -> None:
    found = ask(DUESSELDORF, "LE", role="exit", only_civil=True)
    assert found.candidates == ()
    assert others(found)["left"] == BREAKS_ONLY_CIVIL
    assert others(found)["erstkontakt-ausstieg"] == "other_topic"


def test_only_non_state_excludes_mixed_carriers_too() -> None:
    assert KIND["netzwerk-mv"] == "mixed"
    assert "netzwerk-mv" not in teams(ask(WISMAR, "RE", role="relative", only_civil=True))
    assert ask(WISMAR, "AB", role="exit", only_civil=True).candidates == ()


def test_not_this_carrier_is_in_no_list_at_all() -> None:
    found = ask(WISMAR, "RE", role="exit", not_carriers={"cjd-nord", "raa-mv"})
    assert {CARRIER[c.team] for c in (*found.candidates, *found.alternatives)}.isdisjoint({"cjd-nord", "raa-mv"})
    both = ask(DUESSELDORF, "LE", role="exit", only_civil=True, not_carriers={"innenministerium-nrw"})
    assert "left" not in others(both)


def test_victims_of_violence_never_reach_an_exit_team() -> None:
    for place in (None, *TABLE.places, *LANDS):
        for phenomena in ((), *((p,) for p in PHENOMENA)):
            found = ask(place, *phenomena, role="violence")
            assert (found.candidates, found.alternatives) == ((), ())
            assert "betroffenenberatung" in found.signposts
    assert ask("DEA", role="violence").signposts == ("back-up", "betroffenenberatung")


def test_signpost_for_victims_is_shown_to_nobody_else() -> None:
    for role in ROLES:
        assert not {"back-up", "betroffenenberatung"} & set(ask("DEA", role=role).signposts)


def test_assigned_access_and_the_test_team_are_offered_to_nobody() -> None:
    assert {"ree", "probe", "probe-zwei"}.isdisjoint(KIND)
    assert {"ree", "probe"} <= {team.id for team in DIRECTORY.teams}


PLACES = st.sampled_from(["", *TABLE.places, *LANDS, DUESSELDORF, KASSEL])
WISHES = st.fixed_dictionaries(
    {
        "phenomena": st.lists(st.sampled_from(PHENOMENA), max_size=4),
        "role": st.sampled_from(ROLES),
        "not_carriers": st.sets(st.sampled_from(sorted(set(CARRIER.values()))), max_size=4),
        "closed": st.sets(st.sampled_from(sorted(KIND)), max_size=8),
    }
)


@settings(deadline=None)
@given(place=PLACES, wishes=WISHES, only_civil=st.booleans())
def test_hard_wishes_are_never_softened(place: str, wishes: dict[str, object], *, only_civil: bool) -> None:
    found = look_up(TABLE, kreis=place, only_civil=only_civil, **wishes)  # type: ignore[arg-type]
    excluded = set(wishes["not_carriers"])  # type: ignore[call-overload]
    for candidate in (*found.candidates, *found.alternatives):
        assert CARRIER[candidate.team] not in excluded
        if only_civil and candidate.reason != BREAKS_ONLY_CIVIL:
            assert KIND[candidate.team] == "civil"
        if candidate.reason == BREAKS_ONLY_CIVIL:
            assert KIND[candidate.team] != "civil"
    assert all(c.reason in REASONS[:FIRST_ALTERNATIVE] for c in found.candidates)
    listed = [c.team for c in (*found.candidates, *found.alternatives)]
    assert len(listed) == len(set(listed))


@settings(deadline=None)
@given(place=PLACES, wishes=WISHES)
def test_a_wish_only_takes_away(place: str, wishes: dict[str, object]) -> None:
    """Nobody becomes a candidate because somebody asked for less."""
    free = look_up(TABLE, kreis=place, **wishes)  # type: ignore[arg-type]
    civil = look_up(TABLE, kreis=place, only_civil=True, **wishes)  # type: ignore[arg-type]
    assert {c.team for c in civil.candidates} <= {c.team for c in free.candidates}


# ------------------------------------------------------------------------------------------------- closed teams


def test_deputy_stands_in_for_a_closed_team_and_is_named_as_such() -> None:
    found = ask("DE80L", "RE", role="relative", closed={"rz-vr"})
    assert (found.candidates[0].team, found.candidates[0].stands_in_for) == ("rz-vg", "rz-vr")


def test_deputies_who_are_closed_themselves_pass_on_and_a_circle_ends() -> None:
    found = ask("DE80J", "RE", role="relative", closed={"rz-mse", "rz-vg"})
    assert (found.candidates[0].team, found.candidates[0].stands_in_for) == ("rz-vr", "rz-mse")
    found = ask("DE80L", "RE", role="relative", closed={"rz-vr", "rz-vg"})
    assert "rz-vg" not in teams(found)
    assert others(found)["rz-vr"] == CLOSED


def test_a_closed_team_without_deputy_can_still_be_chosen_but_is_not_suggested() -> None:
    found = ask(DUESSELDORF, "LE", role="exit", closed={"left", "bfv-links"})
    assert "left" not in teams(found)
    assert others(found)["left"] == CLOSED


def test_deputies_are_of_the_same_carrier_kind_only() -> None:
    civil = Offer(
        id="a", carrier="x", kind="civil", role="offer", scope="bund", phenomena=("RE",), audience=("exit",), deputy="b"
    )
    state = Offer(
        id="b", carrier="y", kind="state", role="offer", scope="bund", phenomena=("LE",), audience=("exit",), deputy="c"
    )
    table = compile_table([civil, state], LANDS)
    assert table.deputies == ()
    found = look_up(table, kreis=None, phenomena=["RE"], role="exit", closed={"a"})
    assert (found.candidates, found.alternatives[0].reason) == ((), CLOSED)


# ------------------------------------------------------------------------------------------------- several topics


def test_who_covers_more_of_the_chosen_topics_comes_first() -> None:
    assert ask(WISMAR, "RE", "IS", role="exit").candidates[0].team == "rz-wm"
    assert teams(ask(WISMAR, "RE", "RE", role="exit")) == teams(ask(WISMAR, "RE", role="exit"))


def test_nothing_chosen_is_not_known() -> None:
    assert ask(WISMAR, role="relative") == ask(WISMAR, "unknown", role="relative")


def test_a_team_that_is_candidate_for_one_topic_is_no_mere_alternative() -> None:
    found = ask(DUESSELDORF, "LE", "IS", role="exit")
    assert not set(teams(found)) & set(others(found))


@pytest.mark.parametrize(("phenomena", "role"), [(("XX",), "exit"), (("RE",), "journalist"), (("re",), "exit")])
def test_words_that_do_not_exist_are_refused(phenomena: tuple[str, ...], role: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ask(WISMAR, *phenomena, role=role)


def test_language_is_no_part_of_the_question() -> None:
    """A hint on the page, never a filter: the table does not even know it."""
    assert b"languages" not in write_routing.json.dumps(write_routing.vectors()).encode()
    assert DIRECTORY.team("bidaya-mv").languages == ("de", "ar", "tr", "fa")


# ------------------------------------------------------------------------------------------------- table and gaps


def test_the_table_is_total() -> None:
    for place, phenomenon, role in itertools.product(("", *LANDS, *regions().kreise), PHENOMENA, ROLES):
        ask(place, phenomenon, role=role)


def test_gaps_are_told_and_none_is_invented() -> None:
    found = list(gaps(TABLE, [WISMAR, DUESSELDORF]))
    assert Gap(DUESSELDORF, "RB", "exit", only_civil=False) in found
    assert Gap(DUESSELDORF, "LE", "exit", only_civil=True) in found
    assert not [gap for gap in found if gap.place == WISMAR and not gap.only_civil]
    for gap in found:
        asked = ask(gap.place, gap.phenomenon, role=gap.role, only_civil=gap.only_civil)
        assert asked.candidates == ()


def test_nobody_is_left_without_any_choice() -> None:
    """Wherever nobody is responsible, something remains to choose from, also for those who want no state."""
    for gap in gaps(TABLE, ["", *LANDS]):
        found = ask(gap.place, gap.phenomenon, role=gap.role, only_civil=gap.only_civil)
        assert found.alternatives or found.signposts
        if gap.phenomenon != "unknown":
            assert found.alternatives


def test_vectors_shared_with_the_browser_are_what_python_says() -> None:
    stored = json.loads(write_routing.FILE.read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(write_routing.vectors()))
    assert len(stored["cases"]) >= 30
