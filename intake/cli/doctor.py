"""`erstkontakt doctor`: what is wrong, and what to do about it, in plain German and English.

Each examination yields findings; one that cannot be made is itself a finding. Nothing is changed, nothing is repaired.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.settings import Settings, SettingsFaulty
from crypto.errors import AtRestUnreadable
from intake.cli.service import settings_of
from intake.errors import IntakeError

if TYPE_CHECKING:
    from intake.desk import Desk

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
    yield from reach_findings(settings, now)
    yield from messenger_findings(settings)
    yield from hotline_findings(settings, now)


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


def reach_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Is the on-call counsellor reached: channels, key at rest, alerts, outbox, dead letters, gaps in the rota."""
    from intake.desk import Desk
    from intake.network import Network
    from intake.store import open_store
    from intake.watch import Report, report

    if not settings.channels:
        yield note(
            "channels ist leer: Alarme stehen nur in der Konsole, kein Diensthandy wird gerufen.",
            "channels is empty: alerts are shown in the console only, no service phone is called.",
        )
    elif settings.at_rest_key is None:
        yield fault(
            "at_rest_key_file fehlt: Nummern von Diensthandys lassen sich nicht speichern.",
            "at_rest_key_file is missing: numbers of service phones cannot be stored.",
        )
    if not settings.heartbeat_url:
        yield note(
            "heartbeat_url fehlt: Fällt der Dienst ganz aus, merkt es niemand von außen.",
            "heartbeat_url is missing: if the service dies, nobody outside will notice.",
        )
    network = Network(settings.directory_folder, settings.root_key)
    with contextlib.suppress(IntakeError):  # told above
        network.reload(now)

    async def look() -> tuple[Report, bool]:
        async with open_store(settings.database, settings.data_folder) as store:
            desk = Desk(store, network, settings, lambda: now)
            return await report(desk, with_gaps=True), await _numbers_open(desk)

    if not settings.data_folder.is_dir():
        return
    try:
        found, numbers_open = asyncio.run(look())
    except IntakeError:  # told above
        return
    if not numbers_open:
        yield fault(
            "Der Schlüssel in at_rest_key_file ist nicht der, mit dem die Nummern gespeichert wurden. "
            "Bitte den richtigen einspielen oder alle Nummern neu eintragen.",
            "The key in at_rest_key_file is not the one that the numbers were stored with. "
            "Restore the right one, or enter all numbers again.",
        )
    for one in found.faults:
        yield fault(*_REACH[one.what](one.count, one.channel))
    if found.dead_letters:
        yield fault(
            f"{found.dead_letters} Nachrichten an Diensthandys sind nicht zustellbar. In der Konsole ansehen.",
            f"{found.dead_letters} messages to service phones cannot be delivered. Look at them in the console.",
        )
    for team, gap in found.gaps[:5]:
        here = gap.start.astimezone(ZoneInfo("Europe/Berlin"))
        yield note(
            f"{team}: ab {here:%d.%m. %H:%M} hat niemand Dienst.", f"{team}: nobody is on duty from {here:%m-%d %H:%M}."
        )
    if not found.faults and not found.dead_letters:
        yield ok("Kein Alarm ist liegen geblieben, nichts steckt fest.", "No alert was left lying, nothing is stuck.")


def messenger_findings(settings: Settings) -> Iterator[Finding]:
    """The messenger's door for help-seekers: closed on purpose, or open with all that it needs."""
    if not settings.contact_account:
        return
    if settings.at_rest_key is None or not settings.matrix_key:
        yield fault(
            "contact_account ist gesetzt, aber at_rest_key_file oder matrix_key_file fehlt. So startet der Dienst "
            "nicht.",
            "contact_account is set, but at_rest_key_file or matrix_key_file is missing: the service will not start.",
        )
        return
    try:
        from bots.matrix import Folder
    except ModuleNotFoundError as missing:
        yield fault(
            f"{missing.name} ist nicht installiert: pip install erstkontakt[matrix]",
            f"{missing.name} is not installed: pip install erstkontakt[matrix]",
        )
        return
    if not settings.contact_folder.is_dir():
        session = None
    else:
        session = Folder(settings.contact_folder, settings.matrix_key).session()
    if session is None or session.user != settings.contact_account:
        yield fault(
            f"{settings.contact_account} ist nicht angemeldet: erstkontakt matrix sign-in --account contact",
            f"{settings.contact_account} is not signed in: erstkontakt matrix sign-in --account contact",
        )
    elif not (settings.contact_folder / "crypto.db").stat().st_size:
        yield fault(
            "Die Schlüssel des Messenger-Kontos sind verloren (crypto.db ist leer): "
            "erstkontakt matrix sign-in --account contact --again. Den Menschen wird es in ihren Räumen gesagt.",
            "The keys of the messenger's account are lost (crypto.db is empty): "
            "erstkontakt matrix sign-in --account contact --again. People are told in their rooms.",
        )
    else:
        yield ok(
            f"Im Messenger kann man an {session.user} schreiben.",
            f"People can write to {session.user} in the messenger.",
        )


