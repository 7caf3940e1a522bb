"""The published directory on the server's disk, with everything it names, read all at once or not at all.

    <folder>/00001.ekd 00002.ekd …   the chain; each file names the hash of the one before
    <folder>/keys/<kid>.key          1216 bytes, one for each current key
    <folder>/annex/<hash>.json       what browsers do not need
    <folder>/regions/<hash>.json     the region table
    <folder>/highest                 the highest version that was ever in use here

`reload` replays the whole chain, checks every hash, and only then swaps one reference. Whatever is wrong, the last good
directory stays in use until its own end; after that nothing is given out any more, and so nothing can be sealed.
"""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from intake import directory as d
from intake.errors import (
    DirectoryExpired,
    DirectoryForged,
    DirectoryMalformed,
    DirectoryMissing,
    DirectoryRolledBack,
    DirectoryUnusable,
    RegionsFaulty,
)
from intake.regions import Regions

_NAME = re.compile(r"[0-9]{5}\.ekd")


@dataclass(frozen=True, slots=True)
class Published:
    """One version with everything that belongs to it. Never half of it."""

    directory: d.Directory
    blob: bytes
    annex: bytes
    regions: Regions
    regions_blob: bytes
    keys: dict[str, bytes]


class Network:
    """The directory in use. `folder` is <data>/directory, `root` the root's verify key (32 bytes)."""

    def __init__(self, folder: Path, root: bytes) -> None:
        self._folder = folder
        self._root = root
        self._published: Published | None = None
        self._unusable: DirectoryUnusable = DirectoryMissing("no directory has been read yet")

    def reload(self, now: datetime) -> None:
        """Takes the newest version on disk. Raises DirectoryUnusable when it is not good; the last good one stays.

        To be called again and again: it is also what notices that the directory in use has come to its end.
        """
        current = self._published
        try:
            newest = self._newest(now)
        except DirectoryUnusable as e:
            if current is None:
                self._unusable = e
            elif now >= current.directory.expires:
                self._published, self._unusable = None, DirectoryExpired(f"and no newer one is usable: {e}")
            raise
        self._remember(newest.directory.version)
        self._published = newest

    @property
    def directory(self) -> d.Directory:
        """The directory in use. Raises DirectoryUnusable while there is none."""
        return self._in_use().directory

    @property
    def blob(self) -> bytes:
        """The signed file itself, as browsers fetch and check it."""
        return self._in_use().blob

    @property
    def annex(self) -> bytes:
        """The annex, JSON."""
        return self._in_use().annex

    @property
    def regions(self) -> Regions:
        """Postcode -> Kreis."""
        return self._in_use().regions

    @property
    def regions_blob(self) -> bytes:
        """The region table as browsers fetch it, JSON."""
        return self._in_use().regions_blob

    def key(self, kid: str) -> bytes:
        """The sealing key (1216 bytes) with this id (16 hex digits). Raises KeyError: no team has it now."""
        return self._in_use().keys[kid]

    def link(self, version: int) -> bytes:
        """The signed file of any version up to the one in use: anybody may replay the chain. Raises KeyError."""
        if not 1 <= version <= self._in_use().directory.version:
            raise KeyError(version)
        try:
            return (self._folder / file_name(version)).read_bytes()
        except OSError:
            raise KeyError(version) from None

    def _in_use(self) -> Published:
        if self._published is None:
            raise self._unusable
        return self._published

    def _newest(self, now: datetime) -> Published:
        blobs = chain_files(self._folder)
        if not blobs:
            raise DirectoryMissing("the folder holds no directory")
        current = self._published
        if current is not None and current.directory.version == len(blobs) and current.blob == blobs[-1]:
            d.check_time(current.directory, now)
            return current
        replay(blobs, self._root)
        directory = d.read(blobs[-1], self._root, now, at_least=self._highest_seen())
        if current is not None and current.directory.version == directory.version:
            raise DirectoryForged(f"two files call themselves version {directory.version}")
        return read_everything(self._folder, directory, blobs[-1])

    def _highest_seen(self) -> int:
        on_disk = 0
        try:
            on_disk = int((self._folder / "highest").read_text(encoding="ascii"))
        except FileNotFoundError:
            pass
        except (OSError, ValueError):
            raise DirectoryRolledBack("the record of the highest version cannot be read") from None
        in_use = self._published.directory.version if self._published is not None else 0
        return max(on_disk, in_use)

    def _remember(self, version: int) -> None:
        if version > self._highest_seen():
            write_file(self._folder / "highest", f"{version}\n".encode("ascii"))


def chain_files(folder: Path) -> list[bytes]:
    """The files of the chain in order. Raises DirectoryForged for a gap, DirectoryMissing if they cannot be read."""
    try:
        names = sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else []
        if names != [file_name(version) for version in range(1, len(names) + 1)]:
            raise DirectoryForged("a link of the chain is missing")
        return [(folder / name).read_bytes() for name in names]
    except OSError as e:
        raise DirectoryMissing(e.strerror or "cannot be read") from None


def replay(blobs: list[bytes], root: bytes) -> list[d.Link]:
    """Every link of the chain, signed by `root` and naming its predecessor. Raises DirectoryForged."""
    links: list[d.Link] = []
    before: bytes | None = None
    for version, blob in enumerate(blobs, start=1):
        link = d.read_link(blob, root)
        d.follows(blob, link, before, version)
        if links and link.issued < links[-1].issued:
            raise DirectoryForged(f"version {version} was issued before version {version - 1}")
        links.append(link)
        before = blob
    return links


def publish(folder: Path, root: bytes, now: datetime, blob: bytes, files: dict[str, bytes]) -> d.Directory:
    """Adds a signed version to the chain in `folder`: everything it names first, the file itself last.

    `files` are relative names and contents (keys/…, annex/…, regions/…). What is not good is not written. Raises
    DirectoryUnusable. A running server takes the new version with its next `reload`.
    """
    chain = chain_files(folder)
    links = replay([*chain, blob], root)
    directory = d.read(blob, root, now)
    for name, content in files.items():
        write_file(folder / name, content)
    read_everything(folder, directory, blob)
    write_file(folder / file_name(len(links)), blob)
    return directory


def read_everything(folder: Path, directory: d.Directory, blob: bytes) -> Published:
    """The files that a directory names, each proved by its hash. Raises DirectoryUnusable."""
    keys = {}
    for team in directory.teams:
        key = _read(folder / "keys" / f"{team.kid}.key")
        if d.file_hash(key) != team.key_hash:
            raise DirectoryForged(f"the key of team {team.id} is not the one in the directory")
        keys[team.kid] = key
    annex = _read_hashed(folder / "annex", directory.annex_hash)
    regions_blob = _read_hashed(folder / "regions", directory.regions_hash)
    try:
        regions = Regions.read(regions_blob)
    except RegionsFaulty as e:
        raise DirectoryMalformed(str(e)) from None
    return Published(directory, blob, annex, regions, regions_blob, keys)


def _read_hashed(folder: Path, hash_: str) -> bytes:
    content = _read(folder / f"{hash_}.json")
    if d.file_hash(content) != hash_:
        raise DirectoryForged(f"{folder.name}/{hash_[:12]} is not what the directory names")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise DirectoryMissing(f"{path.parent.name}/{path.name} is missing") from None


def file_name(version: int) -> str:
    """00001.ekd"""
    return f"{version:05}.ekd"


def write_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Writes a file so that a reader, or a power cut, meets the old one or the new one and nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
