"""`erstkontakt regions …`: the table postcode -> Kreis that browsers fetch, from packages and from your own files."""

import argparse
from pathlib import Path

from intake.cli.directory import guarded
from intake.cli.network_folder import regions_for
from intake.network import write_file
from intake.regions import Regions


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `regions` with its verbs."""
    parser = commands.add_parser("regions", help="postcodes and Kreise: build, import, find", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="verb", required=True)

    build = verbs.add_parser("build", help="make the table from the installed packages alone (no network needed)")
    build.add_argument("folder", type=Path, help="network folder; writes <folder>/regions.json")
    build.set_defaults(run=lambda options: guarded(_build, options))

    add = verbs.add_parser(
        "import",
        help="add GeoNames' DE.txt or a Destatis list",
        description="Adds files that you downloaded: GeoNames' postal DE.txt or DE.zip (CC BY 4.0), the Destatis list "
        "of Kreise or the Gemeindeverzeichnis (.xlsx or .csv). Nothing is taken away: where sources differ, we ask.",
    )
    add.add_argument("folder", type=Path, help="network folder")
    add.add_argument("files", type=Path, nargs="+", metavar="file")
    add.set_defaults(run=lambda options: guarded(_import, options))

    find = verbs.add_parser("find", help="which Kreise a postcode may lie in")
    find.add_argument("postcode")
    find.add_argument("--network", type=Path, default=Path(), help="network folder; default: the installed packages")
    find.set_defaults(run=lambda options: guarded(_find, options))


def _build(options: argparse.Namespace) -> None:
    from intake import region_sources

    _write(options.folder, region_sources.build())


def _import(options: argparse.Namespace) -> None:
    from intake import region_sources

    regions = regions_for(options.folder)
    for path in options.files:
        blob = path.read_bytes()
        add = region_sources.add_geonames if region_sources.is_geonames(blob) else region_sources.add_destatis
        before, regions = regions, add(regions, blob)
        new_pairs = len(set(regions.pairs()) - set(before.pairs()))
        renamed = sum(before.kreise[kreis] != name for kreis, name in regions.kreise.items())
        fresh = len(regions.postcodes) - len(before.postcodes)
        print(f"{path.name}: {fresh} new postcodes, {new_pairs - fresh} further Kreise of known ones, {renamed} names.")
    _write(options.folder, regions)


def _write(folder: Path, regions: Regions) -> None:
    write_file(folder / "regions.json", regions.write())
    several = [kreise for kreise in regions.postcodes.values() if len(kreise) > 1]
    across = sum(len({kreis[:3] for kreis in kreise}) > 1 for kreise in several)
    print(f"{folder / 'regions.json'}: {len(regions.kreise)} Kreise, {len(regions.postcodes)} postcodes,")
    print(f"{len(several)} of them in several Kreise, {across} in several Länder. The next draft takes it in.")
    print(f"To be named on the page about sources: {regions.source}")


def _find(options: argparse.Namespace) -> None:
    regions = regions_for(options.network)
    for kreis in regions.find(options.postcode):
        print(f"{kreis}  {regions.name(kreis)}, {regions.name(kreis[:3])}")
