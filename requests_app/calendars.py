"""Calendars as programs fetch them. Rule: RFC 5545 (iCalendar), RFC 7986 (name, refresh interval)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from requests_app.queries.volunteer_feed import CANCELLED, Entry

ASK_AGAIN: Final = timedelta(hours=1)


def drawn(entries: Iterable[Entry], *, name: str, link: Callable[[int], str]) -> bytes:
    """Returns the calendar `name`, the same bytes for the same entries; `link` gives the address of a request's page.

    Times are local with their time zone described, so that no program has to know it.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//civic//volunteer calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add_component(_zone(settings.TIME_ZONE))
    for entry in entries:
        calendar.add_component(_event(entry, link(entry.request_id)))
    return calendar.to_ical()


@cache
def _zone(name: str) -> Timezone:
    return Timezone.from_tzid(name)


def _event(entry: Entry, url: str) -> Event:
    event = Event()
    event.add("uid", f"assignment-{entry.assignment_id}.{settings.CASE_CODE_PREFIX.lower()}@civic")
    event.add("dtstamp", _utc(entry.changed_at))
    event.add("last-modified", _utc(entry.changed_at))
    event.add("sequence", entry.sequence)
    event.add("dtstart", timezone.localtime(entry.starts).replace(microsecond=0))
    event.add("dtend", timezone.localtime(entry.ends).replace(microsecond=0))
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT" if entry.status == CANCELLED else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("summary", entry.summary)
    event.add("location", entry.place)
    event.add("url", url)
    event.add("description", _("Address, phone and check-in are on the task's page: %(url)s") % {"url": url})
    return event


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
