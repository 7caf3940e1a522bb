"""Whoever prepares a directory is told every mistake at once, in sentences, before anything can be signed."""

import shutil
from pathlib import Path

import msgspec
import pytest

from intake import directory as d
from intake import sources as s
from intake.cli.network_folder import EXAMPLE
from intake.draft import compile_draft
from intake.errors import DraftFaulty
from intake.sources import load_keys, load_sources, read_key, write_key
from tests.intake.publishing import (
    NOW,
    change_source,
    draft,
    example,
    first,
    regions,
    signed,
    team_key,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example's sources."""
    shutil.copytree(EXAMPLE, tmp_path / "network")
    return tmp_path / "network"


def faults_of(sources: s.Sources, **other: object) -> tuple[str, ...]:
    with pytest.raises(DraftFaulty) as caught:
        draft(sources=sources, **other)  # type: ignore[arg-type]
    return caught.value.faults


def source_faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(DraftFaulty) as caught:
        load_sources(folder)
    return caught.value.faults


# ------------------------------------------------------------------------------------------------- reading


def test_the_division_into_files_is_a_matter_of_taste(folder: Path) -> None:
    one = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.toml")))
    split = load_sources(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "all.toml").write_text(one, encoding="utf-8")
    together = load_sources(folder)
    assert {team.id: team for team in together.teams} == {team.id: team for team in split.teams}
    assert together.network == split.network


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "a.toml").write_text("this is no toml", encoding="utf-8")
    (folder / "b.toml").write_bytes(b"\xff\xfe")
    (folder / "c.toml").write_text('[[team]]\nid = "x"\nnme = "X"\n', encoding="utf-8")
    (folder / "d.toml").write_text("[[taem]]\nid = 1\n[team]\nid = 2\n", encoding="utf-8")
    faults = source_faults(folder)
    assert [fault.partition(" ")[0].rstrip(":,") for fault in faults] == [
        "a.toml",
        "b.toml",
        "c.toml",
        "d.toml",
        "d.toml",
    ]
    assert "TOML" in faults[0]
    assert "team „x“" in faults[2]
    assert "„taem“ kennen wir nicht" in faults[3]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('id = "Groß"', "Schreibweise"),
        ('carier = "raa-mv"', "„carier“ kennen wir nicht"),
        ('role = "boss"', "„boss“ gehört nicht"),
        ('kreise = ["DE80X", "13074"]', "Schreibweise"),
        ('phenomena = ["Rechts"]', "„Rechts“ gehört nicht"),
        ("audience = 3", "Erwartet wird"),
        ('name = ""', "zu kurz"),
        ('hours = { mo = ["9-16"] }', "Schreibweise"),
        ('hours = { montag = ["09:00-16:00"] }', "„montag“ gehört nicht"),
    ],
)
def test_each_mistake_has_a_sentence_with_file_and_team(folder: Path, line: str, words: str) -> None:
    name = line.partition(" ")[0]
    fields = {
        "id": '"neu"', "name": '"Neu"', "carrier": '"raa-mv"', "role": '"offer"', "phenomena": '["RE"]',
        "audience": '["exit"]', "source": '"x"', "about.de": '"x"', "about.en": '"y"',
    }  # fmt: skip
    fields.pop(name, None)
    text = "[[team]]\n" + "".join(f"{field} = {value}\n" for field, value in fields.items()) + line + "\n"
    (folder / "neu.toml").write_text(text, encoding="utf-8")
    (fault,) = source_faults(folder)
    assert fault.startswith("neu.toml, team „")
    assert words in fault


def test_a_missing_field_is_named(folder: Path) -> None:
    (folder / "neu.toml").write_text('[[carrier]]\nid = "neu"\nname = "Neu"\n', encoding="utf-8")
    (fault,) = source_faults(folder)
    assert "Das Feld „kind“ fehlt" in fault


def test_exactly_one_network(folder: Path) -> None:
    (folder / "network.toml").unlink()
    assert source_faults(folder) == ("Es muss genau eine Tabelle [network] geben. Gefunden: 0.",)


# ------------------------------------------------------------------------------------------------- keys


def test_keys_are_read_newest_first(tmp_path: Path) -> None:
    for epoch in (1, 2, 10):
        (tmp_path / f"rz-wm.{epoch}.json").write_bytes(write_key("rz-wm", epoch, team_key("rz-wm", epoch).identity))
    assert [key.epoch for key in load_keys(tmp_path)["rz-wm"]] == [10, 2, 1]


def test_a_public_key_file_is_checked(tmp_path: Path) -> None:
    good = write_key("rz-wm", 1, team_key("rz-wm").identity)
    for blob in (b"", b"{}", good.replace(b'"epoch":1', b'"epoch":0'), good.replace(b'"verify":"', b'"verify":"AAAA')):
        with pytest.raises(DraftFaulty):
            read_key(blob)
    (tmp_path / "rz-wm.2.json").write_bytes(good)
    (tmp_path / "left.1.json").write_bytes(b"{}")
    with pytest.raises(DraftFaulty) as caught:
        load_keys(tmp_path)
    assert len(caught.value.faults) == 2
    assert "müsste „rz-wm.1.json“ heißen" in caught.value.faults[1]


# ------------------------------------------------------------------------------------------------- compiling


