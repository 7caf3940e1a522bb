"""`erstkontakt routes …`: who would be asked, and why; and where nobody is responsible."""

import argparse
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from crypto.identity import Identity
from intake.cli.directory import guarded
from intake.cli.network_folder import EXAMPLE, regions_for
from intake.directory import Directory
from intake.draft import compile_draft
from intake.errors import DraftFaulty
from intake.network import Network
from intake.region_sources import kreis_of_number
from intake.regions import Regions
from intake.routing import PHENOMENA, ROLES, VIOLENCE, Candidate, Gap, gaps, look_up
from intake.sources import load_sources, read_key, write_key

SETTINGS = Path("erstkontakt.toml")

WHY = {
    "regional_centre": "the regional centre responsible for this Kreis",
    "topic_team": "made for this topic, in the whole Land",
    "kreis_offer": "works in this Kreis",
    "land_offer": "works in this Land",
    "statewide_network": "the statewide network, when no other team fits",
    "nationwide_offer": "works everywhere in Germany",
    "first_contact_desk": "a desk for the first talk, which finds the right team",
    "other_topic": "works here, but on other topics",
    "other_audience": "works on this topic here, but for other people",
    "other_area": "works on this, but elsewhere",
    "closed": "responsible, but closed at present",
    "breaks_only_civil": "responsible, but NOT what was wished: part of the state",
}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `routes` with its verbs."""
    parser = commands.add_parser(
        "routes",
        help="who is responsible for whom, and where nobody is",
        description=__doc__ + " Without --config or --network: ./erstkontakt.toml, or else the example network.",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="verb", required=True)

    explain = verbs.add_parser("explain", help="print the teams for one question, best first, and why")
    where = explain.add_mutually_exclusive_group()
    where.add_argument("--plz", "--postcode", dest="postcode", help="five digits")
    where.add_argument("--kreis", help="NUTS-3 code, AGS or name, such as DE80M, 13074 or Nordwestmecklenburg")
    where.add_argument("--land", help="Land, such as DE8")
    explain.add_argument(
        "--phenomenon", action="append", default=[], choices=PHENOMENA, help="may be given several times"
    )
    explain.add_argument("--role", required=True, choices=(*ROLES, VIOLENCE))
    explain.add_argument("--only-civil", action="store_true", help="no carrier of the state, no mixed one")
    explain.add_argument("--not-carrier", action="append", default=[], metavar="ID", help="never this carrier")
    explain.add_argument("--on", type=datetime.fromisoformat, help="date (teams may be closed); default: today")
    explain.set_defaults(run=lambda options: guarded(_explain, options))

    holes = verbs.add_parser("gaps", help="print every Kreis x phenomenon x role without a team")
    holes.add_argument("--only-civil", action="store_true", help="also where only a civil team is missing")
    holes.add_argument("--lines", action="store_true", help="one line for each Kreis, phenomenon and role, for scripts")
    holes.set_defaults(run=lambda options: guarded(_gaps, options))

    for verb in (explain, holes):
        source = verb.add_mutually_exclusive_group()
        source.add_argument("--config", type=Path, help="settings of a service: the directory in use")
        source.add_argument("--network", type=Path, help="a network folder, as it would be drafted now")


def _kreis(typed: str, regions: Regions) -> str:
    """The NUTS-3 code of a Kreis that was typed as code, official number or (part of) a name. Raises DraftFaulty."""
    code = kreis_of_number(typed) or typed.upper()
    if code in regions.kreise:
        return code
    wanted = typed.casefold().strip()
    found = {code: name for code, name in regions.kreise.items() if wanted in name.casefold()}
    exact = [code for code, name in found.items() if name.casefold() == wanted]
    if len(exact) == 1 or len(found) == 1:
        return (exact or list(found))[0]
    if not found:
        raise DraftFaulty(f"Einen Kreis „{typed}“ kennen wir nicht. Es geht auch mit --plz.")
    raise DraftFaulty(*(f"„{typed}“ kann {name} sein: --kreis {code}" for code, name in found.items()))


def _explain(options: argparse.Namespace) -> None:
    directory, regions = _directory(options)
    if options.postcode is not None:
        places: tuple[str | None, ...] = regions.find(options.postcode)
        if len(places) > 1:
            print(f"{options.postcode} lies in {len(places)} Kreise: the person is asked.")
    else:
        places = (_kreis(options.kreis, regions) if options.kreis else options.land,)
    unknown = set(options.not_carrier) - {carrier.id for carrier in directory.carriers}
    if unknown:
        raise DraftFaulty(*(f"Einen Träger „{id}“ gibt es nicht." for id in sorted(unknown)))
    closed = directory.closed_on((options.on or datetime.now(ZoneInfo("Europe/Berlin"))).date())
    for place in places:
        print(f"\n{_place(place, regions)}")
        found = look_up(
            directory.routing,
            kreis=place,
            phenomena=options.phenomenon,
            role=options.role,
            only_civil=options.only_civil,
            not_carriers=frozenset(options.not_carrier),
            closed=closed,
        )
        for number, candidate in enumerate(found.candidates, start=1):
            print(f"  {number}. {_line(candidate, directory)}")
        if not found.candidates and options.role != VIOLENCE:
            print("  Nobody fits. Nobody else is chosen instead; the person may choose:")
        for candidate in found.alternatives:
            print(f"  -  {_line(candidate, directory)}")
        names = {signpost.id: signpost.name for signpost in directory.signposts}
        for signpost in found.signposts:
            print(f"  ->  {names[signpost]} (signpost: nothing is sent)")


def _gaps(options: argparse.Namespace) -> None:
    directory, regions = _directory(options)
    found = [gap for gap in gaps(directory.routing, regions.kreise) if options.only_civil or not gap.only_civil]
    if options.lines:
        for gap in found:
            wish = "only_civil" if gap.only_civil else "any"
            print(f"{gap.place}\t{regions.name(gap.place)}\t{gap.phenomenon}\t{gap.role}\t{wish}")
        return
    holes: dict[str, list[Gap]] = defaultdict(list)
    for gap in found:
        holes[gap.place].append(gap)
    alike: dict[tuple[str, tuple[tuple[str, str, bool], ...]], list[str]] = defaultdict(list)
    for place, its in holes.items():
        alike[place[:3], tuple((gap.phenomenon, gap.role, gap.only_civil) for gap in its)].append(place)
    for (land, its_gaps), kreise in alike.items():
        all_of_it = len(kreise) == len(regions.kreise_of(land))
        names = "every Kreis" if all_of_it else ", ".join(regions.name(kreis) for kreis in kreise)
        print(f"\n{regions.name(land)}: {names} ({len(kreise)})")
        for only_civil in (False, True):
            for phenomenon in PHENOMENA:
                roles = [role for p, role, civil in its_gaps if p == phenomenon and civil == only_civil]
                if roles:
                    print(f"  {phenomenon:<8}{', '.join(roles)}{' (no civil team)' if only_civil else ''}")
    print(f"\n{len(found)} gaps in {len(holes)} of {len(regions.kreise)} Kreise.")


def _directory(options: argparse.Namespace) -> tuple[Directory, Regions]:
    """The directory in use, or what a network folder would become."""
    config = options.config or (SETTINGS if options.network is None and SETTINGS.is_file() else None)
    if config is None:
        if options.network is None:
            print("(the example network)")
        return _preview(options.network or EXAMPLE)
    from config.settings import read_settings

    settings = read_settings(config)
    network = Network(settings.directory_folder, settings.root_key)
    network.reload(datetime.now(UTC))
    return network.directory, network.regions


def _preview(folder: Path) -> tuple[Directory, Regions]:
    """The directory of a folder without its keys and its salt: routing needs neither, nothing is signed or kept."""
    sources, regions = load_sources(folder), regions_for(folder)
    code = msgspec.structs.replace(sources.network.code, salt="0" * 32)
    sources = msgspec.structs.replace(sources, network=msgspec.structs.replace(sources.network, code=code))
    keys = {
        team.id: [read_key(write_key(team.id, 1, Identity.from_seed(os.urandom(32)).public))] for team in sources.teams
    }
    return compile_draft(sources, keys, regions, datetime.now(UTC)).directory, regions


def _place(place: str | None, regions: Regions) -> str:
    if not place:
        return "No place given"
    return regions.name(place) if len(place) == 3 else f"{regions.name(place)} ({place}), {regions.name(place[:3])}"


def _line(candidate: Candidate, directory: Directory) -> str:
    team = directory.team(candidate.team)
    carrier = directory.carrier(team.carrier)
    bound = "must prosecute" if carrier.legality_principle else "need not prosecute"
    instead = f"; stands in for {candidate.stands_in_for}" if candidate.stands_in_for else ""
    return (
        f"{team.id:<22}{team.name}\n     {WHY[candidate.reason]}{instead}\n     {carrier.name}: {carrier.kind}, {bound}"
    )
