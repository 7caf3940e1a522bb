"""Settings: every fault at once, with its line and with what would be right; nothing starts on a guess."""

from pathlib import Path

import pytest

from config.settings import SettingsFaulty, read_settings

GOOD = f'root_key = "{"ab" * 32}"\ndata_folder = "data"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "erstkontakt.toml"
    path.write_text(text, "utf-8")
    return path


def faults(path: Path | None, **environment: str) -> list[str]:
    with pytest.raises(SettingsFaulty) as faulty:
        read_settings(path, environment)
    return [str(fault) for fault in faulty.value.faults]


def test_defaults_and_paths_relative_to_the_file(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, GOOD), {})
    assert settings.data_folder == tmp_path / "data"
    assert settings.directory_folder == tmp_path / "data" / "directory"
    assert (settings.listen_host, settings.listen_port, settings.database) == ("127.0.0.1", 8080, "sqlite")
    assert settings.root_key == b"\xab" * 32


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "listen_port = 1\n")
    assert read_settings(path, {"ERSTKONTAKT_LISTEN_PORT": "9000"}).listen_port == 9000


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    settings = read_settings(None, {"ERSTKONTAKT_ROOT_KEY": "AB" * 32, "ERSTKONTAKT_DATA_FOLDER": str(tmp_path)})
    assert settings.data_folder == tmp_path


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql://user:geheim@host/name\n")
    settings = read_settings(write(tmp_path, GOOD), {"ERSTKONTAKT_DATABASE_FILE": str(secret)})
    assert settings.database == "postgresql://user:geheim@host/name"
    assert "geheim" not in repr(settings)


def test_every_fault_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        'root_key = "abc"\ndata_folder = 5\nlisten_port = 70000\n\npublic_url = "http://example.org/x"\n'
        'databse = "sqlite"\nlanguages = ["en", "tr"]\nstamp_bits = true\nneutral_exit_url = "wetter.de"\n'
    )
    found = faults(write(tmp_path, text))
    for line, words in (
        (1, "64 hexadecimal digits"), (2, "a text in quotes"), (3, "from 0 to 65535"), (5, "https://"),
        (6, "did you mean database?"), (7, "languages that exist"), (8, "a whole number"), (9, "a web address"),
    ):  # fmt: skip
        assert any(fault.startswith(f"erstkontakt.toml, line {line}:") and words in fault for fault in found), words
    assert len(found) == 8


def test_a_broken_line_does_not_hide_the_others(tmp_path: Path) -> None:
    found = faults(write(tmp_path, GOOD + 'listen_port = = 8080\npublic_url = "ftp://x"\n'))
    assert any("line 3" in fault and "this is not TOML" in fault for fault in found)
    assert any("line 4" in fault and "a web address" in fault for fault in found)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert len(faults(write(tmp_path, ""))) == 2
    assert "no such file" in faults(tmp_path / "none.toml")[0]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ERSTKONTAKT_LISTEN_PROT", "1", "did you mean listen_port?"),
        ("ERSTKONTAKT_LISTEN_PORT", "x", "a whole number"),
        ("ERSTKONTAKT_DATABASE_FILE", "/nowhere", "cannot be read"),
        ("ERSTKONTAKT_LANGUAGES", "en", '"de" first'),
        ("ERSTKONTAKT_LISTEN_HOST", "a b", "a host name"),
    ],
)
def test_faults_of_the_environment_name_the_variable(tmp_path: Path, variable: str, value: str, words: str) -> None:
    found = faults(write(tmp_path, GOOD), **{variable: value})
    assert found[0].startswith(variable)
    assert words in found[0]


def test_a_wrong_database_address_is_not_repeated(tmp_path: Path) -> None:
    found = faults(write(tmp_path, GOOD + 'database = "mysql://user:geheim@host"\n'))
    assert "geheim" not in " ".join(found)


def test_both_a_value_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    secret = tmp_path / "d"
    secret.write_text("sqlite")
    found = faults(write(tmp_path, GOOD), ERSTKONTAKT_DATABASE="sqlite", ERSTKONTAKT_DATABASE_FILE=str(secret))
    assert "only one of them" in found[0]


@pytest.mark.parametrize("url", ["https://kontakt.example.org", "http://127.0.0.1:8080", "http://abc.onion"])
def test_addresses_that_are_fine(tmp_path: Path, url: str) -> None:
    assert read_settings(write(tmp_path, GOOD + f'public_url = "{url}/"\n'), {}).public_url == url


@pytest.mark.parametrize(
    "url", ["http://kontakt.example.org", "https://x.org/path", "https://u:p@x.org", "https://x.org?q=1"]
)
def test_addresses_that_are_not(tmp_path: Path, url: str) -> None:
    assert faults(write(tmp_path, GOOD + f'public_url = "{url}"\n'))


def test_the_price_of_a_stamp_cannot_begin_above_its_limit(tmp_path: Path) -> None:
    assert "must not be above" in faults(write(tmp_path, GOOD + "stamp_bits = 20\nstamp_bits_most = 10\n"))[0]
