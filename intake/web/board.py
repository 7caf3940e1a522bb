"""The signed directory in the words of one language: who answers, who pays them, how soon."""

from __future__ import annotations

from typing import Any

from babel import Locale

from intake.directory import CaseRetention, Directory, Team
from intake.regions import LANDS
from intake.web import wording
from intake.web.i18n import Catalogue

KINDS = ("civil", "mixed", "state")


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

    def lands(self) -> list[dict[str, Any]]:
        """Who takes first contacts: the offers for all of Germany, then each Land; in both the civil ones first.

        A team that works in several Länder stands in each of them.
        """
        open_teams = [team for team in self.directory.teams if team.access == "open"]
        places: dict[str, list[Team]] = {"": [team for team in open_teams if not team.lands]}
        for land, _ in sorted(LANDS.items(), key=lambda one: one[1]):
            places[land] = [team for team in open_teams if land in team.lands]
        return [
            {"code": land, "name": LANDS.get(land, ""), "count": len(teams), "carriers": self._carriers_of(teams)}
            for land, teams in places.items()
            if teams
        ]

    def _kept(self, rule: CaseRetention) -> str:
        gettext = self._language.gettext
        if rule.case_years == 1:
            return gettext("Wird daraus eine längere Beratung: gespeichert bis zum Ende des Jahres nach ihrem Ende.")
        said = gettext("Wird daraus eine längere Beratung: gespeichert bis zum Jahresende, {n} Jahre nach ihrem Ende.")
        return said.format(n=rule.case_years)

    def _carriers_of(self, teams: list[Team]) -> list[dict[str, Any]]:
        own: dict[str, list[Team]] = {}
        for team in teams:
            own.setdefault(team.carrier, []).append(team)
        carriers = sorted((self._carriers[id] for id in own), key=lambda one: (KINDS.index(one.kind), one.name.lower()))
        return [
            {
                "name": carrier.name,
                "kind": carrier.kind,
                "legality_principle": carrier.legality_principle,
                "about": self.about(carrier.about),
                "kept": self._kept(carrier.case_retention),
                "teams": [
                    {"name": team.name, "line": f"{self.answer(team)}, {self.languages(team)}"}
                    for team in own[carrier.id]
                ],
            }
            for carrier in carriers
        ]

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
