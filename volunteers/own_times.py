"""The hours and days of one volunteer as they read them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import pgettext

from civic.lib import clock
from volunteers.hours import clock_words
from volunteers.models import DayOff, ExtraHours, Volunteer


@dataclass(frozen=True)
class Usual:
    """The same hours on some days of the week; `weekdays` as in ISO 8601."""

    weekdays: list[int]
    starts: int
    ends: int

    @property
    def days(self) -> str:
        """The days in words, neighbours drawn together: "Mon-Fri"."""
        runs: list[list[int]] = []
        for day in self.weekdays:
            if runs and runs[-1][-1] == day - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        told = []
        for run in runs:
            names = [str(WEEKDAYS_ABBR[day - 1]) for day in run]
            told.append(f"{names[0]}–{names[-1]}" if len(run) > 2 else _listed(names))
        return _listed(told)

    @property
    def hours(self) -> str:
        """From and until."""
        return f"{clock_words(self.starts)}–{clock_words(self.ends)}"


def _listed(names: list[str]) -> str:
    return pgettext("between the items of a list", ", ").join(names)


@dataclass(frozen=True)
class Times:
    """What somebody has said about their time, without days that have passed."""

    week: list[Usual]
    days_off: list[DayOff]
    extra: list[tuple[ExtraHours, str]]


def of(volunteer: Volunteer) -> Times:
    """Returns what `volunteer` has said; three queries."""
    grouped: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row in volunteer.hours.order_by("weekday", "starts"):
        grouped[row.starts, row.ends].append(row.weekday)
    today: date = timezone.localdate(clock.now())
    extra = volunteer.extra_hours.filter(day__gte=today).order_by("day", "starts")
    return Times(
        week=[Usual(days, *stretch) for stretch, days in sorted(grouped.items(), key=lambda each: each[1])],
        days_off=list(volunteer.days_off.filter(last__gte=today).order_by("first")),
        extra=[(row, f"{clock_words(row.starts)}–{clock_words(row.ends)}") for row in extra],
    )
