"""What holds for every clock and any calendar."""

from datetime import UTC, date, datetime, time, timedelta
from timeit import repeat
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.worktime.clocks import Clock, add, between
from civic.worktime.days import Calendar
from tests.worktime.conftest import HOLIDAYS, SHANGHAI, WORKDAYS, local

CHINA = Calendar(SHANGHAI, HOLIDAYS, WORKDAYS)
SHORT_DAYS = Calendar(
    ZoneInfo("UTC"), (), (date(2026, 3, 7),), ((time(9, 30), time(10)), (time(10), time(23, 30)))
)

CLOCKS = st.sampled_from(list(Clock))
CALENDARS = st.sampled_from([CHINA, SHORT_DAYS])
MOMENTS = st.datetimes(datetime(2023, 12, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
RUNS = st.timedeltas(timedelta(0), timedelta(days=200))


@given(MOMENTS, CLOCKS, st.timedeltas(timedelta(days=-200), timedelta(days=200)), CALENDARS)
def test_what_was_added_has_elapsed(start, clock, run, calendar):
    assert between(start, add(start, clock, run, calendar=calendar), clock, calendar=calendar) == run


@given(MOMENTS, CLOCKS, RUNS, RUNS, CALENDARS)
def test_a_longer_limit_never_ends_earlier(start, clock, one, other, calendar):
    shorter, longer = sorted([one, other])
    assert add(start, clock, shorter, calendar=calendar) <= add(start, clock, longer, calendar=calendar)


@given(MOMENTS, MOMENTS, CLOCKS, RUNS.filter(bool), CALENDARS)
def test_who_starts_later_is_never_due_earlier(one, other, clock, run, calendar):
    earlier, later = sorted([one, other])
    assert add(earlier, clock, run, calendar=calendar) <= add(later, clock, run, calendar=calendar)


@given(MOMENTS, CLOCKS, RUNS, RUNS, CALENDARS)
def test_a_pause_on_a_standing_clock_costs_nothing(start, clock, first, second, calendar):
    halfway = add(start, clock, first, calendar=calendar)
    assert add(halfway, clock, second, calendar=calendar) == add(
        start, clock, first + second, calendar=calendar
    )


@given(MOMENTS, MOMENTS, MOMENTS, CLOCKS, CALENDARS)
def test_elapsed_times_add_up(one, two, three, clock, calendar):
    def run(start, end):
        return between(start, end, clock, calendar=calendar)

    assert run(one, two) + run(two, three) == run(one, three)


@given(MOMENTS, RUNS.filter(bool))
def test_a_deadline_in_work_hours_lies_in_work_hours(start, run):
    due = add(start, Clock.WORK_HOURS, run, calendar=CHINA)
    shown = due.astimezone(SHANGHAI)
    assert CHINA.is_workday(shown.date())
    assert time(8) < shown.time() <= time(12) or time(14) < shown.time() <= time(18)


@given(MOMENTS, st.integers(1, 20))
def test_work_hours_agree_with_counting_quarters_of_an_hour(start, quarters):
    at = start.replace(minute=0, second=0, microsecond=0)
    expected, left = at, quarters
    while left:
        shown = expected.astimezone(SHANGHAI)
        open_hours = time(8) <= shown.time() < time(12) or time(14) <= shown.time() < time(18)
        left -= open_hours and CHINA.is_workday(shown.date())
        expected += timedelta(minutes=15)
    assert add(at, Clock.WORK_HOURS, quarters / 4, calendar=CHINA) == expected


def test_answers_are_in_utc_whatever_the_zone_of_the_question():
    start = local("2026-03-02 09:00").astimezone(ZoneInfo("America/New_York"))
    for clock in Clock:
        assert add(start, clock, 1, calendar=CHINA).tzinfo is UTC
        assert add(start, clock, 0, calendar=CHINA).tzinfo is UTC


def test_days_follow_the_wall_clock_where_summer_time_begins():
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    friday = datetime(2026, 3, 27, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add(friday, Clock.WORK_DAYS, 1, calendar=berlin) == datetime(2026, 3, 30, 10, tzinfo=UTC)
    assert add(friday, Clock.CALENDAR_DAYS, 3, calendar=berlin) == datetime(2026, 3, 30, 10, tzinfo=UTC)
    assert add(friday, Clock.URGENT_HOURS, 72, calendar=berlin) == datetime(2026, 3, 30, 11, tzinfo=UTC)


@pytest.mark.parametrize("clock", list(Clock))
@pytest.mark.parametrize("amount", [1e9, -1e9, 1e300, float("inf"), float("nan")])
def test_a_limit_beyond_any_calendar_is_refused(clock, amount):
    with pytest.raises(ValueError):
        add(local("2026-03-02 09:00"), clock, amount, calendar=CHINA)


def test_a_moment_outside_the_calendar_is_refused():
    with pytest.raises(ValueError, match="2000 to 2100"):
        between(
            datetime(1999, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 1, tzinfo=UTC),
            Clock.WORK_DAYS,
            calendar=CHINA,
        )
    with pytest.raises(ValueError, match="2000 to 2100"):
        CHINA.is_workday(date(2101, 1, 1))


@pytest.mark.parametrize(
    "periods",
    [(), ((time(9), time(9)),), ((time(10), time(9)),), ((time(9), time(12)), (time(11), time(15)))],
)
def test_impossible_work_hours_are_refused(periods):
    with pytest.raises(ValueError):
        Calendar(SHANGHAI, periods=periods)


def test_days_far_outside_the_calendar_are_left_alone():
    assert not Calendar(SHANGHAI, workdays=[date(1990, 1, 6)]).is_workday(date(2000, 1, 1))


@pytest.mark.parametrize("clock", list(Clock))
def test_a_deadline_costs_less_than_fifty_microseconds(clock):
    start = local("2026-02-13 17:59")
    rounds = 200
    best = min(repeat(lambda: add(start, clock, 15, calendar=CHINA), number=rounds, repeat=20)) / rounds
    assert best < 50e-6
