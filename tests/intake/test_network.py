"""What the server gives out is a whole version of the directory or nothing; a bad one never replaces a good one."""

from datetime import timedelta
from pathlib import Path

import pytest

from intake import network as n
from intake.errors import (
    DirectoryExpired,
    DirectoryForged,
    DirectoryMalformed,
    DirectoryMissing,
    DirectoryNotYetValid,
    DirectoryRolledBack,
    DirectoryUnusable,
)
from intake.network import Network
from tests.intake.publishing import DAY, NOW, OTHER_SEED, ROOT, altered, draft, files_of, first, publish, signed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One published version."""
    publish(tmp_path, first())
    return tmp_path


@pytest.fixture
def network(folder: Path) -> Network:
    """A server that has read version 1."""
    running = Network(folder, ROOT)
    running.reload(NOW)
    return running


def second(folder: Path, **changes: dict[str, int]) -> bytes:
    """Publishes a second version a day later."""
    return publish(folder, draft(previous=(folder / "00001.ekd").read_bytes(), now=NOW + DAY, **changes), NOW + DAY)


def test_everything_of_a_version_is_given_out(network: Network) -> None:
    assert network.directory == first().directory
    assert network.blob == signed(first().body) == network.link(1)
    assert network.annex == first().annex
    assert network.regions_blob == first().regions
    assert network.regions.name("DE80M") == "Nordwestmecklenburg"
    team = network.directory.team("rz-wm")
    assert len(network.key(team.kid)) == 1216
    for kid in ("0" * 16, "../highest", ""):
        with pytest.raises(KeyError):
            network.key(kid)
    for version in (0, 2, -1):
        with pytest.raises(KeyError):
            network.link(version)


def test_a_link_that_vanished_is_not_invented(folder: Path, network: Network) -> None:
    (folder / "00001.ekd").unlink()
    with pytest.raises(KeyError):
        network.link(1)
    with pytest.raises(DirectoryMissing):
        network.reload(NOW)
    assert network.directory.version == 1


def test_a_newer_version_is_taken(folder: Path, network: Network) -> None:
    blob = second(folder, epochs={"rz-wm": 2})
    old_key = network.directory.team("rz-wm").kid
    network.reload(NOW + DAY)
    assert (network.directory.version, network.blob) == (2, blob)
    assert network.directory.team("rz-wm").epoch == 2
    with pytest.raises(KeyError):
        network.key(old_key)
    assert network.link(1) == signed(first().body)
    network.reload(NOW + DAY)
    assert network.directory.version == 2


# ------------------------------------------------------------------------------------------------- fail closed


def test_without_a_directory_nothing_is_given_out(tmp_path: Path) -> None:
    empty = Network(tmp_path / "nothing", ROOT)
    with pytest.raises(DirectoryMissing):
        empty.reload(NOW)
    for use in (lambda: empty.directory, lambda: empty.blob, lambda: empty.regions, lambda: empty.key("0" * 16)):
        with pytest.raises(DirectoryMissing):
            use()


def test_the_reason_is_kept_for_whoever_asks(folder: Path) -> None:
    stranger = Network(folder, bytes(32))
    with pytest.raises(DirectoryForged):
        stranger.reload(NOW)
    with pytest.raises(DirectoryForged):
        _ = stranger.directory


def test_expired_directory_is_given_out_no_more(network: Network) -> None:
    end = network.directory.expires
    network.reload(end - timedelta(seconds=1))
    assert network.directory.version == 1
    with pytest.raises(DirectoryExpired):
        network.reload(end)
    with pytest.raises(DirectoryExpired):
        _ = network.directory
    with pytest.raises(DirectoryExpired):
        network.key(first().directory.team("rz-wm").kid)


def test_a_newer_version_ends_the_time_without_one(folder: Path, network: Network) -> None:
    end = network.directory.expires
    with pytest.raises(DirectoryExpired):
        network.reload(end)
    publish(folder, draft(previous=network_blob(folder), now=end), end)
    network.reload(end)
    assert network.directory.version == 2


def network_blob(folder: Path) -> bytes:
    return (folder / "00001.ekd").read_bytes()


def test_clock_set_back_by_days_is_told_and_the_directory_in_use_stays(network: Network) -> None:
    with pytest.raises(DirectoryNotYetValid):
        network.reload(NOW - 3 * DAY)
    assert network.directory.version == 1


# Every way in which a new version can be bad: the last good one stays in use until its own end.


def forged(folder: Path) -> None:
    body = draft(previous=network_blob(folder), now=NOW + DAY).body
    (folder / "00002.ekd").write_bytes(signed(body, OTHER_SEED))


def unchained(folder: Path) -> None:
    (folder / "00002.ekd").write_bytes(altered(first().directory, version=2, previous="0" * 64))


def gap_in_the_chain(folder: Path) -> None:
    (folder / "00003.ekd").write_bytes(signed(draft(previous=network_blob(folder)).body))


def half_written(folder: Path) -> None:
    (folder / "00002.ekd").write_bytes(signed(draft(previous=network_blob(folder)).body)[:5000])


def key_missing(folder: Path) -> None:
    (folder / "00002.ekd").write_bytes(signed(draft(previous=network_blob(folder), epochs={"left": 2}).body))


def key_exchanged(folder: Path) -> None:
    made = draft(previous=network_blob(folder), epochs={"left": 2})
    (folder / "keys" / f"{made.directory.team('left').kid}.key").write_bytes(bytes(1216))
    (folder / "00002.ekd").write_bytes(signed(made.body))


def annex_exchanged(folder: Path) -> None:
    made = draft(previous=network_blob(folder))
    (folder / "annex" / f"{made.directory.annex_hash}.json").write_bytes(b"{}")
    (folder / "00002.ekd").write_bytes(signed(made.body))


def issued_before_its_predecessor(folder: Path) -> None:
    (folder / "00002.ekd").write_bytes(signed(draft(previous=network_blob(folder), now=NOW - DAY).body))


def contradictory(folder: Path) -> None:
    made = draft(previous=network_blob(folder), now=NOW)
    (folder / "00002.ekd").write_bytes(altered(made.directory, teams=(*made.directory.teams, made.directory.teams[0])))


BAD = (
    forged, unchained, gap_in_the_chain, half_written, key_missing, key_exchanged, annex_exchanged,
    issued_before_its_predecessor, contradictory,
)  # fmt: skip


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_bad_version_is_refused_and_the_last_good_one_stays_until_its_end(
    folder: Path, network: Network, spoil: object
) -> None:
    good = network.blob
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(DirectoryUnusable):
        network.reload(NOW + timedelta(hours=1))
    assert network.blob == good
    with pytest.raises(DirectoryUnusable):
        network.reload(first().directory.expires)
    with pytest.raises(DirectoryExpired):
        _ = network.blob
    with pytest.raises(DirectoryUnusable):
        Network(folder, ROOT).reload(NOW)


def test_rolled_back_directory_is_refused_also_after_a_restart(folder: Path, network: Network) -> None:
    second(folder)
    network.reload(NOW + DAY)
    (folder / "00002.ekd").unlink()
    with pytest.raises(DirectoryRolledBack):
        network.reload(NOW + DAY)
    assert network.directory.version == 2
    with pytest.raises(DirectoryRolledBack):
        Network(folder, ROOT).reload(NOW + DAY)


def test_the_same_version_signed_twice_is_refused(folder: Path, network: Network) -> None:
    (folder / "00001.ekd").write_bytes(altered(first().directory, issued=NOW - DAY))
    with pytest.raises(DirectoryForged, match="two files"):
        network.reload(NOW)
    assert network.blob == signed(first().body)


def test_an_unreadable_record_of_the_highest_version_is_no_permission(folder: Path) -> None:
    (folder / "highest").write_text("many\n")
    with pytest.raises(DirectoryRolledBack):
        Network(folder, ROOT).reload(NOW)


def test_a_damaged_region_table_is_refused(tmp_path: Path) -> None:
    import msgspec

    from intake.directory import file_hash

    made = first()
    table = b'{"format":"erstkontakt-regions/1"}'
    directory = msgspec.structs.replace(made.directory, regions_hash=file_hash(table))
    files = files_of(made) | {f"regions/{file_hash(table)}.json": table}
    with pytest.raises(DirectoryMalformed):
        n.publish(tmp_path, ROOT, NOW, altered(directory), files)
    assert not (tmp_path / "00001.ekd").exists()


# ------------------------------------------------------------------------------------------------- publishing


def test_what_is_not_good_is_not_published(folder: Path) -> None:
    for blob in (signed(first().body), signed(draft(previous=network_blob(folder)).body, OTHER_SEED)):
        with pytest.raises(DirectoryForged):
            n.publish(folder, ROOT, NOW, blob, {})
    with pytest.raises(DirectoryExpired):
        n.publish(folder, ROOT, NOW + 200 * DAY, signed(draft(previous=network_blob(folder)).body), {})
    assert [path.name for path in sorted(folder.glob("*.ekd"))] == ["00001.ekd"]


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file"
    n.write_file(target, b"old")
    n.write_file(target, b"new", mode=0o600)
    assert target.read_bytes() == b"new"
    assert [path.name for path in target.parent.iterdir()] == ["file"]
