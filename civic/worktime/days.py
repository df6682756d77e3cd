"""The work calendar as plain arithmetic: which days are worked, which hours, how far a clock has run.

Nothing here knows the database or the present moment. Working time is a line of microseconds on which work
days follow each other without gaps; a moment has a position on it, and a position a first and a last moment.
Both are array look-ups, so adding ten days costs as much as adding one.
"""

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

Period = tuple[time, time]

DEFAULT_PERIODS: Final[tuple[Period, ...]] = (
    (time(8), time(12)),
    (time(14), time(18)),
)  # DOMAIN.md section 7
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
MICROSECOND: Final = timedelta(microseconds=1)
DAY: Final = 86_400_000_000

_FIRST: Final = FIRST_DAY.toordinal()
_DAYS: Final = LAST_DAY.toordinal() - _FIRST + 1


class Calendar:
    """Work days and work hours in one time zone. Immutable.

    `holidays` are days off on weekdays, `workdays` are make-up days at weekends (a day in both is worked);
    every other day follows the week. `periods` are the hours of a work day, in order, in local time.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        holidays: Iterable[date] = (),
        workdays: Iterable[date] = (),
        periods: Sequence[Period] = DEFAULT_PERIODS,
    ) -> None:
        self.zone = zone
        self.periods: Final = [(_microseconds(start), _microseconds(end)) for start, end in periods]
        if not self.periods or any(start >= end for start, end in self.periods):
            raise ValueError("a work day needs hours that end after they start")
        if any(earlier[1] > later[0] for earlier, later in pairwise(self.periods)):
            raise ValueError("the hours of a work day must not overlap")
        self.worked_a_day: Final = sum(end - start for start, end in self.periods)
        worked = bytearray((_FIRST + at - 1) % 7 < 5 for at in range(_DAYS))
        for days, flag in ((holidays, 0), (workdays, 1)):
            for day in days:
                if FIRST_DAY <= day <= LAST_DAY:
                    worked[day.toordinal() - _FIRST] = flag
        self._worked: Final = worked
        self._before: Final = array("l", accumulate(worked, initial=0))
        self._workdays: Final = array("l", (at for at in range(_DAYS) if worked[at]))

    def is_workday(self, day: date) -> bool:
        """Returns whether `day` is worked. Raises ValueError outside 2000-2100."""
        return bool(self._worked[_index(day.toordinal())])

    def local(self, moment: datetime) -> datetime:
        """Returns `moment` as the wall clock of the zone shows it, without a zone."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def moment(self, local: datetime) -> datetime:
        """Returns the moment in UTC at which the wall clock shows `local`."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def worked_until(self, moment: datetime) -> int:
        """Returns the microseconds of work hours from 2000 until `moment`."""
        index, past = self._split(moment)
        done = self._before[index] * self.worked_a_day
        if self._worked[index]:
            for start, end in self.periods:
                if past > start:
                    done += min(past, end) - start
        return done

    def worked_at(self, position: int, *, earliest: bool) -> datetime:
        """Returns the moment at which `position` microseconds of work hours are reached.

        Between two periods there are many: the `earliest` is the end of the first, otherwise the start of the
        next.
        """
        index, rest = self._day_of(position, self.worked_a_day, earliest=earliest)
        for start, end in self.periods:
            length = end - start
            if rest < length or (earliest and rest == length):
                return self._moment(index, start + rest)
            rest -= length
        raise AssertionError("a position lies within its day")

    def days_until(self, moment: datetime) -> int:
        """Returns the microseconds of whole work days (24 h each) from 2000 until `moment`."""
        index, past = self._split(moment)
        return self._before[index] * DAY + (past if self._worked[index] else 0)

    def days_at(self, position: int, *, earliest: bool) -> datetime:
        """Returns the moment at which `position` microseconds of work days are reached, see `worked_at`."""
        index, rest = self._day_of(position, DAY, earliest=earliest)
        return self._moment(index, rest)

    def _split(self, moment: datetime) -> tuple[int, int]:
        local = moment.astimezone(self.zone)
        past = ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond
        return _index(local.toordinal()), past

    def _day_of(self, position: int, length: int, *, earliest: bool) -> tuple[int, int]:
        number, rest = divmod(position, length)
        if earliest and rest == 0:
            number, rest = number - 1, length
        if not 0 <= number < len(self._workdays):
            raise ValueError(_BEYOND)
        return self._workdays[number], rest

    def _moment(self, index: int, past: int) -> datetime:
        midnight = datetime.fromordinal(_FIRST + index)
        return self.moment(midnight + timedelta(microseconds=past))


_BEYOND: Final = f"the work calendar covers {FIRST_DAY.year} to {LAST_DAY.year}"


def _index(ordinal: int) -> int:
    index = ordinal - _FIRST
    if not 0 <= index < _DAYS:
        raise ValueError(_BEYOND)
    return index


def _microseconds(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
