"""Files that hold one secret seed of 32 bytes: of the offline root, or of a team's key epoch. Never on the server.

A seed file is readable text of its owner alone (0600) and carries no passphrase: whoever has the file has the key. It
says so in its first lines. Keep it on an encrypted medium, and a copy of it in a safe.
"""

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Literal

from intake.errors import SeedFileFaulty

Kind = Literal["root", "team"]

_TEXT = """# Geheim. Wer diese Datei hat, kann {power}.
# Keine Passphrase schützt sie: Legen Sie sie auf einen verschlüsselten Datenträger, nie auf den Server.
kind = "{kind}"
name = "{name}"
epoch = {epoch}
seed = "{seed}"
"""
_POWER = {
    "root": "jedes Verzeichnis unterschreiben und so bestimmen, wer Nachrichten lesen kann",
    "team": "alles lesen, was an dieses Team verschlossen wurde",
}


def write_seed(path: Path, kind: Kind, name: str, epoch: int, seed: bytes) -> None:
    """A new file, 0600. Never writes over another one. Raises SeedFileFaulty."""
    text = _TEXT.format(power=_POWER[kind], kind=kind, name=name, epoch=epoch, seed=seed.hex())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SeedFileFaulty(f"„{path}“ gibt es schon. Ein Schlüssel wird nie überschrieben.") from None
    except OSError as e:
        raise SeedFileFaulty(f"„{path}“ lässt sich nicht schreiben: {e.strerror}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_seed(path: Path, kind: Kind | None = None) -> bytes:
    """The 32 bytes. Refuses a file that others can read, or one of another kind. Raises SeedFileFaulty."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(4096)
    except OSError as e:
        raise SeedFileFaulty(f"„{path}“ lässt sich nicht lesen: {e.strerror}.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise SeedFileFaulty(f"„{path}“ ist auch für andere lesbar. Bitte zuerst: chmod 600 {path}")
    try:
        fields = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        fields = {}
    seed = fields.get("seed")
    if not isinstance(seed, str) or not re.fullmatch(r"[0-9a-f]{64}", seed):
        raise SeedFileFaulty(f"„{path}“ ist keine Schlüssel-Datei von uns.")
    if kind is not None and fields.get("kind") != kind:
        raise SeedFileFaulty(f"„{path}“ gehört nicht zu {'der Wurzel' if kind == 'root' else 'einem Team'}.")
    return bytes.fromhex(seed)
