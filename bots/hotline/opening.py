"""The telephone door of this installation: who carries the calls, the recordings, and the door itself."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bots.hotline.door import Door
from bots.hotline.house import DeskHouse
from bots.hotline.line import Exchange
from bots.hotline.prompts import NoVoice, Recordings
from bots.hotline.sentences import LANGUAGES, spoken
from intake.errors import ChannelUnusable

if TYPE_CHECKING:
    from config.settings import Settings
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.hotline")

MAKE_AGAIN = 3600.0  # seconds between two looks for new teams


@dataclass(frozen=True)
class Hotline:
    """The opened door. ``run`` until cancelled; ``exchange`` is an intake.telephony.Telephone."""

    door: Door
    exchange: Exchange
    recordings: Recordings

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.door.run())
            tasks.create_task(self._keep_recordings())
            tasks.create_task(self._tell())

    async def _tell(self) -> None:
        await self.exchange.ready()
        log.info("hotline: open, calls at once: %d", self.exchange.lines)

    async def _keep_recordings(self) -> None:
        """Makes what is missing, now and when a new directory names new teams."""
        while True:
            guide = self.door.house.guide()
            for language in LANGUAGES:
                try:
                    made = await self.recordings.make(language, spoken(language, guide.directory, guide.regions))
                    if made:
                        log.info("hotline: %d recordings in %r were made", made, language)
                except NoVoice as error:
                    log.error("hotline: %s; what is not recorded stays silent", error)
            await asyncio.sleep(MAKE_AGAIN)


def open_hotline(settings: Settings, desk: Desk) -> Hotline:
    """Raises ChannelUnusable."""
    recordings = Recordings(settings.hotline_folder / "sound", settings.hotline_recordings)
    exchange = CARRIERS[settings.hotline](settings, recordings)
    door = Door(exchange, DeskHouse(desk, settings.hotline_numbers, settings.hotline_watchdogs), desk.clock)
    return Hotline(door, exchange, recordings)


def _baresip(settings: Settings, recordings: Recordings) -> Exchange:
    from bots.hotline.baresip import Account, Baresip, Plan

    if not settings.hotline_accounts:
        raise ChannelUnusable("hotline", "hotline_accounts_file is missing in the settings")
    address, _, port = settings.hotline_address.rpartition(":")
    plan = Plan(
        settings.hotline_folder / "lines",
        tuple(map(Account.read, settings.hotline_accounts)),
        address,
        int(port),
        settings.hotline_gateway,
        settings.hotline_hide,
    )
    return Baresip(plan, recordings)


def _asterisk(settings: Settings, recordings: Recordings) -> Exchange:
    from bots.hotline.asterisk import Asterisk, Plan

    if not settings.hotline_ari_key or not settings.hotline_numbers:
        raise ChannelUnusable("hotline", "asterisk needs hotline_ari_key_file and hotline_numbers in the settings")
    user, _, password = settings.hotline_ari_key.partition(":")
    url, own = settings.hotline_ari_url.rstrip("/"), settings.hotline_numbers[0]
    return Asterisk(Plan(url, user, password, settings.hotline_trunk, own, settings.hotline_lines), recordings)


def _sipgate(settings: Settings, recordings: Recordings) -> Exchange:
    from bots.hotline.webhook import Plan, Webhook

    if not settings.hotline_webhook_key:
        raise ChannelUnusable("hotline", "sipgate needs hotline_webhook_key_file in the settings")
    plan = Plan(settings.public_url, settings.hotline_webhook_key, settings.hotline_lines)
    log.info("hotline: the provider asks (webhook for incoming calls) at %s%s", plan.url, plan.path)
    return Webhook(plan, recordings)


CARRIERS = {"baresip": _baresip, "asterisk": _asterisk, "sipgate": _sipgate}
