"""One Synapse for all, one gateway and fresh accounts for each test."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bots.matrix import Event, Everyone, Folder, MatrixClient, Pinned, Received, Trust, new_pickle_key, provision
from intake.delivery import DeliveryError
from tests.matrix.gateway import Gateway, healthy
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

_NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.matrix)


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    server = Homeserver(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def gateway(homeserver: Homeserver) -> AsyncIterator[Gateway]:
    gate = Gateway(homeserver.url)
    await gate.start()
    yield gate
    await gate.stop()


class Account:
    """An account of ours: provisioned once, and a client that can be crashed and started again."""

    def __init__(self, gateway: Gateway, homeserver: Homeserver, path: Path, trust: Trust) -> None:
        self.name = f"dienst{next(_NUMBERS)}"
        self.gateway, self.homeserver, self.trust = gateway, homeserver, trust
        self.path, self.key = path / self.name, new_pickle_key()
        self.got: list[Event] = []
        self.handle: Callable[[Event], None] = self.got.append
        self.wait_for_key_ms = 1_500
        self._task: asyncio.Task[None] | None = None

    async def provision(self) -> None:
        user = self.homeserver.register(self.name, "pw")
        self.folder = Folder(self.path, self.key)
        self.session = await provision(self.folder, homeserver=self.gateway.url, user=user, password="pw")
        self.user = self.session.user

    async def start(self) -> MatrixClient:
        folder = Folder(self.path, self.key)
        self.client = MatrixClient(folder, self.trust, wait_for_key_ms=self.wait_for_key_ms)
        await self.client.__aenter__()
        self._task = asyncio.create_task(self.client.run(self._handle))
        await self.until(lambda: self.client.last_sync is not None or (self._task is not None and self._task.done()))
        return self.client

    async def _handle(self, event: Event) -> None:
        self.handle(event)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(BaseException):
                await self._task
            self._task = None
            await self.client.__aexit__()

    @property
    def task(self) -> asyncio.Task[None]:
        assert self._task is not None
        return self._task

    def messages(self) -> list[Received]:
        return [event for event in self.got if isinstance(event, Received)]

    def texts(self) -> list[str]:
        return [event.text for event in self.messages()]

    async def until(self, true: Callable[[], object], seconds: float = 60) -> None:
        await until(true, seconds)

    async def room_with(self, phone: Phone) -> str:
        """An encrypted room in which the phone has arrived and both know each other's devices."""
        room = await self.client.open_room(phone.user)
        await phone.step(2)
        await self.until(lambda: self.client.devices(phone.user) and self.joined(room, phone.user))
        await phone.step()
        return room

    def joined(self, room: str, user: str) -> bool:
        known = self.client._nio.rooms.get(room)
        return known is not None and user in known.users and not known.users[user].invited


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < end, "waited too long"
        await asyncio.sleep(0.02)


@dataclass
class Talk:
    """An account and a phone in a room of theirs, shared by the tests of a module that leave it as it was."""

    account: Account
    phone: Phone
    room: str
    gateway: Gateway

    async def delivered(self, text: str, tries: int = 10) -> str:
        """As the outbox does it: repeat what is not permanent, with the same transaction."""
        return await delivered(self.account, self.room, self.phone, text, fresh(), tries)


def fresh() -> str:
    """A transaction id that was never used."""
    return f"zeile-{next(_NUMBERS)}"


async def delivered(account: Account, room: str, phone: Phone, text: str, transaction: str, tries: int = 10) -> str:
    for attempt in range(tries):
        try:
            return await account.client.send(room, phone.user, text, transaction)
        except DeliveryError as failed:
            if failed.permanent:
                raise
            await asyncio.sleep(0.02 * 2**attempt)
    raise AssertionError("not delivered")


@pytest.fixture(scope="module")
async def shared_talk(homeserver: Homeserver, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    folder = tmp_path_factory.mktemp("talk")
    gate = Gateway(homeserver.url)
    await gate.start()
    made = Account(gate, homeserver, folder, Everyone())
    await made.provision()
    await made.start()
    name = f"mira{next(_NUMBERS)}"
    phone = Phone(homeserver.url, homeserver.register(name, "pw"), folder / "phone", f"PHONE{name}")
    await phone.sign_in()
    yield Talk(made, phone, await made.room_with(phone), gate)
    await phone.close()
    await made.stop()
    await gate.stop()


@pytest.fixture
async def talk(shared_talk: Talk) -> AsyncIterator[Talk]:
    await shared_talk.phone.step()
    shared_talk.account.got.clear()
    shared_talk.phone.read.clear()
    shared_talk.phone.unreadable.clear()
    yield shared_talk
    shared_talk.gateway.rule = healthy
    shared_talk.account.handle = shared_talk.account.got.append


@pytest.fixture
async def account(gateway: Gateway, homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Account]:
    """For help-seekers: every device is believed."""
    made = Account(gateway, homeserver, tmp_path, Everyone())
    await made.provision()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def staff(gateway: Gateway, homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Account]:
    """For service phones: pinned devices only."""
    made = Account(gateway, homeserver, tmp_path, Pinned())
    await made.provision()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def new_phone(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    async def make(name: str = "", device: str = "") -> Phone:
        number = next(_NUMBERS)
        if not name:
            name = f"mira{number}"
            homeserver.register(name, "pw")
        phone = Phone(
            homeserver.url,
            f"@{name.strip('@').split(':')[0]}:lab.test",
            tmp_path / "phones",
            device or f"PHONE{number}",
        )
        phones.append(phone)
        await phone.sign_in()
        return phone

    yield make
    for phone in phones:
        await phone.close()
