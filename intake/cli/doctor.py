"""`erstkontakt doctor`: what is wrong, and what to do about it, in plain German and English.

Each examination yields findings; one that cannot be made is itself a finding. Nothing is changed, nothing is repaired.
"""

import argparse
import asyncio
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.settings import Settings, SettingsFaulty
from intake.cli.service import settings_of
from intake.errors import IntakeError

SOON = timedelta(days=14)
LEAST_FREE = 500 * 2**20


@dataclass(frozen=True, slots=True)
class Finding:
    """`weight`: "ok", "note" (look at it some day) or "fault" (do something now)."""

    weight: str
    de: str
    en: str


def ok(de: str, en: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", de, en)


def note(de: str, en: str) -> Finding:
    """Worth a look."""
    return Finding("note", de, en)


def fault(de: str, en: str) -> Finding:
    """Something must be done."""
    return Finding("fault", de, en)


def examine(options: argparse.Namespace) -> int:
    """Prints all findings; 1 if there is a fault."""
    try:
        settings = settings_of(options)
    except SettingsFaulty as faulty:
        findings = [fault(f"Einstellungen: {entry}", f"Settings: {entry}") for entry in faulty.faults]
    else:
        findings = list(all_findings(settings, datetime.now(UTC)))
    german = not os.environ.get("LANG", "").startswith("en")
    marks = {"ok": "ok    ", "note": "Hinweis" if german else "note  ", "fault": "FEHLER" if german else "FAULT "}
    for finding in findings:
        print(f"{marks[finding.weight]:<8} {finding.de if german else finding.en}")
    faults = sum(finding.weight == "fault" for finding in findings)
    if faults:
        print(f"\n{faults} Fehler." if german else f"\n{faults} to be mended.", file=sys.stderr)
    return 1 if faults else 0


def all_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Every examination, in the order in which faults should be mended."""
    yield ok("Einstellungen sind vollständig.", "Settings are complete.")
    yield from clock_findings(settings, now)
    yield from folder_findings(settings)
    yield from directory_findings(settings, now)
    yield from database_findings(settings)


def clock_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """A clock before this program was installed, or before the youngest file of the installation, is wrong."""
    known = [Path(__file__).stat().st_mtime]
    if settings.directory_folder.is_dir():
        known += [path.stat().st_mtime for path in settings.directory_folder.rglob("*") if path.is_file()]
    youngest = datetime.fromtimestamp(max(known), UTC)
    if now < youngest - timedelta(minutes=5):
        yield fault(
            f"Die Uhr geht nach: Sie zeigt {now:%d.%m.%Y %H:%M} UTC, aber es gibt Dateien vom {youngest:%d.%m.%Y}. "
            "Bitte die Zeit stellen (timedatectl set-ntp true), sonst gelten Fristen und Verzeichnis falsch.",
            f"The clock is slow: it shows {now:%Y-%m-%d %H:%M} UTC, but there are files of {youngest:%Y-%m-%d}. "
            "Set the time (timedatectl set-ntp true), or deadlines and directory go wrong.",
        )
    else:
        yield ok(
            f"Die Uhr ist glaubhaft ({now:%d.%m.%Y %H:%M} UTC).", f"The clock is plausible ({now:%Y-%m-%d %H:%M})."
        )


def folder_findings(settings: Settings) -> Iterator[Finding]:
    """Data folder: there, writable, private, with space left."""
    folder = settings.data_folder
    if not folder.is_dir():
        yield fault(
            f"Der Datenordner {folder} fehlt. Anlegen: mkdir -m 700 {folder}",
            f"The data folder {folder} is missing. Make it: mkdir -m 700 {folder}",
        )
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield fault(
            f"In {folder} darf dieser Benutzer nicht schreiben. Besitzer prüfen: ls -ld {folder}",
            f"This user may not write into {folder}. Look at its owner: ls -ld {folder}",
        )
    open_to_others = [
        path
        for path in (folder, *folder.glob("erstkontakt.sqlite*"))
        if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        yield fault(
            f"Andere Benutzer dieses Rechners können lesen: {names}. Abhilfe: chmod go-rwx {names}",
            f"Other users of this machine can read: {names}. Mend it: chmod go-rwx {names}",
        )
    else:
        yield ok("Nur dieser Benutzer kann die Daten lesen.", "Only this user can read the data.")
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        yield fault(
            f"Nur noch {free // 2**20} MB frei. Ist die Platte voll, nimmt der Dienst nichts mehr an (503).",
            f"Only {free // 2**20} MB left. With a full disk the service takes nothing any more (503).",
        )
    else:
        yield ok(f"{free // 2**30} GB frei.", f"{free // 2**30} GB free.")


def directory_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Signature, chain, age of the directory; keys of all teams."""
    from intake.network import Network

    network = Network(settings.directory_folder, settings.root_key)
    try:
        network.reload(now)
        directory = network.directory
    except IntakeError as error:
        yield fault(
            f"Verzeichnis: {error.code} ({error}). Ohne gültiges Verzeichnis nimmt der Dienst nichts an. "
            "Neu signieren (erstkontakt directory sign) und in den Datenordner legen.",
            f"Directory: {error.code} ({error}). Without a valid one the service takes nothing. "
            "Sign it again (erstkontakt directory sign) and put it into the data folder.",
        )
        return
    yield ok(
        f"Verzeichnis Version {directory.version} ist gültig, die Kette bis Version 1 ist vollständig.",
        f"Directory version {directory.version} is valid, its chain is complete down to version 1.",
    )
    left = directory.expires - now
    if left < SOON:
        yield note(
            f"Das Verzeichnis läuft in {left.days} Tagen ab. Bitte bald neu signieren.",
            f"The directory expires in {left.days} days. Sign it again soon.",
        )
    for team in directory.teams:
        try:
            network.key(team.kid)
        except (KeyError, IntakeError):
            yield fault(
                f"Der Schlüssel {team.kid} von {team.id} fehlt. An dieses Team kann niemand schreiben.",
                f"The key {team.kid} of {team.id} is missing. Nobody can write to this team.",
            )
    overdue = [team.id for team in directory.teams if team.review_by < now.date()]
    if overdue:
        yield note(
            f"Angaben sind nicht mehr geprüft: {', '.join(overdue)}. Bitte nachfragen und das Datum erneuern.",
            f"Facts are no longer checked: {', '.join(overdue)}. Ask the teams and renew the date.",
        )
    if not directory.network.demonstration and not settings.operator:
        yield fault(
            "operator fehlt in den Einstellungen: Das Impressum braucht Namen und Anschrift.",
            "operator is missing in the settings: the legal notice needs name and address.",
        )
    if not directory.network.demonstration and not settings.public_url.startswith("https://"):
        yield note(
            "public_url ist nicht https://. Das ist nur hinter einem Onion-Dienst richtig.",
            "public_url is not https://. That is right behind an onion service only.",
        )


def database_findings(settings: Settings) -> Iterator[Finding]:
    """Can it be opened, is it sound."""
    from intake.store import open_store

    async def look() -> list[str]:
        async with open_store(settings.database, settings.data_folder) as store:
            return await store.check()

    if not settings.data_folder.is_dir():
        return
    try:
        faults = asyncio.run(look())
    except IntakeError as error:
        yield fault(
            f"Die Datenbank lässt sich nicht benutzen: {error}. Ist sie gesperrt, läuft vielleicht eine Sicherung; "
            "ist sie beschädigt, bitte die letzte Sicherung einspielen.",
            f"The database cannot be used: {error}. If it is locked, a backup may be running; "
            "if it is damaged, restore the last backup.",
        )
        return
    if faults:
        yield fault(
            f"Die Datenbank ist beschädigt: {'; '.join(faults[:3])}. Bitte die letzte Sicherung einspielen.",
            f"The database is damaged: {'; '.join(faults[:3])}. Restore the last backup.",
        )
    else:
        yield ok("Die Datenbank ist unversehrt.", "The database is sound.")
