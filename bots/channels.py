"""The channels of this installation, each opened with what it needs: "person" and "hotline" to help-seekers, all others
to service phones. Their libraries are loaded here and not before."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from intake.errors import ChannelUnusable

if TYPE_CHECKING:
    from aiohttp import web

    from config.settings import Settings
    from intake.desk import Desk
    from intake.outbox import Messenger

log = logging.getLogger("erstkontakt.channels")


@dataclass
class Channels:
    """Who speaks, and who must be kept running to listen on the channel, too. ``routes``: doors
    in the web that one of them needs."""

    messengers: dict[str, Messenger] = field(default_factory=dict)
    listeners: dict[str, Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=dict)
    routes: list[Callable[[web.UrlDispatcher], None]] = field(default_factory=list)


@asynccontextmanager
async def opened(settings: Settings, desk: Desk, wanted: Collection[str]) -> AsyncIterator[Channels]:
    """The channels named in ``wanted``, until the block ends.

    Raises ChannelUnusable: better no start than a channel that is silent.
    """
    channels = Channels()
    async with AsyncExitStack() as stack:
        for name in wanted:
            try:
                await OPENERS[name](settings, desk, channels, stack)
            except ModuleNotFoundError as missing:
                raise ChannelUnusable(
                    name, f"{missing.name} is not installed: pip install erstkontakt[{EXTRAS.get(name, name)}]"
                ) from None
        yield channels


async def _matrix(settings: Settings, desk: Desk, channels: Channels, stack: AsyncExitStack) -> None:
    from bots.matrix import Folder
    from bots.staff import StaffAccount

    if not settings.matrix_key:
        raise ChannelUnusable("matrix", "matrix_key_file is missing in the settings")
    folder = Folder(settings.staff_folder, settings.matrix_key)
    if folder.session() is None:
        raise ChannelUnusable("matrix", "the staff account is not signed in: erstkontakt matrix sign-in")
    staff = StaffAccount(folder, desk)
    channels.messengers["matrix"] = staff
    channels.listeners["matrix"] = staff.run


async def _person(settings: Settings, desk: Desk, channels: Channels, stack: AsyncExitStack) -> None:
    from bots.contact import ContactAccount
    from bots.matrix import Folder

    if not settings.matrix_key:
        raise ChannelUnusable("person", "matrix_key_file is missing in the settings")
    if settings.at_rest_key is None:
        raise ChannelUnusable("person", "at_rest_key_file is missing in the settings")
    folder = Folder(settings.contact_folder, settings.matrix_key)
    session = folder.session()
    if session is None or session.user != settings.contact_account:
        why = f"{settings.contact_account} is not signed in: erstkontakt matrix sign-in --account contact"
        raise ChannelUnusable("person", why)
    contact = ContactAccount(folder, desk)
    channels.messengers["person"] = contact
    channels.listeners["person"] = contact.run


async def _push(settings: Settings, desk: Desk, channels: Channels, stack: AsyncExitStack) -> None:
    from bots.push import Push

    if settings.push_key is None:
        raise ChannelUnusable("push", "push_key_file is missing in the settings")
    push = Push(settings.push_key, settings.public_url, desk.phones.push_ended, desk.clock)
    stack.push_async_callback(push.close)
    channels.messengers["push"] = push


async def _sms(settings: Settings, desk: Desk, channels: Channels, stack: AsyncExitStack) -> None:
    from bots.sms import Account, SevenSms

    if not settings.sms_key:
        raise ChannelUnusable("sms", "sms_key_file is missing in the settings")
    sms = SevenSms(Account(settings.sms_gateway, settings.sms_key, settings.sms_sender), desk.alerts.accepted)
    stack.push_async_callback(sms.close)
    channels.messengers["sms"] = sms


async def _hotline(settings: Settings, desk: Desk, channels: Channels, stack: AsyncExitStack) -> None:
    from bots.hotline.connecting import Callbacks
    from bots.hotline.opening import open_hotline
    from bots.hotline.webhook import Webhook

    hotline = open_hotline(settings, desk)
    channels.listeners["hotline"] = hotline.run
    if hotline.exchange.places:
        desk.callbacks.connector = Callbacks(hotline.exchange)
    if isinstance(hotline.exchange, Webhook):
        channels.routes.append(hotline.exchange.add_routes)
    if "voice" in settings.channels:
        from bots.hotline.voice import Voice

        if not hotline.exchange.places:
            raise ChannelUnusable("voice", "this provider calls nobody for us")
        channels.messengers["voice"] = Voice(hotline.exchange, desk)


async def _voice(settings: Settings, desk: Desk, channels: Channels, stack: AsyncExitStack) -> None:
    if not settings.hotline:
        raise ChannelUnusable("voice", "this installation has no telephone door (hotline is not set)")


def reports(settings: Settings, desk: Desk) -> dict[str, Callable[[bytes], Awaitable[bool]]]:
    """Doors of the web, by path, at which providers tell what became of messages; the sender may run elsewhere."""
    if "sms" not in settings.channels:
        return {}
    if not settings.sms_key:
        log.warning("sms: without sms_key_file there is no door for the provider's reports here")
        return {}
    from bots.sms import SevenReports

    async def undelivered(receipt: str) -> None:
        await desk.alerts.undelivered("sms", receipt)

    seven = SevenReports(settings.sms_key, undelivered)
    log.info("sms: the provider may report (webhook for status reports) to %s%s", settings.public_url, seven.path)
    return {seven.path: seven.hear}


EXTRAS = {"person": "matrix"}
OPENERS = {"hotline": _hotline, "matrix": _matrix, "person": _person, "push": _push, "sms": _sms, "voice": _voice}
