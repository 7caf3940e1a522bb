"""The store keeps what it acknowledged, forgets what it erased, and never does half of anything. On both databases."""

import asyncio
import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from intake.errors import StoreBroken, StoreBusy, StoreFull
from intake.store import BOXES, ContactRow, Cursor, Entry, Sqlite, Store, Transaction, base
from intake.store import sqlite as sqlite_module
from intake.store.base import migrations
from intake.store.postgres import numbered


def row(**more: Any) -> ContactRow:
    plain: dict[str, Any] = {
        "mailbox": os.urandom(16), "token_hash": b"t" * 32, "person_kid": b"k" * 8, "team": "hafen",
        "state": "received",
        "rank": 1, "channel": "web", "received": 500_000, "answer_by": 20_900, "erase_on": 20_930, "claimed_by": None,
        "claim_until": None, "ended": None, "reason": None, "waiting": 0, "unread": 1, "size": 4096, "entries": 1,
        "notes": 0, "revision": 1,
    }  # fmt: skip
    return ContactRow(**{**plain, **more})


async def keep(store: Store, contact: ContactRow, envelope: bytes = b"sealed") -> None:
    assert await store.write(lambda tx: tx.insert_contact(contact, envelope, 20_900))


async def test_what_was_written_is_read_again(store: Store) -> None:
    contact = row()
    await keep(store, contact, b"\x00envelope\xff")
    assert await store.read(lambda tx: tx.contact(contact.mailbox)) == contact
    assert await store.read(lambda tx: tx.entries(contact.mailbox)) == [Entry(1, "person", 20_900, b"\x00envelope\xff")]


async def test_the_same_mailbox_is_stored_once(store: Store) -> None:
    contact = row()
    await keep(store, contact)
    assert not await store.write(lambda tx: tx.insert_contact(contact, b"other", 20_900))
    assert len(await store.read(lambda tx: tx.entries(contact.mailbox))) == 1


async def test_a_unit_that_fails_leaves_nothing_and_its_neighbours_stay(store: Store) -> None:
    good, bad = [row() for _ in range(20)], [row() for _ in range(20)]

    async def failing(tx: Transaction, contact: ContactRow) -> None:
        await tx.insert_contact(contact, b"half", 1)
        raise LookupError

    def unit(contact: ContactRow) -> Any:
        return lambda tx: failing(tx, contact)

    outcomes = await asyncio.gather(
        *(keep(store, contact) for contact in good),
        *(store.write(unit(contact)) for contact in bad),
        return_exceptions=True,
    )
    assert outcomes[:20] == [None] * 20
    assert all(isinstance(outcome, LookupError) for outcome in outcomes[20:])
    for contact in bad:
        assert await store.read(lambda tx, mailbox=contact.mailbox: tx.contact(mailbox)) is None


async def test_of_two_changes_to_the_same_row_both_arrive(store: Store) -> None:
    """Compare-and-swap with another try: no update is lost on either database."""
    contact = row()
    await keep(store, contact)

    async def one_more(tx: Transaction) -> None:
        before = await tx.contact(contact.mailbox)
        assert before is not None
        await tx.update_contact(before, before._replace(unread=before.unread + 1))

    await asyncio.gather(*(store.write(one_more) for _ in range(4)))
    after = await store.read(lambda tx: tx.contact(contact.mailbox))
    assert after is not None
    assert (after.unread, after.revision) == (5, 5)


