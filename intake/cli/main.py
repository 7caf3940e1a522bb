"""The command `erstkontakt`: collects the commands of all command-line modules.

Each module has `register(subparsers)`, adds its parsers, and sets `run` (a function of the parsed arguments that
returns an exit code). A module is imported only when its command is used: `serve` must be up within a second.
"""

import argparse
import importlib
import sys

from config.settings import SettingsFaulty

DESCRIPTION = """Erstkontakt: anonymous, sealed first contact for exit and disengagement counselling.

  erstkontakt init --demo demo-data          a throw-away network to try out
  erstkontakt serve --config demo-data/erstkontakt.toml
  erstkontakt doctor --config …              what is wrong, and what to do about it
"""

COMMANDS: dict[str, str] = {
    "serve": "service",
    "init": "service",
    "doctor": "service",
    "members": "members",
    "directory": "directory",
    "regions": "regions",
    "routes": "routes",
    "matrix": "matrix",
    "canary": "canary",
    "audit": "audit",
    "chat": "chat",
    "records": "records",
    "clock": "clock",
}


def parser_for(words: list[str]) -> argparse.ArgumentParser:
    """The parser with the one command that is asked for, or with all of them for the help."""
    parser = argparse.ArgumentParser(
        prog="erstkontakt", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    wanted = next((COMMANDS[word] for word in words if word in COMMANDS), None)
    for module in dict.fromkeys(COMMANDS.values() if wanted is None else (wanted,)):
        importlib.import_module(f"intake.cli.{module}").register(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    options = parser_for(words).parse_args(words)
    try:
        code: int = options.run(options)
    except SettingsFaulty as faulty:
        print("The settings cannot be used:", file=sys.stderr)
        for fault in faulty.faults:
            print(f"  - {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `… | head`
        sys.stderr.close()
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
