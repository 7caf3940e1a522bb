"""The store: the only room that remembers, and the only one that speaks SQL.

    base.py         what both databases have in common
    sqlite.py       SQLite (aiosqlite): one writing, one reading lane      batch.py  their group commit
    postgres.py     PostgreSQL (asyncpg)
    transaction.py  SQL about contacts and members, as a vocabulary of verbs on one open transaction
    alert_rows.py   more verbs: alerts, rotas, service phones
    appointment_rows.py  more verbs: contact appointments
    callback_rows.py  more verbs: callbacks
    case_rows.py    more verbs: cases, conflicts of interest, sheet templates
    outbox_rows.py  more verbs: what is to be said outside
    statistics_rows.py  more verbs: counters
    attachment_rows.py  more verbs: pictures and voice messages
    room_rows.py    more verbs: rooms of the messenger in which help-seekers write
    handover_rows.py  more verbs: hand-overs
    people_rows.py  more verbs: the people's log, second factors, recovery
    visit_rows.py   more verbs: field visits and check-ins
    ../migrations   numbered, applied at start

A unit of work is `async def unit(tx: Transaction)`: it may await the methods of `tx` and nothing else. `write` answers
only when what the unit did is durable; if it raises, nothing of it remains.
"""

from pathlib import Path

from intake.store.alert_rows import AlertRow, IncidentRow, PersonRow, PhoneRow, RotaRow
from intake.store.appointment_rows import AppointmentLogRow, AppointmentRow
from intake.store.attachment_rows import Attachment
from intake.store.base import Store
from intake.store.callback_rows import CallbackRow
from intake.store.case_rows import CaseRow, SheetRow, StepRow, TemplateRow
from intake.store.flow_rows import FlowRow
from intake.store.handover_rows import HandoverRow
from intake.store.outbox_rows import OutboxRow
from intake.store.people_rows import ColleagueRow, PasskeyRow, RecoveryRow, TotpRow
from intake.store.postgres import Postgres
from intake.store.room_rows import RoomRow
from intake.store.sqlite import Sqlite
from intake.store.transaction import (
    BOXES,
    Box,
    ContactRow,
    Cursor,
    Entry,
    Grant,
    MemberRow,
    Note,
    Transaction,
)
from intake.store.visit_rows import RoutineRow, VisitLogRow, VisitRow


def open_store(database: str, folder: Path) -> Store:
    """`database`: "sqlite" (a file in `folder`) or a postgresql:// address."""
    if database == "sqlite":
        return Sqlite(folder / "erstkontakt.sqlite")
    return Postgres(database)


__all__ = [
    "BOXES",
    "AlertRow",
    "AppointmentLogRow",
    "AppointmentRow",
    "Attachment",
    "Box",
    "CallbackRow",
    "CaseRow",
    "ColleagueRow",
    "ContactRow",
    "Cursor",
    "Entry",
    "FlowRow",
    "Grant",
    "HandoverRow",
    "IncidentRow",
    "MemberRow",
    "Note",
    "OutboxRow",
    "PasskeyRow",
    "PersonRow",
    "PhoneRow",
    "Postgres",
    "RecoveryRow",
    "RoomRow",
    "RotaRow",
    "RoutineRow",
    "SheetRow",
    "Sqlite",
    "StepRow",
    "Store",
    "TemplateRow",
    "TotpRow",
    "Transaction",
    "VisitLogRow",
    "VisitRow",
    "open_store",
]