def hotline_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The telephone door: programs, accounts, own numbers, recordings. Closed on purpose: nothing to say."""
    if not settings.hotline:
        return
    found = [*_carrier_findings(settings), *_recording_findings(settings, now)]
    if not settings.hotline_numbers:
        found.append(
            fault(
                "hotline_numbers fehlt: Der Dienst kennt die eigenen Nummern nicht und könnte sich selbst zurückrufen.",
                "hotline_numbers is missing: the service does not know its own numbers and could call itself back.",
            )
        )
    yield from found or [ok("Die Telefontür ist vollständig.", "The telephone door is complete.")]


def _carrier_findings(settings: Settings) -> Iterator[Finding]:
    from bots.hotline.asterisk import trouble

    match settings.hotline:
        case "baresip":
            if shutil.which("baresip") is None:
                yield fault(
                    "baresip ist nicht installiert: apt-get install baresip-core",
                    "baresip is not installed: apt-get install baresip-core",
                )
            if not settings.hotline_accounts:
                yield _missing("hotline_accounts_file")
        case "asterisk" if settings.hotline_ari_key:
            user, _, password = settings.hotline_ari_key.partition(":")
            if why := asyncio.run(trouble(settings.hotline_ari_url, user, password)):
                yield fault(
                    f"Asterisk antwortet nicht, wie es muss ({why}): {settings.hotline_ari_url}",
                    f"Asterisk does not answer as it must ({why}): {settings.hotline_ari_url}",
                )
        case "asterisk":
            yield _missing("hotline_ari_key_file")
        case "sipgate" if not settings.hotline_webhook_key:
            yield _missing("hotline_webhook_key_file")


def _missing(name: str) -> Finding:
    return fault(
        f"hotline ist gesetzt, aber {name} fehlt. So startet der Dienst nicht.",
        f"hotline is set, but {name} is missing: the service will not start.",
    )


def _recording_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is not recorded stays silent."""
    from bots.hotline.prompts import Recordings, Text
    from bots.hotline.sentences import LANGUAGES, spoken
    from intake.network import Network

    network = Network(settings.directory_folder, settings.root_key)
    texts: dict[str, list[Text]] = {language: [*spoken(language)] for language in LANGUAGES}
    with contextlib.suppress(IntakeError):  # told above; what needs no directory is looked at all the same
        network.reload(now)
        texts = {language: [*spoken(language, network.directory, network.regions)] for language in LANGUAGES}
    recordings = Recordings(settings.hotline_folder / "sound", settings.hotline_recordings)
    for language in LANGUAGES:
        lacking = recordings.lacking(language, texts[language])
        if not lacking:
            continue
        if shutil.which("espeak-ng") is None:
            yield fault(
                f"{len(lacking)} Ansagen ({language}) fehlen, und espeak-ng ist nicht da: apt-get install espeak-ng",
                f"{len(lacking)} recordings ({language}) are missing, and so is espeak-ng: apt-get install espeak-ng",
            )
        else:
            yield note(
                f"{len(lacking)} Ansagen ({language}) fehlen noch. Der laufende Dienst spricht sie in einigen Minuten.",
                f"{len(lacking)} recordings ({language}) are still missing. The running service makes them in minutes.",
            )


async def _numbers_open(desk: "Desk") -> bool:
    rows = await desk.store.read(lambda tx: tx.raw.rows("SELECT member, number FROM service_phones LIMIT 3"))
    try:
        return all(desk.phones.open_number(number, member) for member, number in rows if number is not None)
    except (AtRestUnreadable, IntakeError):
        return False


_REACH: dict[str, Callable[[int, str], tuple[str, str]]] = {
    "overdue": lambda count, _: (
        f"{count} Alarme sind seit mehr als 5 Minuten überfällig. Läuft der Dienst (serve)?",
        f"{count} alerts are overdue for more than 5 minutes. Is the service running (serve)?",
    ),
    "exhausted": lambda count, _: (
        f"Bei {count} Alarmen sind alle gerufen, und niemand hat reagiert. Bitte in die Konsole sehen.",
        f"For {count} alerts everybody was called and nobody has reacted. Look into the console.",
    ),
    "loud": lambda count, _: (
        f"{count} laute Störungen in der letzten Viertelstunde. Bitte in die Konsole sehen.",
        f"{count} loud troubles within the last quarter of an hour. Look into the console.",
    ),
    "stuck": lambda _, channel: (
        f"Auf dem Kanal {channel} wartet etwas seit mehr als 10 Minuten.",
        f"Something has been waiting on the channel {channel} for more than 10 minutes.",
    ),
    "leapt": lambda days, _: (
        f"Die Uhr ist um {days} Tage gesprungen, oder der Dienst stand so lange. Es wird nichts gelöscht, bis jemand "
        "die Zeit geprüft hat: Stimmt sie, dann erstkontakt clock confirm; sonst bitte die Uhr stellen.",
        f"The clock has leapt by {days} days, or the service was down for so long. Nothing is erased until somebody "
        "has looked: if the time is right, erstkontakt clock confirm; else set the clock.",
    ),
}