async def test_pages_go_through_a_box_without_gap_or_double(store: Store) -> None:
    contacts = [row(rank=number % 2, received=500_000 + number // 7) for number in range(60)]
    for contact in contacts:
        await keep(store, contact)
    seen: list[ContactRow] = []
    after: Cursor | None = None
    while page := await store.read(lambda tx, after=after: tx.page("new", "hafen", "mira", after, 17)):
        seen += page
        after = Cursor(page[-1].rank, page[-1].received, page[-1].mailbox)
    assert seen == sorted(contacts, key=lambda one: (one.rank, one.received, one.mailbox))


async def test_closed_contacts_come_newest_first(store: Store) -> None:
    contacts = [row(state="closed", ended=500_000 + number // 3) for number in range(20)]
    for contact in contacts:
        await keep(store, contact)
    first = await store.read(lambda tx: tx.page("closed", "hafen", "mira", None, 12))
    cursor = Cursor(0, first[-1].ended or 0, first[-1].mailbox)
    rest = await store.read(lambda tx: tx.page("closed", "hafen", "mira", cursor, 12))
    assert first + rest == sorted(contacts, key=lambda one: (one.ended or 0, one.mailbox), reverse=True)


async def test_boxes_hold_what_their_names_say(store: Store) -> None:
    kept = {
        "new": row(),
        "mine": row(state="claimed", claimed_by="mira"),
        "others": row(state="claimed", claimed_by="jonas"),
        "closed": row(state="forwarded", ended=1, claimed_by="mira"),
    }
    waiting = row(state="answered", claimed_by="mira", waiting=1)
    for contact in (*kept.values(), waiting, row(team="garten")):
        await keep(store, contact)
    for box in BOXES:
        found = {one.mailbox for one in await store.read(lambda tx, box=box: tx.page(box, "hafen", "mira", None, 50))}
        expected = {waiting.mailbox} if box == "waiting" else {kept[box].mailbox}
        assert found == expected | ({waiting.mailbox} if box == "mine" else set())
        assert await store.read(lambda tx, box=box: tx.count(box, "hafen", "mira", 100)) == len(found)


async def test_erased_rows_are_gone_and_the_mailbox_is_remembered_for_a_while(store: Store) -> None:
    contact = row()
    await keep(store, contact)
    await store.write(lambda tx: tx.erase_contact(contact.mailbox, 500_004))
    assert await store.read(lambda tx: tx.contact(contact.mailbox)) is None
    assert await store.read(lambda tx: tx.entries(contact.mailbox)) == []
    assert await store.read(lambda tx: tx.was_erased(contact.mailbox))
    await store.write(lambda tx: tx.sweep_erased(500_005))
    assert not await store.read(lambda tx: tx.was_erased(contact.mailbox))


async def test_a_store_that_is_opened_again_keeps_its_form_and_content(store: Store, tmp_path: Path) -> None:
    assert await store.read(lambda tx: tx.raw.rows("SELECT count(*) FROM migrations")) == [(len(migrations()),)]
    assert await store.check() == []


# ------------------------------------------------------------------------------------------------ SQLite alone


async def test_erased_bytes_are_in_no_file_any_more(tmp_path: Path) -> None:
    needle = os.urandom(4096)
    contact, other = row(), row()
    async with Sqlite(tmp_path / "one.sqlite") as store:
        await keep(store, contact, needle)
        await keep(store, other, os.urandom(4096))
        assert _on_disk(tmp_path, needle[:64])
        await store.write(lambda tx: tx.erase_contact(contact.mailbox, 1))
        # While the service still runs: in the file, the WAL and its index.
        assert not _on_disk(tmp_path, needle[:64])
        assert not _on_disk(tmp_path, needle[-64:])
        await store.write(lambda tx: tx.replace_entry(other.mailbox, 1, needle))
        await store.write(lambda tx: tx.replace_entry(other.mailbox, 1, b"sealed again"))
        assert not _on_disk(tmp_path, needle[:64])


def _on_disk(folder: Path, needle: bytes) -> bool:
    return any(needle in path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_nobody_else_on_the_machine_can_read_the_files(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:
        await keep(store, row())
        modes = _modes(tmp_path)
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_a_full_disk_refuses_whole_contacts_and_recovers(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:
        pages = (await store.read(lambda tx: tx.raw.rows("PRAGMA page_count")))[0][0]
        await store.write(lambda tx: tx.raw.rows(f"PRAGMA max_page_count={pages + 20}"))
        outcomes = await asyncio.gather(
            *(keep(store, row(), os.urandom(6000)) for _ in range(50)), return_exceptions=True
        )
        kept = sum(outcome is None for outcome in outcomes)
        assert {type(outcome) for outcome in outcomes if outcome is not None} == {StoreFull}
        assert 0 <= kept < 50
        counted = await store.read(
            lambda tx: tx.raw.rows("SELECT (SELECT count(*) FROM contacts), count(*) FROM entries")
        )
        assert counted == [(kept, kept)]
        await store.write(lambda tx: tx.raw.rows("PRAGMA max_page_count=1000000"))
        await keep(store, row(), os.urandom(6000))
        assert await store.check() == []


async def test_a_database_locked_for_a_moment_loses_nothing(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:
        other = sqlite3.connect(tmp_path / "one.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writes = [asyncio.create_task(keep(store, row())) for _ in range(10)]
        await asyncio.sleep(0.3)
        assert not any(write.done() for write in writes)
        other.execute("ROLLBACK")
        other.close()
        await asyncio.gather(*writes)


async def test_a_database_locked_for_long_says_so_and_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BUSY_MS", 50)
    async with Sqlite(tmp_path / "one.sqlite") as store:
        other = sqlite3.connect(tmp_path / "one.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(*(keep(store, row()) for _ in range(5)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {StoreBusy}
        other.execute("ROLLBACK")
        other.close()
        await keep(store, row())
        assert await store.read(lambda tx: tx.count("new", "hafen", "", 100)) == 1


async def test_too_many_waiting_units_are_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "MOST_WAITING", 10)
    async with Sqlite(tmp_path / "one.sqlite") as store:
        outcomes = await asyncio.gather(*(keep(store, row()) for _ in range(40)), return_exceptions=True)
        kept = sum(outcome is None for outcome in outcomes)
        assert {type(outcome) for outcome in outcomes if outcome is not None} == {StoreBusy}
        assert await store.read(lambda tx: tx.count("new", "hafen", "", 100)) == kept


async def test_a_damaged_file_is_named_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "one.sqlite"
    path.write_bytes(b"this is no database" * 500)
    with pytest.raises(StoreBroken):
        async with Sqlite(path):
            pass
    assert path.read_bytes().startswith(b"this is no database")


async def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:
        await store.write(lambda tx: tx.raw.run("INSERT INTO migrations (number, digest) VALUES (9999, 'future')"))
    with pytest.raises(StoreBroken, match="newer release"):
        async with Sqlite(tmp_path / "one.sqlite"):
            pass


async def test_a_unit_that_waits_for_something_else_is_a_mistake_and_is_said(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:

        async def sleepy(tx: Transaction) -> None:
            await tx.insert_contact(row(), b"x", 1)
            await asyncio.sleep(0)

        with pytest.raises(RuntimeError, match="may wait for its transaction only"):
            await store.write(sleepy)
        assert await store.read(lambda tx: tx.count("new", "hafen", "", 100)) == 0


async def test_readers_cannot_write(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:
        with pytest.raises(StoreBroken):
            await store.read(lambda tx: tx.insert_contact(row(), b"x", 1))


async def test_closing_finishes_what_was_accepted(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "one.sqlite") as store:
        writes = [asyncio.create_task(keep(store, row())) for _ in range(300)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    async with Sqlite(tmp_path / "one.sqlite") as again:
        rows = await again.read(lambda tx: tx.raw.rows("SELECT count(*) FROM contacts"))
    assert rows == [(300,)]


async def test_a_page_costs_the_same_in_a_box_of_ten_thousand(tmp_path: Path) -> None:
    """Every page and count is answered from an index in the order of the list: no sorting, no scan."""
    async with Sqlite(tmp_path / "one.sqlite") as store:
        for box in BOXES:
            for after in (None, Cursor(0, 5, b"m" * 16)):
                plans: list[str] = []
                await store.read(lambda tx, box=box, after=after, plans=plans: _explained(tx, box, after, plans))
                assert plans
                for plan in plans:
                    assert re.search(r"USING (COVERING )?INDEX contacts_", plan), (box, after, plans)
                    assert "TEMP B-TREE" not in plan, (box, after, plans)


async def _explained(tx: Transaction, box: Any, after: Cursor | None, plans: list[str]) -> None:
    class Explaining:
        scrub = False

        async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
            plans.extend(line[3] for line in await tx.raw.rows(f"EXPLAIN QUERY PLAN {sql}", *values))
            return []

        async def row(self, sql: str, *values: object) -> None:
            inner = [line[3] for line in await tx.raw.rows(f"EXPLAIN QUERY PLAN {sql}", *values)]
            plans.extend(line for line in inner if "contacts" in line)

        async def run(self, sql: str, *values: object) -> int:
            raise AssertionError

    explaining = Transaction(Explaining())
    await explaining.page(box, "hafen", "mira", after, 51)
    await explaining.count(box, "hafen", "mira", 100)


def test_question_marks_become_numbers_for_postgresql() -> None:
    assert numbered("SELECT a FROM b WHERE c = ? AND d IN (?, ?)") == "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3)"
