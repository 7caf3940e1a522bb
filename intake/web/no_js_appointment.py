"""The planned contact without JavaScript: what is said about it, the person's steps, and a calendar file if wanted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from intake.appointments import Phase
from intake.callbacks import Window
from intake.errors import AppointmentRefused, Malformed
from intake.sealing import Opened
from intake.web import forms, wording
from intake.web.keys import DESK
from intake.web.no_js_call import time_names
from intake.web.site import SITE, language


async def step(request: web.Request, form: forms.Form, do: str, opened: Opened) -> None:
    """The person's step in the plan of contact."""
    desk = request.app[DESK].appointments
    try:
        number = int(form.one("number")[:7] or "0")
        at = datetime.strptime(form.one("at")[:17] or "2000-01-01T00:00Z", "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("no number, or no time") from None
    match do:
        case "ap_wish":
            await opened.with_key(lambda mailbox, token: desk.wish(mailbox, token, number, at))
        case "ap_skip":
            await opened.with_key(lambda mailbox, token: desk.skip(mailbox, token, number))
        case _:
            await opened.with_key(lambda mailbox, token: desk.pace(mailbox, token, more=do == "ap_more"))


def calendar_file(request: web.Request, opened: Opened) -> web.Response:
    """The time alone, under a word that says nothing; whoever asks for it keeps it on the own device."""
    view = opened.answer.appointment
    if view is None or view.plan.at is None:
        raise AppointmentRefused(why="state")
    start = f"{view.plan.at:%Y%m%dT%H%M%SZ}"
    title = wording.appointment_says(request.app[SITE].languages.catalogue(language(request)).gettext)["title"]
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//-//-//DE", "BEGIN:VEVENT", f"UID:{secrets.token_hex(16)}",
        f"DTSTAMP:{start}", f"DTSTART:{start}", "DURATION:PT1H", f"SUMMARY:{title}", "CLASS:PRIVATE", "END:VEVENT",
        "END:VCALENDAR", "",
    )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="termin.ics"', "Cache-Control": "no-store"}
    return web.Response(text="\r\n".join(lines), content_type="text/calendar", headers=headers)


def told(request: web.Request, opened: Opened) -> dict[str, Any] | None:
    """What is said about the next contact."""
    view = opened.answer.appointment
    if view is None:
        return None
    says = wording.appointment_says(request.app[SITE].languages.catalogue(language(request)).gettext)
    length = timedelta(minutes=view.plan.minutes)

    def named(times: Sequence[datetime]) -> list[str]:
        return time_names(request, tuple(Window(at, at + length) for at in times))

    coming, standing = named(view.coming), view.plan.at is not None and view.plan.phase is not Phase.OPEN
    first = says["none"] if not coming else says["next" if standing else "was"].replace("{when}", coming[0])
    days = view.interval
    often = says["needed"] if days is None else says["daily" if days == 1 else "every"].replace("{n}", str(days))
    lines = [first, *opened.place]
    if view.plan.wish is not None:
        lines.append(says["wish"].replace("{when}", named([view.plan.wish])[0]))
    if coming[1:]:
        lines.append(says["after"].replace("{days}", " · ".join(coming[1:])))
    choices = [(f"{at:%Y-%m-%dT%H:%MZ}", name) for at, name in zip(view.choices, named(view.choices), strict=True)]
    return {
        "lines": [*lines, often],
        "standing": standing,
        "number": view.plan.number,
        "choices": choices if standing else [],
        "rarer": days is not None,
    }
