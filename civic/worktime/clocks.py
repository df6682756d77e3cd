"""The four clocks that deadlines run on.

Each measures time in its own way: urgent hours always run, work hours run in the hours of work days, work
days run from midnight to midnight of work days, calendar days from midnight to midnight of all. So one work
day from Friday 10:30 ends on Monday 10:30, and one from any time on Saturday ends with Monday. Source:
DOMAIN.md section 7; that a day runs on from the hour it began, not to the end of the last day as Civil Code
art. 203 would permit, is our choice: it is never later, can be halved and paused exactly, and gives no work
away at 17:59.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from civic.worktime import calendar as calendars
from civic.worktime.days import DAY, MICROSECOND, Calendar

Amount = int | float | timedelta


class Clock(TextChoices):
    """How the time of a limit is counted."""

    URGENT_HOURS = "urgent_hours", _("hours, day and night")
    WORK_HOURS = "work_hours", _("work hours")
    WORK_DAYS = "work_days", _("work days")
    CALENDAR_DAYS = "calendar_days", _("calendar days")


_HOUR: Final = DAY // 24
_UNIT: Final = {
    Clock.URGENT_HOURS: _HOUR,
    Clock.WORK_HOURS: _HOUR,
    Clock.WORK_DAYS: DAY,
    Clock.CALENDAR_DAYS: DAY,
}


def add(start: datetime, clock: Clock, amount: Amount, *, calendar: Calendar | None = None) -> datetime:
    """Returns the moment (UTC) at which `clock` has run `amount` from `start` (aware).

    `amount` is in hours or days as the clock counts, or a timedelta of clock time; negative runs backwards.
    Where the clock stands still (lunch, night, weekend) a deadline falls on the moment it stopped, and zero
    is `start`. Raises ValueError beyond the years 2000-2100, for NaN and for infinity.
    """
    run = _microseconds(clock, amount)
    if run == 0:
        return start.astimezone(UTC)
    try:
        if clock == Clock.URGENT_HOURS:
            return start.astimezone(UTC) + timedelta(microseconds=run)
        days = calendar or calendars.default()
        if clock == Clock.CALENDAR_DAYS:
            return days.moment(days.local(start) + timedelta(microseconds=run))
        if clock == Clock.WORK_HOURS:
            return days.worked_at(days.worked_until(start) + run, earliest=run > 0)
        return days.days_at(days.days_until(start) + run, earliest=run > 0)
    except OverflowError as error:
        raise ValueError("this deadline lies beyond any calendar") from error


def between(start: datetime, end: datetime, clock: Clock, *, calendar: Calendar | None = None) -> timedelta:
    """Returns how long `clock` ran from `start` to `end` (negative when `end` is earlier).

    On a clock of days one day is timedelta(days=1). Raises ValueError beyond the years 2000-2100.
    """
    if clock == Clock.URGENT_HOURS:
        return end - start
    days = calendar or calendars.default()
    if clock == Clock.CALENDAR_DAYS:
        return days.local(end) - days.local(start)
    if clock == Clock.WORK_HOURS:
        return timedelta(microseconds=days.worked_until(end) - days.worked_until(start))
    return timedelta(microseconds=days.days_until(end) - days.days_until(start))


def in_units(clock: Clock, run: timedelta) -> float:
    """Returns clock time as the number of hours or days that `clock` counts in."""
    return run // MICROSECOND / _UNIT[clock]


def _microseconds(clock: Clock, amount: Amount) -> int:
    if isinstance(amount, timedelta):
        return amount // MICROSECOND
    try:
        return round(amount * _UNIT[clock])
    except OverflowError as error:
        raise ValueError("a limit must be a finite number") from error
