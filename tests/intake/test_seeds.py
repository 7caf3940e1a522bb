"""The 38 systems of the field that gave this project its shape: each can be said in the model, and stands somewhere.

Names as the field uses them; one row each: where it stands in the example network, and a fact that must hold there.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intake.cli.network_folder import EXAMPLE
from intake.directory import Carrier, Coordination, Signpost, Team
from intake.routing import look_up
from tests.intake.publishing import first, regions

DIRECTORY = first().directory
ANNEX: dict[str, list[dict[str, Any]]] = json.loads(first().annex)


def annex(table: str, id: str) -> dict[str, Any]:
    return next(entry for entry in ANNEX[table] if entry["id"] == id)


def team(id: str) -> Team:
    return DIRECTORY.team(id)


def carrier(id: str) -> Carrier:
    return DIRECTORY.carrier(id)


def signpost(id: str) -> Signpost:
    return next(entry for entry in DIRECTORY.signposts if entry.id == id)


def coordination(id: str) -> Coordination:
    return next(entry for entry in DIRECTORY.coordinations if entry.id == id)


def state_offer(id: str, phenomenon: str, land: str) -> bool:
    one = team(id)
    return carrier(one.carrier).kind == "state" and phenomenon in one.phenomena and one.lands == (land,)


def routed(kreis: str, phenomenon: str, role: str) -> list[str]:
    found = look_up(DIRECTORY.routing, kreis=kreis, phenomena=[phenomenon], role=role)
    return [candidate.team for candidate in found.candidates]


VPN = ("vpn-he", "vpn-be", "vpn-bw", "vpn-by", "vpn-ni", "vpn-sn", "vpn-th")
CENTRES = ("rz-wm", "rz-ro", "rz-vr", "rz-vg", "rz-mse")

SYSTEMS: dict[str, Callable[[], bool]] = {
    "BAG Ausstieg zum Einstieg e.V.": lambda: (
        annex("alliances", "bag")["level"] == "bund" and "exit" in signpost("bag-ausstieg").audience
    ),
    "BAG member (Träger der Ausstiegsberatung)": lambda: (
        carrier("bag-mitglied").kind == "civil"
        and "BAG Ausstieg zum Einstieg" in carrier("drudel-11").badges
        and {team("erstkontakt-ausstieg").carrier, team("ausstieg-th").carrier}
        <= set(annex("alliances", "bag")["members"])
    ),
    "XENOS-Sonderprogramm „Ausstieg zum Einstieg“": lambda: annex("labels", "xenos")["historic"],
    "Staatliche Ausstiegsprogramme": lambda: carrier(team("wendepunkt").carrier).kind == "state",
    "Netzwerke der Mobilen Beratung": lambda: signpost("mobile-beratung").topic == "mobile-beratung",
    "Beratung für Betroffene rechtsextremer / rechter Gewalt": lambda: (
        signpost("betroffenenberatung").audience == ("violence",)
    ),
    "Eltern- und Angehörigenberatung": lambda: (
        "relative" in team("eltern-angehoerige").audience and "exit" not in team("eltern-angehoerige").audience
    ),
    "Jugendamt, Arbeitsagentur, Polizei (Regelstrukturen)": lambda: (
        annex("partners", "regelstrukturen")["kind"] == "referrer"
    ),
    "Schulden-, Drogen- und Alkoholberatung, psychologische Beratung": lambda: signpost("lebenshilfen").lands == (),
    "Juristische Beratung, Täter-Opfer-Ausgleich, Anti-Gewalt-Training, Tattoo-Entfernung": lambda: (
        {entry["id"] for entry in ANNEX["support_topics"]} == {"recht", "ausgleich", "anti-gewalt", "tattoo"}
    ),
    "dist[ex] – Verbund": lambda: "vpn" in annex("alliances", "distex")["members"],
    "Violence Prevention Network gGmbH (VPN)": lambda: (
        {team(id).carrier for id in VPN} == {"vpn"}
        and {team(id).lands[0] for id in VPN} == {"DE7", "DE3", "DE1", "DE2", "DE9", "DED", "DEG"}
        and {entry["team"] for entry in ANNEX["information_flow_rules"]} == set(VPN)
    ),
    "Grüner Vogel e.V.": lambda: team("leben").carrier == "gruener-vogel" and team("leben").scope == "bund",
    "IZRD e.V.": lambda: carrier("izrd").kind == "civil" and not [t for t in DIRECTORY.teams if t.carrier == "izrd"],
    "Legato / Vereinigung Pestalozzi gGmbH": lambda: (
        team("legato").lands == ("DE6",) and carrier(team("legato").carrier).name == "Vereinigung Pestalozzi gGmbH"
    ),
    "Schnittstellen: Kinder- und Jugendhilfe, Gesundheitswesen, Sicherheitsbehörden, Wissenschaft": lambda: (
        annex("partners", "schnittstellen-distex")["kind"] == "interface"
    ),
    "Multi-Agency-Formate / Fallarbeit mit Sicherheitsbehörden": lambda: (
        annex("procedures", "multi-agency")["kind"] == "case_conference"
    ),
    "REE! – Kurswechsel für Rechtsextremist*innen": lambda: (
        team("ree").access == "assigned" and "ree" not in {id for id, _, _ in DIRECTORY.routing.teams}
    ),
    "Gefährderansprache / Auflagen": lambda: annex("access_routes", "behoerde")["teams"] == ["ree"],
    "Spezialisierte Ansprechstellen in Behörden": lambda: (
        annex("partners", "ansprechstellen")["kind"] == "contact_point"
    ),
    "LEFT": lambda: state_offer("left", "LE", "DEA") and team("left").prison_visits,
    "Spurwechsel": lambda: state_offer("spurwechsel", "RE", "DEA"),
    "Aussteigerprogramm Islamismus (API)": lambda: state_offer("api", "IS", "DEA"),
    "NRW-Verfassungsschutz / Innenministerium NRW": lambda: (
        annex("addresses", "postfach-nrw")["read_by"] == "Verfassungsschutz"
        and not carrier("innenministerium-nrw").legality_principle
        and "Verfassungsschutz" in carrier("innenministerium-nrw").about.de
    ),
    "Polizei und Justiz als Kooperationspartner": lambda: annex("partners", "polizei-justiz-nrw")["lands"] == ["DEA"],
    "Drogen- oder Schuldnerberatung": lambda: signpost("drogen-schulden-nrw").lands == ("DEA",),
    "Aktion Neustart (linked article)": lambda: state_offer("aktion-neustart", "RE", "DE9"),
    "„Back up“ gegen Rechtsextremismus (linked article)": lambda: (
        signpost("back-up").audience == ("violence",) and signpost("back-up").lands == ("DEA",)
    ),
    "Beratungsnetzwerk Mecklenburg-Vorpommern (landesweites Beratungsnetzwerk)": lambda: (
        team("netzwerk-mv").role == "statewide_network" and routed("DE80M", "AB", "exit") == ["netzwerk-mv"]
    ),
    "Landeskoordinierungsstelle MV": lambda: (
        coordination("lks-mv").lands == ("DE8",) and not hasattr(coordination("lks-mv"), "verify")
    ),
    "Regionalzentren für demokratische Kultur": lambda: (
        sorted(kreis for id in CENTRES for kreis in team(id).kreise) == sorted(regions().kreise_of("DE8"))
    ),
    "Regionale Beratungsnetzwerke MV": lambda: {entry["centre"] for entry in ANNEX["expert_pools"]} == set(CENTRES),
    "Betriebliches Beratungsteam": lambda: (
        team("betrieb-mv").role == "topic_team" and "betrieb-mv" in routed("DE80L", "RE", "professional")
    ),
    "Ausstiegs- und Distanzierungsbegleitung MV": lambda: routed("DE80L", "RE", "exit")[0] == "ausstieg-mv",
    "Prävention von islamistischem Extremismus MV": lambda: routed("DE80L", "IS", "exit")[0] == "bidaya-mv",
    "Bildungs-, Innen-, Justiz- und Sozialministerium MV": lambda: (
        annex("partners", "ministerien-mv")["kind"] == "ministry"
        and "ministerien-mv" in annex("alliances", "bnw-mv")["members"]
    ),
    "Interministerielle Arbeitsgruppe „Handlungsrahmen für Demokratie und Toleranz“": lambda: (
        annex("partners", "imag-mv")["kind"] == "government_body"
    ),
    "Landesprogramm „Demokratie und Toleranz gemeinsam stärken!“": lambda: (
        annex("labels", "landesprogramm-mv")["kind"] == "funding"
    ),
}


def test_all_thirty_eight_are_here() -> None:
    assert len(SYSTEMS) == 38


@pytest.mark.parametrize("system", SYSTEMS)
def test_system_stands_in_the_example_network(system: str) -> None:
    assert SYSTEMS[system]()


# ------------------------------------------------------------------------------------------------- honest facts


def test_who_must_prosecute_is_told_apart_from_who_is_the_state() -> None:
    assert carrier("lka-hessen").legality_principle
    assert "muss sie ermitteln" in carrier("lka-hessen").about.de
    for one in DIRECTORY.carriers:
        if "Verfassungsschutz" in one.name:
            assert (one.kind, one.legality_principle) == ("state", False)
            assert "Behörde" in one.about.de
            assert "an die Polizei weitergeben" in one.about.de
        if one.kind == "civil" and one.id != "probe-traeger":
            assert "nicht" in one.about.de
            assert "Staat" in one.about.de


def test_all_three_kinds_of_carrier_and_all_kinds_of_team_occur() -> None:
    assert {one.kind for one in DIRECTORY.carriers} == {"state", "civil", "mixed"}
    assert {one.role for one in DIRECTORY.teams} == {
        "regional_centre", "topic_team", "statewide_network", "first_contact_desk", "offer",
    }  # fmt: skip
    assert {one.scope for one in DIRECTORY.teams} == {"kreis", "land", "bund"}
    assert [one.id for one in DIRECTORY.teams if one.test] == ["probe", "probe-zwei"]


def test_every_text_is_there_in_both_languages_and_short() -> None:
    told = (*DIRECTORY.carriers, *DIRECTORY.teams, *DIRECTORY.coordinations, *DIRECTORY.signposts)
    for entry in told:
        assert entry.about.de != entry.about.en
        for sentence in re.split(r"(?<=[.:]) ", entry.about.de):
            assert len(sentence.split()) <= 20, sentence


def test_every_entry_has_its_age_and_its_source() -> None:
    """R90: as-of date, review date, source."""
    for one in DIRECTORY.teams:
        assert one.as_of <= DIRECTORY.issued.date() < one.review_by
        assert ANNEX["sources"][one.id]


def test_no_number_and_no_address_of_a_real_office_and_no_blaming_word() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(EXAMPLE).rglob("*.toml"))]
    assert len(texts) >= 8
    for text in texts:
        told = re.sub(r'(?m)^(?:as_of|review_by) = .*$|^about\.de|"[0-9:-]+"|§ 163', "", text)
        assert not re.search(r"[\w.]@[\w]|https?:|www\.|\w\.de\b(?! =)|\d{4,}\s?\d{3,}|\b0\d{2,}", told)
        assert not re.search(r"Klientel|\bTäter\b(?!-Opfer)|Fallmaterial", told)


def test_demonstration_is_marked() -> None:
    assert DIRECTORY.network.demonstration
    assert msgspec.to_builtins(DIRECTORY.network)["name"]["de"].endswith("Vorführung")
