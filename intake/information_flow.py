"""Which information may leave a contact, to whom, and what that takes. Pure.

    propose ──> done                      free, consent, release: with the proof that the table asks for
       └─────> waiting ──confirm──> done  two_people: a second member of the team decides (§ 138 StGB)
                   └──decline──> declined

Nothing is sent by this house: the table says what is allowed and why, and each flow is logged without content. What was
told stands in a sealed note of the team. What the table does not name is refused: the default is to share nothing.

Requirements: R42 R68 R73 R76 R77 R78; user stories 9 and 19; standards.md 10, 12, 14.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from intake.errors import FlowRefused, FlowRulesFaulty, NotInThisState

INFORMATION = ("anonymised", "attendance", "contact_data", "content", "danger")
BODIES = ("team", "other_help", "relatives", "school", "youth_office", "court", "police", "intelligence")


class Takes(StrEnum):
    """What has to be there before something may be told."""

    FREE = "free"
    CONSENT = "consent"
    RELEASE = "release"
    TWO_PEOPLE = "two_people"


class FlowState(StrEnum):
    """Stored and sent as these words."""

    WAITING = "waiting"
    DONE = "done"
    DECLINED = "declined"


Rules = Mapping[tuple[str, str], Takes]
"""(information, body) -> what it takes. Absent: never."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow, or the proposal of one. `by`, `second`: member ids; times in unix minutes."""

    information: str
    body: str
    takes: Takes
    state: FlowState
    by: str
    at: int
    second: str | None = None
    second_at: int | None = None


def read_rules(text: str) -> Rules:
    """The table from its TOML. Raises FlowRulesFaulty with every fault at once."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FlowRulesFaulty(f"Die Tabelle lässt sich nicht lesen: {error}") from None
    faults, rules = [], {}
    for information, row in tables.items():
        if information not in INFORMATION or not isinstance(row, dict):
            faults.append(f"„{information}“ ist keine Art von Information. Es gibt: {', '.join(INFORMATION)}.")
            continue
        for body, takes in row.items():
            if body not in BODIES:
                faults.append(f"{information}: „{body}“ ist keine Art von Stelle. Es gibt: {', '.join(BODIES)}.")
            elif takes not in set(Takes):
                faults.append(f"{information}, {body}: „{takes}“ kennen wir nicht. Es gibt: {', '.join(Takes)}.")
            else:
                rules[information, body] = Takes(takes)
    if any(takes is not Takes.TWO_PEOPLE for (kind, _), takes in rules.items() if kind == "danger"):
        faults.append("danger: Das entscheiden immer zwei Menschen (two_people).")
    if faults:
        raise FlowRulesFaulty(*faults)
    return rules


def propose(rules: Rules, information: str, body: str, *, proof: Takes | None, by: str, now: int) -> Flow:
    """What a member wants to tell. `proof`: consent or release, if the member has recorded one.

    Raises FlowRefused(takes=…) where the table says never (takes None), or where the proof is missing.
    """
    takes = rules.get((information, body))
    if takes is None:
        raise FlowRefused(takes=None)
    # A written release is more than a consent; nothing else stands for another.
    enough = {Takes.CONSENT: (Takes.CONSENT, Takes.RELEASE), Takes.RELEASE: (Takes.RELEASE,)}.get(takes)
    if enough is not None and proof not in enough:
        raise FlowRefused(takes=takes.value)
    state = FlowState.WAITING if takes is Takes.TWO_PEOPLE else FlowState.DONE
    return Flow(information, body, takes, state, by, now)


def decide(flow: Flow, *, confirm: bool, by: str, now: int) -> Flow:
    """The second person's decision. Raises NotInThisState once it is decided, FlowRefused for the same person."""
    if flow.state is not FlowState.WAITING:
        raise NotInThisState(state=flow.state.value)
    if by == flow.by:
        raise FlowRefused(takes=flow.takes.value)
    return replace(flow, state=FlowState.DONE if confirm else FlowState.DECLINED, second=by, second_at=now)
