"""The signed directory in the words of one language: who answers, who pays them, how soon."""

from __future__ import annotations

from typing import Any

from babel import Locale

from intake.directory import Carrier, Directory, Team
from intake.web import wording
from intake.web.i18n import Catalogue


class Board:
    """The directory in the words of one language."""

    def __init__(self, directory: Directory, language: Catalogue) -> None:
        self.directory = directory
        self._language = language
        self._locale = Locale.parse(language.code)
        self._carriers = {carrier.id: carrier for carrier in directory.carriers}
        self._reasons = wording.reasons(language.gettext)

    def about(self, said: Any) -> str:
        """A text of the directory; in German where the language is neither German nor English."""
        return str(said.en if self._language.code == "en" else said.de)

    def name(self, team: str) -> str:
        """What a team is called; its id once it is no longer listed."""
        return next((one.name for one in self.directory.teams if one.id == team), team)

    def languages(self, team: Team) -> str:
        """``Deutsch, Türkisch``"""
        return ", ".join(str(self._locale.languages.get(code, code)) for code in team.languages)

    def answer(self, team: Team) -> str:
        """``in 2 Arbeitstagen``"""
        return wording.answer_time(self._language.gettext, team.answer_working_days)

    def card(self, team: Team, reason: str = "") -> dict[str, Any]:
        """What macros.html needs to show who reads."""
        return {
            "id": team.id,
            "name": team.name,
            "carrier": self._carriers[team.carrier],
            "answer": self.answer(team),
            "languages": self.languages(team),
            "why": self._reasons.get(reason, ""),
        }

    def answer_days(self) -> str:
        """The span of all open teams' promises: ``2 bis 3``."""
        days = sorted({team.answer_working_days for team in self.directory.teams if team.access == "open"})
        if len(days) < 2:
            return str(days[0] if days else 2)
        return self._language.gettext("{few} bis {many}").format(few=days[0], many=days[-1])

    def groups(self) -> list[dict[str, Any]]:
        """Carriers by kind, each with its teams that take first contacts."""
        names = wording.kinds(self._language.gettext)
        groups: list[dict[str, Any]] = []
        for kind in ("civil", "mixed", "state"):
            of_kind = sorted(
                (carrier for carrier in self.directory.carriers if carrier.kind == kind),
                key=lambda one: one.name.lower(),
            )
            rows = [row for carrier in of_kind if (row := self._row(carrier))]
            if rows:
                groups.append({"name": names[kind][0], "carriers": rows})
        return groups

    def _row(self, carrier: Carrier) -> dict[str, Any] | None:
        teams = [
            {"name": team.name, "line": f"{self.answer(team)}, {self.languages(team)}"}
            for team in self.directory.teams
            if team.carrier == carrier.id and team.access == "open"
        ]
        if not teams:
            return None
        return {
            "name": carrier.name,
            "kind": carrier.kind,
            "legality_principle": carrier.legality_principle,
            "about": self.about(carrier.about),
            "teams": teams,
        }

    def signposts(self, audience: str | None = None) -> list[dict[str, str]]:
        """Help outside the network that we name and send nothing to; all of it, or for one audience."""
        return [
            {"name": post.name, "about": self.about(post.about)}
            for post in self.directory.signposts
            if audience is None or audience in post.audience
        ]

    def coordinations(self) -> list[dict[str, str]]:
        """State coordinations, who can read nothing."""
        return [{"name": unit.name, "about": self.about(unit.about)} for unit in self.directory.coordinations]
