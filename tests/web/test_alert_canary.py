"""`erstkontakt canary --channel alert` and `doctor` against the real process."""

from pathlib import Path

from tests.house import House


def _walk(house: House, *more: str, channel: str = "alert") -> tuple[int, str]:
    root = house.config.read_text("utf-8").split('root_key = "')[1][:64]
    spoken = house.folder / "probe.passphrase"
    spoken.write_text(house.members["probe"].passphrase, "utf-8")
    done = house.command(
        "canary", "--channel", channel, "--url", house.url, "--root", root, "--member", "probe", "--passphrase-file",
        str(spoken), "--timeout", "60", *more, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_the_alert_canary_sings_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with House(tmp_path / "house") as house:
        code, said = _walk(house)
        assert (code, said.startswith("ok alert ")) == (0, True), said
        for _ in range(2):  # a second walk does not stumble over the first
            code, said = _walk(house, channel="checkin")
            assert (code, said.startswith("ok checkin ")) == (0, True), said
        doctor = house.command("doctor", "--config", str(house.config), check=False)
        assert "Kein Alarm ist liegen geblieben" in doctor.stdout


def test_the_alert_canary_fails_when_nobody_can_be_reached_and_wakes_no_coordination(tmp_path: Path) -> None:
    with House(tmp_path / "house", channels="sms", sms_key="unused") as house:
        code, said = _walk(house)
        assert (code, "nobody of the test team can be reached" in said) == (1, True), said
        doctor = house.command("doctor", "--config", str(house.config), check=False)
        assert "haben alle" not in doctor.stdout
        assert "Kein Alarm ist liegen geblieben" in doctor.stdout