def test_a_compiled_draft_says_what_its_sources_say() -> None:
    directory = first().directory
    team = directory.team("rz-wm")
    assert (team.scope, team.lands, team.kreise) == ("kreis", ("DE8",), ("DE804", "DE80M", "DE80O"))
    assert directory.team("ausstieg-mv").scope == "land"
    assert directory.team("leben").scope == "bund"
    assert team.kid == team_key("rz-wm").identity.kid.hex()
    assert first().keys[team.kid] == team_key("rz-wm").kem
    assert set(first().keys) == {one.kid for one in directory.teams}
    assert d.file_hash(first().annex) == directory.annex_hash
    assert d.file_hash(first().regions) == directory.regions_hash
    assert (directory.version, directory.previous, directory.issued) == (1, None, NOW)


def test_the_next_version_follows_the_last() -> None:
    one = signed(first().body)
    two = draft(previous=one).directory
    assert (two.version, two.previous) == (2, d.file_hash(one))


def test_a_new_epoch_keeps_the_former_verify_keys_and_only_eight_of_them() -> None:
    team = draft(epochs={"left": 12}).directory.team("left")
    assert (team.epoch, [former.epoch for former in team.former]) == (12, [11, 10, 9, 8, 7, 6, 5, 4])


def test_an_older_key_than_published_is_refused() -> None:
    one = signed(draft(epochs={"left": 2}).body)
    assert any("„left“: Der Schlüssel ist älter" in fault for fault in faults_of(example(), previous=one))


def test_a_changed_salt_would_kill_every_return_code_and_is_refused() -> None:
    one = signed(first().body)
    code = msgspec.structs.replace(example().network.code, salt="ff" * 16)
    changed = msgspec.structs.replace(example(), network=msgspec.structs.replace(example().network, code=code))
    assert any("Wiederkehr-Code" in fault for fault in faults_of(changed, previous=one))
    dearer = msgspec.structs.replace(example().network.code, passes=3)
    changed = msgspec.structs.replace(example(), network=msgspec.structs.replace(example().network, code=dearer))
    assert any("Wiederkehr-Code" in fault for fault in faults_of(changed, previous=one))


@pytest.mark.parametrize("salt", [None, "", "00" * 15, "zz" * 16])
def test_a_missing_or_short_salt_is_refused(salt: str | None) -> None:
    code = msgspec.structs.replace(example().network.code, salt=salt)
    changed = msgspec.structs.replace(example(), network=msgspec.structs.replace(example().network, code=code))
    assert any("salt" in fault for fault in faults_of(changed))


def test_a_kreis_without_a_regional_centre_is_told_by_its_name() -> None:
    left_out = change_source(example(), "rz-wm", kreise=("DE804", "DE80O"))
    assert faults_of(left_out) == ("Für den Kreis DE80M (Nordwestmecklenburg) ist kein Regionalzentrum zuständig.",)


def test_a_kreis_that_does_not_exist_is_refused() -> None:
    assert any("DE80Z" in fault for fault in faults_of(change_source(example(), "rz-vr", kreise=("DE80L", "DE80Z"))))


def test_a_deputy_of_another_carrier_kind_is_refused_not_ignored() -> None:
    faults = faults_of(change_source(example(), "rz-wm", deputy="left"))
    assert any("andere Art von Träger" in fault for fault in faults)


@pytest.mark.parametrize("deputy", ["ree", "probe"])
def test_a_deputy_whom_nobody_may_reach_is_refused(deputy: str) -> None:
    assert any(
        "nicht offen erreichbar" in fault for fault in faults_of(change_source(example(), "rz-wm", deputy=deputy))
    )


def test_unknown_carrier_and_unknown_deputy_are_refused() -> None:
    assert any("„nobody“" in fault for fault in faults_of(change_source(example(), "left", carrier="nobody")))
    assert any("„nobody“" in fault for fault in faults_of(change_source(example(), "left", deputy="nobody")))


def test_teams_without_a_key_and_keys_without_a_team_are_told() -> None:
    keys = {team.id: [team_key(team.id)] for team in example().teams if team.id != "left"} | {"odd": [team_key("odd")]}
    with pytest.raises(DraftFaulty) as caught:
        compile_draft(example(), keys, regions(), NOW)
    assert len(caught.value.faults) == 2
    assert "„left“: Der öffentliche Schlüssel fehlt" in caught.value.faults[0]
    assert "„odd“" in caught.value.faults[1]


def test_the_annex_names_only_what_exists() -> None:
    for table, field, value in (
        ("alliance", "members", ("nobody",)),
        ("expert_pool", "centre", "nobody"),
        ("information_flow_rule", "team", "nobody"),
        ("access_route", "teams", ("nobody",)),
        ("address", "carrier", "nobody"),
    ):
        entry = msgspec.structs.replace(example().annex[table][0], **{field: value})
        annex = {**example().annex, table: (entry, *example().annex[table][1:])}
        (fault,) = faults_of(msgspec.structs.replace(example(), annex=annex))
        assert "„nobody“ gibt es nicht" in fault


def test_a_kreis_of_two_centres_is_found_before_signing() -> None:
    twice = change_source(example(), "rz-vr", kreise=("DE80L", "DE80N"))
    assert any("zwei Regionalzentren" in fault for fault in faults_of(twice))
