"""The calendar in force: holidays and make-up workdays by chinesecalendar, under our own day overrides.

Kept in the process and read again when the rows changed; whether they did is asked at most every 5 seconds.
"""

import time
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from chinese_calendar import constants
from django.conf import settings

from civic.areas import queries as areas
from civic.lib import clock
from civic.worktime.days import DEFAULT_PERIODS, Calendar, Period
from civic.worktime.models import CalendarStamp, DayOverride, WorkHours

CHECK_EVERY_SECONDS: Final = 5.0
# The State Council publishes next year's days in November; asking for them earlier would only cry wolf.
PUBLISHED_BY_MONTH: Final = 12
KNOWN_YEARS: Final = frozenset(day.year for day in constants.holidays)

Marks = tuple[tuple[date, bool], ...]


class Overrides(NamedTuple):
    """The DayOverride and WorkHours rows at one stamp, by area (None: everywhere)."""

    stamp: UUID | None
    by_area: dict[int | None, dict[date, bool]]
    hours: dict[int | None, tuple[Period, ...]]
    of_areas: bool  # whether any area has days or hours of its own


class _Kept(NamedTuple):
    checked_at: float
    overrides: Overrides
    everywhere: Calendar


_kept: _Kept | None = None


def default() -> Calendar:
    """Returns the calendar that holds where no area has days of its own. One query every 5 seconds at
    most.
    """
    return _current().everywhere


def for_area(area_id: int) -> Calendar:
    """Returns the calendar of an area: its own days over those above it, over those of everywhere, and the
    nearest hours.

    Raises KeyError for an unknown area.
    """
    kept = _current()
    by_area, hours = kept.overrides.by_area, kept.overrides.hours
    if not kept.overrides.of_areas:
        return kept.everywhere
    path = [area.pk for area in areas.tree().lineage(area_id)]
    if not any(area in by_area or area in hours for area in path):
        return kept.everywhere
    marks: dict[date, bool] = {}
    for area in (None, *path):
        marks |= by_area.get(area, {})
    periods = next((hours[area] for area in (*reversed(path), None) if area in hours), DEFAULT_PERIODS)
    return _build(settings.TIME_ZONE, tuple(sorted(marks.items())), periods)


def forget() -> None:
    """Makes the next call read the database again: for tests, and for whoever has just edited a day."""
    global _kept
    _kept = None


def years_by_weekend_only(today: date | None = None) -> list[int]:
    """Returns the years in use (this one, from December also the next) whose holidays nobody has told.

    Deadlines in them follow weekends only. The operations page shows this list; adding DayOverride rows for a
    year, or a newer chinesecalendar, empties it.
    """
    day = today or clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    years = [day.year] + ([day.year + 1] if day.month >= PUBLISHED_BY_MONTH else [])
    ours = {marked.year for marked in _current().overrides.by_area.get(None, {})}
    return [year for year in years if year not in KNOWN_YEARS and year not in ours]


def _current() -> _Kept:
    global _kept
    kept = _kept
    instant = time.monotonic()
    if kept is not None and instant - kept.checked_at < CHECK_EVERY_SECONDS:
        return kept
    stamp = CalendarStamp.objects.values_list("stamp", flat=True).first()
    overrides = kept.overrides if kept is not None and kept.overrides.stamp == stamp else _read(stamp)
    marks = tuple(sorted(overrides.by_area.get(None, {}).items()))
    periods = overrides.hours.get(None, DEFAULT_PERIODS)
    _kept = kept = _Kept(instant, overrides, _build(settings.TIME_ZONE, marks, periods))
    return kept


def _read(stamp: UUID | None) -> Overrides:
    by_area: dict[int | None, dict[date, bool]] = {}
    for area_id, day, is_workday in DayOverride.objects.values_list("area_id", "day", "is_workday"):
        by_area.setdefault(area_id, {})[day] = is_workday
    hours: dict[int | None, tuple[Period, ...]] = {}
    for area_id, *four in WorkHours.objects.values_list(
        "area_id", "morning_from", "morning_until", "afternoon_from", "afternoon_until"
    ):
        hours[area_id] = ((four[0], four[1]), (four[2], four[3]))
    return Overrides(stamp, by_area, hours, of_areas=bool((by_area.keys() | hours.keys()) - {None}))


@lru_cache(maxsize=64)
def _build(zone: str, marks: Marks, periods: tuple[Period, ...]) -> Calendar:
    """Returns the calendar of the library with `marks` (day, is it worked) laid over it."""
    holidays, workdays = set(constants.holidays), set(constants.workdays)
    for day, is_workday in marks:
        (holidays if is_workday else workdays).discard(day)
        (workdays if is_workday else holidays).add(day)
    return Calendar(ZoneInfo(zone), holidays, workdays, periods)
