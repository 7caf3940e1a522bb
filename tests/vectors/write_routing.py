"""Writes routing.json: questions and answers that Python and the browser client must agree on.

    python -m tests.vectors.write_routing

The small network below is invented; each of its teams is there for one rule.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from intake.errors import KreisUnknown
from intake.regions import LANDS
from intake.routing import Found, Offer, Routing, SignpostRow, compile_table, look_up

FILE = Path(__file__).with_name("routing.json")
ALL = ("exit", "relative", "professional", "own_concern")

OFFERS = [
    Offer(id="centre-west", carrier="raa", kind="civil", role="regional_centre", scope="kreis", lands=("DE8",),
          kreise=("DE80M", "DE804"), phenomena=("RE", "IS", "VD", "unknown"), audience=ALL, deputy="centre-east"),
    Offer(id="centre-east", carrier="cjd", kind="civil", role="regional_centre", scope="kreis", lands=("DE8",),
          kreise=("DE80L",), phenomena=("RE", "IS", "VD", "unknown"), audience=ALL, deputy="centre-west"),
    Offer(id="leave-right", carrier="cjd", kind="civil", role="topic_team", scope="land", lands=("DE8",),
          phenomena=("RE",), audience=("exit", "relative", "professional")),
    Offer(id="state-wide", carrier="council", kind="mixed", role="statewide_network", scope="land", lands=("DE8",),
          phenomena=("RE", "IS", "LE", "VD", "unknown"), audience=ALL),
    Offer(id="state-right", carrier="ministry", kind="state", role="offer", scope="land", lands=("DEA",),
          phenomena=("RE",), audience=("exit",), deputy="state-left"),
    Offer(id="state-left", carrier="ministry", kind="state", role="offer", scope="land", lands=("DEA",),
          phenomena=("LE", "AB"), audience=("exit",), deputy="civil-everywhere"),
    Offer(id="police", carrier="police", kind="state", role="offer", scope="land", lands=("DE7",),
          phenomena=("RE",), audience=("exit", "relative")),
    Offer(id="families", carrier="birds", kind="civil", role="offer", scope="bund",
          phenomena=("IS",), audience=("relative", "professional")),
    Offer(id="civil-everywhere", carrier="members", kind="civil", role="first_contact_desk", scope="bund",
          phenomena=("RE", "VD", "HG", "unknown"), audience=ALL),
    Offer(id="federal", carrier="federal", kind="state", role="offer", scope="bund",
          phenomena=("LE", "VD"), audience=("exit", "relative")),
    Offer(id="assigned-only", carrier="members", kind="civil", role="offer", scope="bund",
          phenomena=("RE", "LE", "AB", "RB"), audience=ALL, assigned=True),
]  # fmt: skip
SIGNPOSTS = [
    SignpostRow("victims", ("violence",), ()),
    SignpostRow("victims-nw", ("violence",), ("DEA",)),
    SignpostRow("mobile", ("professional",), ()),
    SignpostRow("debts", ALL, ("DE8", "DEA")),
]

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("a mother in the Kreis of a centre", {"kreis": "DE80M", "phenomena": ["RE"], "role": "relative"}),
    ("an exit request goes to the team made for it", {"kreis": "DE80M", "phenomena": ["RE"], "role": "exit"}),
    ("no topic at all", {"kreis": "DE80L", "phenomena": [], "role": "own_concern"}),
    ("no place, no topic", {"kreis": None, "phenomena": [], "role": "exit"}),
    ("the empty place is no place", {"kreis": "", "phenomena": ["RE"], "role": "exit"}),
    ("a Land is enough", {"kreis": "DE8", "phenomena": ["RE"], "role": "relative"}),
    ("a Kreis without a centre falls back to its Land", {"kreis": "DEA11", "phenomena": ["RE"], "role": "exit"}),
    ("a Kreis of another country", {"kreis": "AT130", "phenomena": ["RE"], "role": "exit"}),
    ("only civil, where only the state is",
     {"kreis": "DEA11", "phenomena": ["LE"], "role": "exit", "only_civil": True}),
    ("only civil drops a mixed carrier, too",
     {"kreis": "DE80M", "phenomena": ["LE"], "role": "exit", "only_civil": True}),
    ("only civil, where both are", {"kreis": "DE71", "phenomena": ["RE"], "role": "exit", "only_civil": True}),
    ("one carrier excluded", {"kreis": "DE80M", "phenomena": ["RE"], "role": "exit", "not_carriers": ["cjd"]}),
    ("an excluded carrier is in no list, not even to choose",
     {"kreis": "DEA11", "phenomena": ["LE"], "role": "exit", "only_civil": True, "not_carriers": ["ministry"]}),
    ("everybody excluded", {"kreis": "DE80M", "phenomena": ["RE"], "role": "exit",
                            "not_carriers": ["cjd", "raa", "council", "members"]}),
    ("the centre is closed, its deputy stands in",
     {"kreis": "DE80M", "phenomena": ["RE"], "role": "relative", "closed": ["centre-west"]}),
    ("both centres are closed", {"kreis": "DE80M", "phenomena": ["RE"], "role": "relative",
                                 "closed": ["centre-west", "centre-east"]}),
    ("a chain of deputies that ends at another carrier kind",
     {"kreis": "DEA11", "phenomena": ["RE"], "role": "exit", "closed": ["state-right", "state-left"]}),
    ("a deputy of an excluded carrier does not stand in",
     {"kreis": "DE80M", "phenomena": ["RE"], "role": "relative", "closed": ["centre-west"], "not_carriers": ["cjd"]}),
    ("closed and only civil", {"kreis": "DEA11", "phenomena": ["RE"], "role": "exit", "only_civil": True,
                               "closed": ["civil-everywhere", "state-right"]}),
    ("two topics: who covers both comes first", {"kreis": "DE80M", "phenomena": ["RE", "VD"], "role": "exit"}),
    ("three topics, one without anybody", {"kreis": "DE80M", "phenomena": ["LE", "RE", "AB"], "role": "exit"}),
    ("the same topic twice counts once", {"kreis": "DE80M", "phenomena": ["RE", "RE"], "role": "exit"}),
    ("topics in another order", {"kreis": "DE80M", "phenomena": ["VD", "RE"], "role": "exit"}),
    ("topic and unknown", {"kreis": "DE804", "phenomena": ["IS", "unknown"], "role": "professional"}),
    ("nobody at all: assigned access is never offered", {"kreis": "DE11", "phenomena": ["RB"], "role": "exit"}),
    ("victims of violence get signposts only", {"kreis": "DE80M", "phenomena": ["RE"], "role": "violence"}),
    ("victims of violence, signpost of the Land first", {"kreis": "DEA11", "phenomena": [], "role": "violence"}),
    ("signposts of a Land are shown when no place is given", {"kreis": None, "phenomena": ["IS"], "role": "relative"}),
    ("a role that does not exist", {"kreis": None, "phenomena": ["IS"], "role": "journalist"}),
    ("a topic that does not exist", {"kreis": None, "phenomena": ["XX"], "role": "exit"}),
]  # fmt: skip

DEFAULTS: dict[str, Any] = {"only_civil": False, "not_carriers": [], "closed": []}


def table() -> Routing:
    """The compiled table of the small network."""
    return compile_table(OFFERS, LANDS, SIGNPOSTS)


def answer(routing: Routing, ask: dict[str, Any]) -> Found | str:
    """What looking up says, or the word for its refusal."""
    try:
        return look_up(routing, **ask)
    except KreisUnknown:
        return "kreis_unknown"
    except ValueError:
        return "value"


def vectors() -> dict[str, Any]:
    """The whole file as JSON values."""
    routing = table()
    cases: list[dict[str, Any]] = []
    for name, question in QUESTIONS:
        ask = DEFAULTS | question
        found = answer(routing, ask)
        outcome = {"error": found} if isinstance(found, str) else {"found": msgspec.to_builtins(found)}
        cases.append({"name": name, "ask": ask} | outcome)
    return {"routing": msgspec.to_builtins(routing), "cases": cases}


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
