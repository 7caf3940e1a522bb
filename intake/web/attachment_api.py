"""Attachments in the words of the API: listed beside the letters, fetched one by one."""

from typing import Any

import msgspec
from aiohttp import web

from intake.errors import NoAttachment, NoContact, SessionEnded, StoreBusy, StoreFull
from intake.team_desk import Who
from intake.web.keys import DESK
from intake.web.operations import Operation, register
from intake.web.team_api import ask_session, mailbox_of, signed_in


class AttachmentEnvelopeAnswer(msgspec.Struct):
    """A sealed picture or voice message."""

    envelope: bytes


async def attachment(request: web.Request, who: Who, _: Any) -> AttachmentEnvelopeAnswer:
    number = int(request.match_info["number"])
    return AttachmentEnvelopeAnswer(await request.app[DESK].attachments.fetch(who, mailbox_of(request), number))


OPERATIONS = (
    Operation(
        "GET",
        "/api/team/contacts/{mailbox:[0-9a-f]{32}}/attachments/{number:[0-9]{1,3}}",
        "A sealed picture or voice message that came with a contact.",
        signed_in(attachment),
        AttachmentEnvelopeAnswer,
        errors=(NoContact, NoAttachment, SessionEnded, StoreBusy, StoreFull),
        guard=ask_session,
    ),
)


def setup(app: web.Application) -> None:
    """Adds the address."""
    register(app, OPERATIONS)
