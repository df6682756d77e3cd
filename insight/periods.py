"""Periods as people choose them: from a day until a day, both included, and their division into steps of a trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from civic.lib import clock

LONGEST = timedelta(days=3 * 366)
BY_DAY, BY_WEEK = timedelta(days=14), timedelta(days=92)  # longer ones are divided into weeks, into months
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Whole local days, `until` included."""

    since: date
    until: date

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return timezone.make_aware(datetime.combine(self.since, time()))

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return timezone.make_aware(datetime.combine(self.until + DAY, time()))

    @property
    def label(self) -> str:
        """In words: a day, a month, or from and until."""
        if self.since == self.until:
            return _words(self.since)
        if self.since.day == 1 and self.until == _month_end(self.since):
            return date_format(self.since, pgettext("date format", "M Y"))
        return f"{_words(self.since)} – {_words(self.until)}"

    def steps(self) -> list[Period]:
        """Returns the period in days, weeks (from Monday) or months, in order; together they are the whole."""
        found, first = [], self.since
        while first <= self.until:
            last = min(self._last_of_step(first), self.until)
            found.append(Period(first, last))
            first = last + DAY
        return found

    def _last_of_step(self, first: date) -> date:
        length = self.until - self.since + DAY
        if length <= BY_DAY:
            return first
        return first + timedelta(days=6 - first.weekday()) if length <= BY_WEEK else _month_end(first)


def presets() -> list[tuple[str, Period]]:
    """Returns the periods that are one press away; the first is shown when none is chosen."""
    today = timezone.localdate(clock.now())
    month = today.replace(day=1)
    last = (month - DAY).replace(day=1)
    return [
        (_("Last 90 days"), Period(today - timedelta(days=89), today)),
        (_("This month"), Period(month, today)),
        (_("Last month"), Period(last, month - DAY)),
        (_("Last 12 months"), Period(today - timedelta(days=364), today)),
    ]


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY


def _words(day: date) -> str:
    this_year = day.year == timezone.localdate(clock.now()).year
    return date_format(day, pgettext("date format", "j M") if this_year else pgettext("date format", "j M Y"))
