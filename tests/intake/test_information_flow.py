"""Who may be told what: the default is nothing, and § 138 StGB needs two people."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from intake.desk import Desk
from intake.errors import FlowRefused, FlowRulesFaulty, NoContact, NotInThisState
from intake.information_flow import BODIES, INFORMATION, Flow, FlowState, Takes, decide, propose, read_rules
from intake.store import Store
from intake.team_desk import Who
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings

TABLE = (resources.files("config") / "information_flow.toml").read_text("utf-8")
RULES = read_rules(TABLE)
WAITING = Flow("danger", "police", Takes.TWO_PEOPLE, FlowState.WAITING, "mira", 100)


def test_what_the_table_does_not_name_may_go_nowhere() -> None:
    for information in INFORMATION:
        for body in BODIES:
            if (information, body) not in RULES:
                with pytest.raises(FlowRefused) as refused:
                    propose(RULES, information, body, proof=Takes.RELEASE, by="mira", now=1)
                assert refused.value.details == {"takes": None}
    assert ("content", "intelligence") not in RULES
    assert ("contact_data", "intelligence") not in RULES


@pytest.mark.parametrize(
    ("information", "body", "proof", "state"),
    [
        ("anonymised", "team", None, FlowState.DONE),
        ("attendance", "court", Takes.CONSENT, FlowState.DONE),
        ("attendance", "court", Takes.RELEASE, FlowState.DONE),
        ("attendance", "court", None, None),
        ("content", "police", Takes.CONSENT, None),
        ("content", "police", Takes.RELEASE, FlowState.DONE),
        ("danger", "police", None, FlowState.WAITING),
    ],
)
def test_the_table_asks_for_its_proof(
    information: str, body: str, proof: Takes | None, state: FlowState | None
) -> None:
    if state is None:
        with pytest.raises(FlowRefused):
            propose(RULES, information, body, proof=proof, by="mira", now=1)
    else:
        assert propose(RULES, information, body, proof=proof, by="mira", now=1).state is state


def test_a_second_person_decides_once() -> None:
    with pytest.raises(FlowRefused):
        decide(WAITING, confirm=True, by="mira", now=101)
    done = decide(WAITING, confirm=True, by="jonas", now=101)
    assert (done.state, done.second, done.second_at) == (FlowState.DONE, "jonas", 101)
    assert decide(WAITING, confirm=False, by="jonas", now=101).state is FlowState.DECLINED
    with pytest.raises(NotInThisState):
        decide(done, confirm=True, by="lena", now=102)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("[content", "nicht lesen"),
        ('[gossip]\nteam = "free"', "„gossip“ ist keine Art von Information"),
        ("content = 1", "„content“ ist keine Art von Information"),
        ('[content]\npress = "free"', "„press“ ist keine Art von Stelle"),
        ('[content]\nteam = "maybe"', "„maybe“ kennen wir nicht"),
        ('[danger]\npolice = "free"', "immer zwei Menschen"),
    ],
)
def test_a_table_that_is_not_understood_stops_the_service(table: str, fault: str) -> None:
    with pytest.raises(FlowRulesFaulty, match=fault):
        read_rules(table)


# -------------------------------------------------------------------------------------------------------- desk


async def test_an_announced_crime_is_decided_by_two(store: Store, tmp_path: Path) -> None:
    network, clock = SmallNetwork(), Clock()
    desk = Desk(store, network, settings(tmp_path), clock)
    mira, jonas = Advisor("mira", ("hafen",)), Advisor("jonas", ("hafen",))
    await mira.enrol(store, network)
    await jonas.enrol(store, network)
    seeker = Seeker(network)
    await seeker.send(desk, seeker.contact())
    box = seeker.keys.id
    first, second = await mira.login(desk.team), await jonas.login(desk.team)
    note = mira.note(network, seeker, "Am 1. Dezember, Bahnhof. An die Polizei, Leitstelle.")
    sheet = await desk.flows.propose(first, box, "danger", "police", None, note)
    (row,) = sheet.rows
    assert (row.state, row.by, row.second) == ("waiting", "mira", None)
    with pytest.raises(FlowRefused):
        await desk.flows.decide(first, box, row.id, confirm=True)
    clock.pass_by(minutes=7)
    sheet = await desk.flows.decide(second, box, row.id, confirm=True)
    assert [(one.state, one.second, (one.second_at or 0) - one.at) for one in sheet.rows] == [("done", "jonas", 7)]
    assert sheet.names == {"mira": "Mira", "jonas": "Jonas"}
    opened = await desk.team.contact(first, box)
    assert [one.envelope for one in opened.notes] == [note]
    with pytest.raises(NotInThisState):
        await desk.flows.decide(second, box, row.id, confirm=False)
    with pytest.raises(NoContact):
        await desk.flows.decide(second, box, "0" * 16, confirm=True)
    foreign = Who("lena", "Lena", ("garten",))
    with pytest.raises(NoContact):
        await desk.flows.sheet(foreign, box)
    with pytest.raises(NoContact):
        await desk.flows.propose(foreign, box, "anonymised", "team", None, note)
    await desk.erase_mailbox(box, seeker.keys.token)
    assert await store.read(lambda tx: tx.flows(box)) == []


def test_a_network_may_have_a_table_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text('[anonymised]\nteam = "consent"\n', "utf-8")
    desk = Desk(None, SmallNetwork(), settings(tmp_path, information_flow=own), Clock())  # type: ignore[arg-type]
    assert desk.flows.rules == {("anonymised", "team"): Takes.CONSENT}
