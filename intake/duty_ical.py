"""The duties of one person as an iCalendar feed (RFC 5545) for the calendar of a phone.

Content-free: the word "Dienst" and times, nothing of the team, the place or anybody contacted, because such calendars
synchronise to clouds. Whoever knows the secret address sees this and no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from intake.duty import OUTLOOK, Place, Reason, Rota, Stretch

_BACK = timedelta(days=7)
_TITLE = {Place.FIRST: "Dienst", Place.SECOND: "Dienst (Zweite)"}


def feed(rota: Rota, person: str, now: datetime, feed_id: UUID) -> bytes:
    """The feed from a week ago to eight weeks ahead. ``feed_id``: random, kept with the secret address, not secret.

    The UID of an event is the same in every download as long as the occurrence belongs to this person, so calendars
    move events instead of doubling them. Times are in UTC: no VTIMEZONE to misread on the two DST nights.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Erstkontakt//Dienst//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Dienst")
    calendar.add("x-wr-calname", "Dienst")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for stretch in rota.duties_of(person, now - _BACK, now + OUTLOOK):
        calendar.add_component(_event(rota, stretch, now, feed_id))
    return bytes(calendar.to_ical())


def _event(rota: Rota, stretch: Stretch, now: datetime, feed_id: UUID) -> Event:
    title = _TITLE[stretch.place]
    if stretch.reason is Reason.SUBSTITUTE:
        title += ", Vertretung"
    event = Event()
    event.add("uid", f"{uuid5(feed_id, f'{rota.team}/{stretch.shift}/{stretch.start.isoformat()}')}@dienst")
    event.add("dtstamp", now)
    event.add("dtstart", stretch.start)
    event.add("dtend", stretch.end)
    event.add("summary", title)
    event.add("class", "PRIVATE")
    return event
