"""Information flows as use cases: what is allowed, what was told, and the second person's decision.

Reached as `desk.flows`. A contact of a foreign team is answered like one that does not exist.
"""

import secrets
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from intake.errors import NoContact
from intake.information_flow import Flow, FlowState, Rules, Takes, decide, propose, read_rules
from intake.store import FlowRow, Transaction
from intake.team_desk import Who, mine

if TYPE_CHECKING:
    from intake.desk import Desk


@dataclass(frozen=True, slots=True)
class FlowSheet:
    """The table of this network, and the log of one contact. `names`: member id -> name."""

    rules: Rules
    rows: tuple[FlowRow, ...]
    names: dict[str, str]


class FlowDesk:
    """Use cases."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        own = desk.settings.information_flow
        default = resources.files("config") / "information_flow.toml"
        self.rules = read_rules((own or default).read_text("utf-8"))

    async def sheet(self, who: Who, mailbox: bytes) -> FlowSheet:
        """Raises NoContact."""
        return await self._desk.store.read(lambda tx: self._sheet(tx, who, mailbox))

    async def propose(
        self, who: Who, mailbox: bytes, information: str, body: str, proof: Takes | None, note: bytes
    ) -> FlowSheet:
        """Logs a flow, or its proposal; `note` is the sealed note of the team on what, to whom and why.

        Raises NoContact, FlowRefused, and what `desk.team.note` raises.
        """
        now = self._minute()
        flow = propose(self.rules, information, body, proof=proof, by=who.member, now=now)
        await self._desk.team.note(who, mailbox, note)  # first: a log entry without its reason would help nobody
        row = _row(secrets.token_hex(8), mailbox, flow)

        async def unit(tx: Transaction) -> FlowSheet:
            await mine(tx, who, mailbox)
            await tx.put_flow(row)
            return await self._sheet(tx, who, mailbox)

        return await self._desk.store.write(unit)

    async def decide(self, who: Who, mailbox: bytes, id: str, *, confirm: bool) -> FlowSheet:
        """The second person's word. Raises NoContact, NotInThisState, FlowRefused."""
        now = self._minute()

        async def unit(tx: Transaction) -> FlowSheet:
            await mine(tx, who, mailbox)
            row = await tx.flow(id)
            if row is None or row.mailbox != mailbox:
                raise NoContact
            after = decide(_flow(row), confirm=confirm, by=who.member, now=now)
            await tx.decide_flow(_row(id, mailbox, after))
            return await self._sheet(tx, who, mailbox)

        return await self._desk.store.write(unit)

    async def _sheet(self, tx: Transaction, who: Who, mailbox: bytes) -> FlowSheet:
        await mine(tx, who, mailbox)
        rows = tuple(await tx.flows(mailbox))
        people = {one for row in rows for one in (row.by, row.second) if one}
        return FlowSheet(self.rules, rows, await tx.names(people))

    def _minute(self) -> int:
        return int(self._desk.clock().timestamp()) // 60


def _row(id: str, mailbox: bytes, flow: Flow) -> FlowRow:
    return FlowRow(
        id, mailbox, flow.information, flow.body, flow.takes.value, flow.state.value, flow.by, flow.at, flow.second,
        flow.second_at,
    )  # fmt: skip


def _flow(row: FlowRow) -> Flow:
    return Flow(
        row.information, row.body, Takes(row.takes), FlowState(row.state), row.by, row.at, row.second, row.second_at
    )
