"""Settings of alerts and service phones: read from file or environment, secrets never shown, all faults at once."""

from pathlib import Path

import pytest

from config.settings import SettingsFaulty, read_settings

KEY = "0123456789abcdef" * 4


def written(folder: Path, text: str) -> Path:
    path = folder / "erstkontakt.toml"
    path.write_text(f'root_key = "{"ab" * 32}"\ndata_folder = "data"\n{text}', "utf-8")
    return path


def test_the_key_at_rest_lies_in_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "at-rest.key").write_text(KEY + "\n", "utf-8")
    settings = read_settings(written(tmp_path, 'at_rest_key_file = "at-rest.key"'), {})
    assert settings.at_rest_key == bytes.fromhex(KEY)
    assert KEY[:8] not in repr(settings)


def test_the_key_at_rest_may_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(KEY, "utf-8")
    environment = {"ERSTKONTAKT_AT_REST_KEY_FILE": str(tmp_path / "secret")}
    assert read_settings(written(tmp_path, ""), environment).at_rest_key == bytes.fromhex(KEY)


def test_what_is_left_out_has_careful_defaults(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, ""), {})
    assert (settings.at_rest_key, settings.channels, settings.test_alarm, settings.heartbeat_url) == (
        None, (), "10:00", "",
    )  # fmt: skip
    assert read_settings(written(tmp_path, 'test_alarm = "off"'), {}).test_alarm == ""
    assert read_settings(written(tmp_path, 'channels = ["sms", "matrix"]'), {}).channels == ("sms", "matrix")
    assert read_settings(written(tmp_path, ""), {"ERSTKONTAKT_CHANNELS": "sms, push"}).channels == ("sms", "push")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('at_rest_key_file = "nowhere.key"', "cannot be read"),
        ('at_rest_key = "0000"', "64 random hexadecimal digits"),
        (f'at_rest_key = "{"0" * 64}"', "64 random hexadecimal digits"),
        ('channels = ["sms", "pigeon"]', "not pigeon"),
        ('test_alarm = "25:00"', "a time of the day"),
        ('test_alarm = "10 Uhr"', "a time of the day"),
        ('heartbeat_url = "ftp://x"', "a web address"),
        ('hotline = "fax"', "one of baresip"),
        ('hotline_numbers = ["0385 5550100"]', "with the country code"),
        ('hotline_watchdogs = ["0385 5550100"]', "with the country code"),
        ('hotline_accounts = ["hotline@provider"]', "a SIP account in each line"),
        ('hotline_address = "localhost"', "an IP address and a port"),
        ('hotline_hide = "hidden"', "keys of a telephone"),
    ],
)
def test_each_fault_is_named_and_no_secret_is_shown(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SettingsFaulty) as faulty:
        read_settings(written(tmp_path, line), {})
    assert says in str(faulty.value)
    assert "line 3" in str(faulty.value)


def test_the_telephone_door_is_closed_unless_it_is_set_up(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, ""), {}).hotline == ""
    given = {
        "ERSTKONTAKT_HOTLINE": "baresip",
        "ERSTKONTAKT_HOTLINE_NUMBERS": "+493855550100, +493855550101",
        "ERSTKONTAKT_HOTLINE_ACCOUNTS": "sip:a@b.example;auth_pass=secret\n<sip:c@d:5080>",
        "ERSTKONTAKT_HOTLINE_HIDE": "*31#",
    }
    settings = read_settings(written(tmp_path, ""), given)
    assert settings.hotline_numbers == ("+493855550100", "+493855550101")
    assert len(settings.hotline_accounts) == 2
    assert "secret" not in repr(settings)
