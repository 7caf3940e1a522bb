"""`erstkontakt records`: the documents that data protection law asks for, as this installation really runs.

Two texts in German, made from settings and signed directory, so that they cannot say anything else than what happens:
the record of processing activities of each carrier (Art. 30 DSGVO), and the template of the data protection impact
assessment (DSFA, Art. 35 DSGVO) with its table of data flows. What only people can judge is left as a line to fill in.
"""

import argparse
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from config.settings import Settings
from intake.alert_desk import INCIDENTS_KEPT
from intake.alert_desk import KEPT as ALERTS_KEPT
from intake.callbacks import KEPT_AFTER_LAST, KEPT_REACHED
from intake.cli.directory import guarded
from intake.cli.service import add_config, settings_of
from intake.desk import REPLAY_HOURS
from intake.directory import CaseRetention, Directory, Team
from intake.errors import Operator
from intake.members import ABSOLUTE_MINUTES, INVITATION_HOURS
from intake.network import Network

KINDS = ("verzeichnis", "dsfa")


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of data: what, whose, who can read it, and until when."""

    what: str
    whose: str
    readers: str
    until: str


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `records`."""
    parser = commands.add_parser(
        "records",
        help="print the record of processing activities, or the template of the impact assessment (German)",
        description=__doc__,
    )
    parser.add_argument("kind", choices=KINDS, help="verzeichnis: Art. 30 DSGVO; dsfa: Art. 35 DSGVO")
    parser.add_argument("--carrier", metavar="ID", help="for this carrier only (verzeichnis)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write one file each, instead of printing")
    add_config(parser)
    parser.set_defaults(run=lambda options: guarded(_print, options))


