"""The whole way of a directory, as people go it: begin, add a team, new keys, sign offline, publish, verify, log."""

import io
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.cli import seed_files
from intake.cli.directory import make_demo
from intake.cli.main import main
from intake.cli.network_folder import EXAMPLE
from intake.errors import SeedFileFaulty
from intake.network import Network
from intake.sources import load_sources

CENTRES = ("rz-wm", "rz-ro")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Runs `erstkontakt …`; (exit code, output, errors)."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with network/, safe/root.seed, and a key for each team; made once."""
    folder = tmp_path_factory.mktemp("prepared")
    assert main(["directory", "init", str(folder / "network"), "--root-seed", str(folder / "safe" / "root.seed")]) == 0
    for team in load_sources(folder / "network").teams:
        words = ["directory", "make-key", team.id, "--seed-file", str(folder / "lead" / f"{team.id}.1.seed")]
        assert main([*words, "--out", str(folder / "network" / "keys" / f"{team.id}.1.json")]) == 0
    return folder


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(prepared, tmp_path / "place")


def sign_and_publish(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = place / "network"
    assert run(capsys, "directory", "draft", network)[0] == 0
    seed = ("--root-seed", place / "safe" / "root.seed", "--yes")
    assert run(capsys, "directory", "sign", network / "draft" / "directory.json", *seed)[0] == 0
    signed = network / "draft" / "directory.ekd"
    code, out, err = run(capsys, "directory", "publish", network, signed, "--to", place / "data" / "directory")
    assert (code, err) == (0, "")
    assert "up to date" in out


def test_from_nothing_to_a_served_directory_and_a_new_key_epoch(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, served = place / "network", place / "data" / "directory"
    sign_and_publish(place, capsys)
    root = bytes.fromhex((network / "root.key").read_text())
    running = Network(served, root)
    running.reload(datetime.now(UTC))
    old = running.directory.team("rz-wm").kid

    words = ("directory", "make-key", "rz-wm", "--epoch", 2, "--seed-file", place / "lead" / "rz-wm.2.seed")
    code, out, _ = run(capsys, *words)
    assert code == 0
    spoken = out.rpartition(":")[2].strip()
    code, out, _ = run(capsys, "directory", "add-key", network, place / "lead" / "rz-wm.2.json")
    assert code == 0
    assert spoken in out
    sign_and_publish(place, capsys)
    running.reload(datetime.now(UTC))
    assert running.directory.team("rz-wm").epoch == 2
    assert [former.kid for former in running.directory.team("rz-wm").former] == [old]

    code, out, _ = run(capsys, "directory", "log", network)
    assert code == 0
    assert f"* team rz-wm: key epoch 1 -> 2, now {running.directory.team('rz-wm').kid}" in out
    for what in (network, served):
        code, out, err = run(capsys, "directory", "verify", what, "--root", root.hex())
        assert (code, err) == (0, "")
        assert out.rstrip().endswith("ok")
        assert "Chain of 2" in out
    code, out, _ = run(capsys, "directory", "verify", network / "chain" / "00002.ekd", "--root", root.hex())
    assert code == 0
    assert "ikarus" in out
    assert "lka-hessen (state, must prosecute)" in out


def test_signing_works_with_the_draft_and_the_seed_alone_on_a_machine_without_network(
    place: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert run(capsys, "directory", "draft", place / "network")[0] == 0
    offline = tmp_path_factory.mktemp("offline")
    (offline / "directory.json").write_bytes((place / "network" / "draft" / "directory.json").read_bytes())
    (place / "safe" / "root.seed").rename(offline / "root.seed")
    script = (
        "import socket, sys\n"
        "def no(*a, **k): raise OSError('this machine has no network')\n"
        "socket.socket = no\n"
        "from intake.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        script,
        "directory",
        "sign",
        "directory.json",
        "--root-seed",
        "root.seed",
    ]
    done = subprocess.run(command, cwd=offline, input="yes\n", text=True, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Version 1 of beispiel" in done.stdout
    assert sorted(path.name for path in offline.iterdir()) == ["directory.ekd", "directory.json", "root.seed"]
    code, _, err = run(capsys, "directory", "publish", place / "network", offline / "directory.ekd")
    assert (code, err) == (0, "")


def test_nothing_is_signed_without_a_yes(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "directory", "draft", place / "network")
    draft = place / "network" / "draft" / "directory.json"
    for answer in ("no\n", "\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        code, _, err = run(capsys, "directory", "sign", draft, "--root-seed", place / "safe" / "root.seed")
        assert code == 1
        assert "Nicht unterschrieben" in err
    assert not draft.with_name("directory.ekd").exists()


def test_signing_shows_what_changes_and_refuses_a_draft_that_does_not_follow(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_and_publish(place, capsys)
    network, seed = place / "network", ("--root-seed", place / "safe" / "root.seed", "--yes")
    one = network / "chain" / "00001.ekd"
    old = (network / "draft" / "directory.json").read_bytes()
    carriers = network / "carriers.toml"
    carriers.write_text(carriers.read_text().replace("legality_principle = true", "legality_principle = false"))
    assert run(capsys, "directory", "draft", network)[0] == 0
    code, out, _ = run(capsys, "directory", "sign", network / "draft" / "directory.json", *seed, "--previous", one)
    assert code == 0
    assert "! carrier lka-hessen: now state, must prosecute: False" in out
    (network / "draft" / "directory.json").write_bytes(old)
    code, _, err = run(capsys, "directory", "sign", network / "draft" / "directory.json", *seed, "--previous", one)
    assert code == 1
    assert "nicht echt" in err or "Not done" in err


def test_a_contradictory_draft_is_not_signed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "directory", "draft", place / "network")
    draft = place / "network" / "draft" / "directory.json"
    draft.write_bytes(draft.read_bytes().replace(b'"deputy":"rz-ro"', b'"deputy":"rz-xx"'))
    code, _, err = run(capsys, "directory", "sign", draft, "--root-seed", place / "safe" / "root.seed", "--yes")
    assert code == 1
    assert "Die Vertretung „rz-xx“ gibt es nicht." in err


def test_a_version_of_a_strange_root_is_not_published(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "directory", "draft", place / "network")
    seed_files.write_seed(place / "strange.seed", "root", "root", 1, bytes(32))
    draft = place / "network" / "draft" / "directory.json"
    assert run(capsys, "directory", "sign", draft, "--root-seed", place / "strange.seed", "--yes")[0] == 0
    code, _, err = run(capsys, "directory", "publish", place / "network", draft.with_name("directory.ekd"))
    assert code == 1
    assert "not signed by the root" in err
    assert not (place / "network" / "chain").exists()


def test_a_server_with_another_chain_is_left_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign_and_publish(place, capsys)
    served = place / "data" / "directory"
    (served / "00001.ekd").write_bytes(b"something else")
    code, _, err = run(capsys, "directory", "publish", place / "network", "--to", served)
    assert code == 1
    assert "andere Kette" in err
    assert (served / "00001.ekd").read_bytes() == b"something else"


def test_adding_a_team(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = place / "network"
    words = [
        "directory", "add-team", network, "neu-sl", "--name", 'Neues "Team"', "--carrier", "bag-mitglied",
        "--lands", "DEC", "--phenomena", "RE,unknown", "--audience", "exit", "--subdivision", "SL",
        "--source", "eigene Angaben", "--about-de", "Hier liest das neue Team.", "--about-en", "Read by the new team.",
    ]  # fmt: skip
    assert run(capsys, *words)[0] == 0
    code, _, err = run(capsys, *words)
    assert (code, "gibt es schon" in err) == (1, True)
    code, _, err = run(capsys, "directory", "draft", network)
    assert (code, "„neu-sl“: Der öffentliche Schlüssel fehlt" in err) == (1, True)
    assert run(capsys, "directory", "make-key", "neu-sl", "--seed-file", place / "lead" / "neu-sl.1.seed")[0] == 0
    assert run(capsys, "directory", "add-key", network, place / "lead" / "neu-sl.1.json")[0] == 0
    code, out, _ = run(capsys, "directory", "draft", network)
    assert code == 0
    assert "neu-sl" in out
    code, out, _ = run(capsys, "routes", "explain", "--land", "DEC", "--role", "exit", "--network", network)
    assert code == 0
    assert "1. neu-sl" in out


def test_a_team_with_a_slip_leaves_no_file_behind(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "directory",
        "add-team",
        place / "network",
        "neu",
        "--name",
        "N",
        "--carrier",
        "bag-mitglied",
        "--lands",
        "SL",
    ]
    words += ["--subdivision", "SL", "--source", "x", "--about-de", "x", "--about-en", "x"]
    code, _, err = run(capsys, *words)
    assert (code, "teams/neu.toml, team „neu“" in err) == (1, True)
    assert not (place / "network" / "teams" / "neu.toml").exists()


def test_keys_come_one_epoch_after_the_other(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = place / "network"
    for team, epoch, words in (("rz-wm", 3, "Erwartet wird Epoche 2"), ("nobody", 1, "„nobody“ gibt es nicht")):
        seed = place / "lead" / f"{team}.{epoch}.seed"
        run(capsys, "directory", "make-key", team, "--epoch", epoch, "--seed-file", seed)
        code, _, err = run(capsys, "directory", "add-key", network, seed.with_name(f"{team}.{epoch}.json"))
        assert code == 1
        assert words in err
    again = (network / "keys" / "rz-wm.1.json").read_bytes().replace(b'"epoch":1', b'"epoch":2')
    (place / "again.json").write_bytes(again)
    code, _, err = run(capsys, "directory", "add-key", network, place / "again.json")
    assert (code, "braucht einen neuen" in err) == (1, True)


def test_the_root_seed_never_lies_in_the_network_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "directory", "init", tmp_path / "n", "--root-seed", tmp_path / "n" / "root.seed")
    assert (code, "eigenen Datenträger" in err) == (1, True)
    assert not (tmp_path / "n").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    code, _, err = run(capsys, "directory", "init", tmp_path / "full", "--root-seed", tmp_path / "root.seed")
    assert (code, "nicht leer" in err) == (1, True)


@pytest.mark.parametrize("words", [["log"], ["verify"], ["draft"], ["publish"]])
def test_a_folder_that_is_none_is_told(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "directory", *words, tmp_path / "nothing")
    assert code == 1
    assert err.startswith("Not done")
    assert "Traceback" not in err


@pytest.mark.parametrize("root", ["", "zz", "00" * 31])
def test_a_root_key_that_is_none_is_told(root: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "directory", "log", place / "network", "--root", root)
    assert (code, "64 Zeichen" in err) == (1, True)


# ------------------------------------------------------------------------------------------------- seed files


def test_seed_files_are_private_and_say_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "lead" / "rz-wm.1.seed"
    seed_files.write_seed(path, "team", "rz-wm", 1, b"\x07" * 32)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert seed_files.read_seed(path, "team") == seed_files.read_seed(path) == b"\x07" * 32
    assert path.read_text(encoding="utf-8").startswith("# Geheim.")
    with pytest.raises(SeedFileFaulty, match="nie überschrieben"):
        seed_files.write_seed(path, "team", "rz-wm", 1, bytes(32))
    with pytest.raises(SeedFileFaulty, match="Wurzel"):
        seed_files.read_seed(path, "root")
    path.chmod(0o640)
    with pytest.raises(SeedFileFaulty, match="chmod 600"):
        seed_files.read_seed(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(SeedFileFaulty, match="nie überschrieben"):
        seed_files.write_seed(tmp_path / "taken", "team", "x", 1, bytes(32))
    with pytest.raises(SeedFileFaulty, match="lässt sich nicht schreiben"):
        seed_files.write_seed(tmp_path / ("x" * 300), "team", "x", 1, bytes(32))
    code, _, err = run(capsys, "directory", "sign", tmp_path / "nothing.json", "--root-seed", tmp_path / "root.seed")
    assert (code, "No such file" in err) == (1, True)


def test_other_files_are_no_seed_files(tmp_path: Path) -> None:
    with pytest.raises(SeedFileFaulty, match="lässt sich nicht lesen"):
        seed_files.read_seed(tmp_path / "nothing")
    for content in (b"", b"\xff\xfe", b"seed = 3\n", b'seed = "abc"\n'):
        path = tmp_path / "file"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(SeedFileFaulty, match="keine Schlüssel-Datei"):
            seed_files.read_seed(path)


# --------------------------------------------------------------------------------------- demo, regions, routes


def test_the_demonstration_network_is_complete_and_its_seeds_stay_with_the_leads(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    demo = make_demo(tmp_path, now)
    network = Network(tmp_path / "data" / "directory", demo.root)
    network.reload(now)
    assert network.directory.network.demonstration
    assert demo.teams.keys() == {team.id for team in network.directory.teams}
    assert demo.root_fingerprint.replace(" ", "") == demo.root.hex()
    secrets = [seed_files.read_seed(path) for path in (*demo.teams.values(), tmp_path / "lead" / "root.seed")]
    for folder in ("data", "network"):
        written = b"".join(path.read_bytes() for path in (tmp_path / folder).rglob("*") if path.is_file())
        assert not any(seed in written or seed.hex().encode() in written for seed in secrets)


def test_routes_of_a_running_installation_are_those_of_its_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from intake.cli.service import write_settings

    demo = make_demo(tmp_path, datetime.now(UTC))
    settings = write_settings(tmp_path, demo.root.hex(), "http://127.0.0.1:8080", 8080)
    ask = ("routes", "explain", "--kreis", "DE80M", "--phenomenon", "RE", "--role", "relative")
    code, named, _ = run(capsys, *ask, "--config", settings)
    assert code == 0
    assert "1. rz-wm" in named
    number = ("13074" if word == "DE80M" else word for word in ask)
    assert run(capsys, *number, "--config", settings) == (0, named, "")
    monkeypatch.chdir(tmp_path)
    assert run(capsys, *ask) == (0, named, "")
    monkeypatch.chdir("/")
    code, example, _ = run(capsys, *ask)
    assert example == f"(the example network)\n{named}"
    (tmp_path / "data" / "directory" / "00001.ekd").unlink()
    code, _, err = run(capsys, *ask, "--config", settings)
    assert code == 1
    assert err.startswith("Not done")


def test_building_importing_and_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "regions", "build", tmp_path)
    assert code == 0
    assert "400 Kreise" in out
    columns = ("DE", "18050", "Rostock", "MV", "MV", "", "00", "Kreisfreie Stadt Rostock", "13003", "54", "12", "4")
    (tmp_path / "DE.txt").write_text("\t".join(columns) + "\n", encoding="utf-8")
    (tmp_path / "kreise.csv").write_text("13074;Landkreis;Nordwest-Mecklenburg;DE80M\n", encoding="utf-8")
    code, out, _ = run(capsys, "regions", "import", tmp_path, tmp_path / "DE.txt", tmp_path / "kreise.csv")
    assert code == 0
    assert "DE.txt: 1 new postcodes, 0 further Kreise of known ones, 0 names." in out
    assert "kreise.csv: 0 new postcodes, 0 further Kreise of known ones, 1 names." in out
    assert "GeoNames (CC BY 4.0); © Statistisches Bundesamt (Destatis)" in out
    code, out, _ = run(capsys, "regions", "find", "18050", "--network", tmp_path)
    assert out == "DE803  Rostock, Stadt, Mecklenburg-Vorpommern\n"
    code, _, err = run(capsys, "regions", "find", "1010", "--network", tmp_path)
    assert (code, "belong to no German Kreis" in err) == (1, True)
    code, _, err = run(capsys, "regions", "import", tmp_path, EXAMPLE / "network.toml")
    assert (code, "weder eine Liste" in err) == (1, True)


def test_explaining_routes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--network", place / "network")
    code, out, _ = run(capsys, "routes", "explain", "--plz", "18055", "--phenomenon", "RE", "--role", "exit", *where)
    assert code == 0
    assert out.index("1. ausstieg-mv") < out.index("2. rz-ro")
    assert "the regional centre responsible for this Kreis" in out
    words = ("routes", "explain", "--plz", "40210", "--phenomenon", "LE", "--role", "exit", "--only-civil", *where)
    code, out, _ = run(capsys, *words)
    assert "Nobody fits. Nobody else is chosen instead" in out
    assert "NOT what was wished: part of the state" in out
    _, out, _ = run(capsys, *words, "--not-carrier", "innenministerium-nrw")
    assert "left" not in out
    _, out, _ = run(capsys, "routes", "explain", "--plz", "19273", "--role", "relative", *where)
    assert "lies in 2 Kreise: the person is asked" in out
    assert "Landkreis Lüneburg" in out
    _, out, _ = run(capsys, "routes", "explain", "--role", "violence", *where)
    assert out.split("\n")[1:3] == [
        "No place given",
        "  ->  Beratung für Betroffene rechter Gewalt (signpost: nothing is sent)",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--plz", "00000"], "belong to no German Kreis"),
        (["--kreis", "XX"], "Kreis „XX“ kennen wir nicht"),
        (["--not-carrier", "nobody"], "Träger „nobody“"),
    ],
)
def test_questions_about_nothing(
    words: list[str], sentence: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "routes", "explain", "--role", "exit", "--network", place / "network", *words)
    assert code == 1
    assert sentence in err


def test_gaps_are_printed_whole_or_line_by_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--network", place / "network")
    _, lines, _ = run(capsys, "routes", "gaps", "--lines", *where)
    assert "DEA11\tDüsseldorf, Stadt\tRB\texit\tany" in lines.splitlines()
    assert "only_civil" not in lines
    _, both, _ = run(capsys, "routes", "gaps", "--lines", "--only-civil", *where)
    assert "DEA11\tDüsseldorf, Stadt\tLE\texit\tonly_civil" in both.splitlines()
    _, told, _ = run(capsys, "routes", "gaps", *where)
    assert f"{len(lines.splitlines())} gaps in" in told
    assert "Nordrhein-Westfalen: every Kreis (53)" in told
