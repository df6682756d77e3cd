"""Stretches of local time within days: put together when kept, cut into days when asked about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from volunteers.models.hours import DAY_MINUTES

Stretch = tuple[int, int]  # minutes from midnight: from, until


class Piece(NamedTuple):
    """What a period takes of one local day, in minutes from midnight."""

    day: date
    starts: int
    ends: int


def pieces(begins: datetime, ends: datetime) -> list[Piece]:
    """Returns the parts of a period (aware, begins < ends) by local day; a part of a minute counts as a whole one."""
    start, end = timezone.localtime(begins), timezone.localtime(ends)
    found, day = [], start.date()
    while day <= end.date():
        first = _minute(start) if day == start.date() else 0
        last = _minute(end - timedelta(microseconds=1)) + 1 if day == end.date() else DAY_MINUTES
        if first < last and not (day == end.date() and end == _midnight(end)):
            found.append(Piece(day, first, last))
        day += timedelta(days=1)
    return found


def day_of(moment: datetime) -> tuple[datetime, datetime]:
    """Returns the local day of `moment` as (first moment, first moment of the next)."""
    start = _midnight(timezone.localtime(moment))
    return start, _midnight(start + timedelta(days=1, hours=12))


def week_of(moment: datetime) -> tuple[datetime, datetime]:
    """Returns the local week of `moment`, Monday to Monday."""
    local = timezone.localtime(moment)
    monday = _midnight(_midnight(local) - timedelta(days=local.weekday()) + timedelta(hours=12))
    return monday, _midnight(monday + timedelta(days=7, hours=12))


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Returns the same minutes as stretches in order, none of which touches another."""
    found: list[Stretch] = []
    for starts, ends in sorted(stretches):
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((starts, ends))
    return found


def without(stretches: Iterable[Stretch], taken: Stretch) -> list[Stretch]:
    """Returns the minutes of `stretches` that do not lie in `taken`."""
    cut = [
        part
        for starts, ends in stretches
        for part in ((starts, min(ends, taken[0])), (max(starts, taken[1]), ends))
    ]
    return joined(part for part in cut if part[0] < part[1])


def clock_words(minute: int) -> str:
    """Returns "08:30"; the end of the day is "24:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