def _print(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    network = Network(settings.directory_folder, settings.root_key)
    now = datetime.now(UTC)
    network.reload(now)
    texts = dict(written(settings, network.directory, now, options.kind, options.carrier))
    for name, text in texts.items():
        if options.out is None:
            sys.stdout.write(text)
        else:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{name}.md").write_text(text, "utf-8")
            print(options.out / f"{name}.md")


def written(
    settings: Settings, directory: Directory, now: datetime, kind: str, carrier: str | None = None
) -> Iterator[tuple[str, str]]:
    """(name of the file, Markdown). Raises Operator for a carrier that does not exist."""
    common = {
        "settings": settings,
        "directory": directory,
        "day": f"{now:%d.%m.%Y}",
        "doors": doors(settings),
        "reach": [REACH[channel] for channel in settings.channels],
        "example": directory.network.demonstration,
    }
    if kind == "dsfa":
        yield "dsfa", _fill("dsfa.md", carriers=directory.carriers, kept=kept(directory, directory.teams), **common)
        return
    chosen = [one for one in directory.carriers if carrier in (None, one.id)]
    if not chosen:
        known = ", ".join(one.id for one in directory.carriers)
        raise Operator(f"Einen Träger „{carrier}“ gibt es nicht. Es gibt: {known}.")
    for one in chosen:
        teams = tuple(team for team in directory.teams if team.carrier == one.id and not team.test)
        if teams or carrier:
            yield (
                f"verzeichnis-{one.id}",
                _fill("verzeichnis.md", carrier=one, teams=teams, kept=kept(directory, teams), **common),
            )


def doors(settings: Settings) -> list[str]:
    """The ways in which people reach this installation, as sentences."""
    found = [
        "Webformular: Der Text wird im Browser für das zuständige Team verschlossen. Keine Cookies, kein "
        "Zugriffsprotokoll, keine IP-Adresse wird gespeichert.",
        "Webformular ohne JavaScript: Der Server sieht den Text für die Dauer einer Anfrage im Arbeitsspeicher. "
        "Die Seite sagt das zuerst.",
    ]
    if settings.contact_account:
        found.append(
            f"Messenger (Matrix, {settings.contact_account}): Der Bot liest den Text, bis er ihn verschließt. Der "
            "Homeserver sieht, wer schreibt."
        )
    return found


REACH = {
    "matrix": "Matrix, Ende-zu-Ende-verschlüsselt, ohne Inhalt",
    "push": "Web-Push über den Anbieter des Browsers, ohne Inhalt",
    "sms": "SMS über einen Anbieter, ohne Inhalt",
    "voice": "Anruf über einen Telefonanbieter, ohne Inhalt",
}
"""Channel -> how service phones are told."""


def kept(directory: Directory, teams: Sequence[Team]) -> list[Kept]:
    """Everything that is stored, and until when; the periods are the ones that the program itself uses."""
    span = _span({team.retention_days for team in teams} or {30})
    rules = [directory.carrier(team.carrier).case_retention for team in teams] or [CaseRetention()]
    talks = _span({days for rule in rules for days in (rule.information_days, rule.one_off_days)})
    unclear, years = (_span({getattr(rule, name) for rule in rules}) for name in ("clarification_days", "case_years"))
    team = "nur das Team, das zuständig ist"
    return [
        Kept("Anfragen und Antworten (verschlossen)", "ratsuchende Person", f"{team}, und die Person selbst",
             f"{span} Tage nach der letzten Nachricht, früher auf Wunsch der Person (sofort)"),
        Kept("Interne Notizen (verschlossen)", "ratsuchende Person", team, "mit der Anfrage"),
        Kept("Kopfdaten: Team, Weg, Dringlichkeit, Stunde des Eingangs, wer sie übernommen hat", "ratsuchende Person, "
             "Beratende", "Team, Betreiber, Landeskoordination (nur Alarme)", "mit der Anfrage"),
        Kept("Rückruf: Nummer und Regeln (verschlossen, eigener Schlüssel)", "ratsuchende Person", team,
             f"{_hours(KEPT_REACHED)} nach dem Gespräch, spätestens {KEPT_AFTER_LAST.days} Tage nach dem letzten "
             "Zeitfenster"),
        Kept("Beratung: Art, Beauftragung, Vereinbarung, Begleitung, Kontaktabstand, Termine, Verlauf (ohne Inhalt); "
             "Dokumentation und Gründe (verschlossen)", "ratsuchende Person, Beratende", team,
             f"nach dem Ende: Fall bis zum Ende des Kalenderjahres, {years} Jahre später; Klärungssachverhalt "
             f"{unclear} Tage; Informationsgespräch und Einmalberatung {talks} Tage. Länger nur mit Grund, der im "
             "Verlauf steht. Beendet sie niemand, zählt der letzte Eintrag"),
        Kept("Kontakttermine: Zeiten, Stand und was daraus wurde; Ort und Weg verschlossen; Gründe stehen nirgends "
             "offen", "ratsuchende Person, Beratende", "Zeiten: Team, Betreiber; Ort und Weg: nur Team und "
             "Person", "mit der Anfrage; höchstens 200 Zeilen Verlauf"),
        Kept("Weitergaben: Art der Information und der Stelle, wer entschied und wann, ohne Inhalt", "Beratende, "
             "ratsuchende Person", team, "mit der Anfrage"),
        Kept("Kennung eines gelöschten Postfachs, ohne Inhalt", "niemand", "Betreiber", f"{REPLAY_HOURS} Stunden"),
        Kept("Zugang: Name, öffentlicher Schlüssel, verschlossener Schlüssel", "Beratende", "Team, Betreiber",
             "bis zum Ausscheiden"),
        Kept("Sitzungen", "Beratende", "Betreiber", f"{ABSOLUTE_MINUTES // 60} Stunden"),
        Kept("Einladungen", "Beratende", "Betreiber", f"{INVITATION_HOURS} Stunden"),
        Kept("Diensthandy: Nummer (verschlossen im Ruhezustand), Matrix-Konto und Geräte", "Beratende", "Team, "
             "Betreiber mit dem Schlüssel der Installation", "bis zur Abmeldung"),
        Kept("Alarme ohne Inhalt", "Beratende", "Team, Landeskoordination, Betreiber", f"{ALERTS_KEPT.days} Tage nach "
             "dem Ende"),
        Kept("Störungen der Alarmierung", "Beratende", "Landeskoordination, Betreiber", f"{INCIDENTS_KEPT.days} Tage"),
        Kept("Statistik: Zähler nach Halbjahr, Kreis und Antwort", "niemand (anonym)", "alle; veröffentlicht ab 5",
             "unbegrenzt"),
    ]  # fmt: skip


def _span(numbers: Collection[int]) -> str:
    return f"{min(numbers)}" if len(numbers) == 1 else f"{min(numbers)} bis {max(numbers)}"


def _hours(span: timedelta) -> str:
    return f"{int(span.total_seconds()) // 3600} Stunden"


def _fill(template: str, **values: object) -> str:
    text = (resources.files("intake.cli") / "templates" / template).read_text("utf-8")
    house = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, autoescape=False)  # noqa: S701
    return house.from_string(text).render(**values) + "\n"
