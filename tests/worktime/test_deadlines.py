"""Deadlines worked out by hand on a paper calendar, not by the code under test."""

from datetime import timedelta

import pytest

from civic.worktime.clocks import Clock, add, between, in_units
from tests.worktime.conftest import local

URGENT, HOURS, WORK, CALENDAR = Clock.URGENT_HOURS, Clock.WORK_HOURS, Clock.WORK_DAYS, Clock.CALENDAR_DAYS

DEADLINES = [
    # an ordinary Monday
    ("2026-03-02 09:00", HOURS, 2, "2026-03-02 11:00"),
    ("2026-03-02 11:00", HOURS, 1, "2026-03-02 12:00"),
    ("2026-03-02 11:00", HOURS, 2, "2026-03-02 15:00"),
    ("2026-03-02 12:00", HOURS, 1, "2026-03-02 15:00"),
    ("2026-03-02 13:00", HOURS, 1, "2026-03-02 15:00"),
    ("2026-03-02 14:00", HOURS, 4, "2026-03-02 18:00"),
    ("2026-03-02 17:00", HOURS, 2, "2026-03-03 09:00"),
    ("2026-03-02 07:00", HOURS, 1, "2026-03-02 09:00"),
    ("2026-03-02 00:00", HOURS, 8, "2026-03-02 18:00"),
    ("2026-03-02 18:00", HOURS, 8, "2026-03-03 18:00"),
    ("2026-03-02 23:59", HOURS, 0.5, "2026-03-03 08:30"),
    ("2026-03-02 12:00", WORK, 0.5, "2026-03-03 00:00"),
    ("2026-03-02 18:00", CALENDAR, 0.5, "2026-03-03 06:00"),
    # Friday evening and the weekend
    ("2026-03-06 17:59", HOURS, 1, "2026-03-09 08:59"),
    ("2026-03-06 17:59", HOURS, timedelta(minutes=1), "2026-03-06 18:00"),
    ("2026-03-06 17:59", WORK, 1, "2026-03-09 17:59"),
    ("2026-03-06 10:30", WORK, 1, "2026-03-09 10:30"),
    ("2026-03-06 00:00", WORK, 1, "2026-03-07 00:00"),
    ("2026-03-07 10:00", HOURS, 2, "2026-03-09 10:00"),
    ("2026-03-07 10:00", WORK, 1, "2026-03-10 00:00"),
    ("2026-03-08 23:00", HOURS, 40, "2026-03-13 18:00"),
    # Spring Festival 2026: Saturday 14 worked, 15 to 23 off, Saturday 28 worked
    ("2026-02-13 17:00", HOURS, 2, "2026-02-14 09:00"),
    ("2026-02-14 16:00", HOURS, 4, "2026-02-24 10:00"),
    ("2026-02-16 20:00", HOURS, 8, "2026-02-24 18:00"),
    ("2026-02-23 18:00", HOURS, 1, "2026-02-24 09:00"),
    ("2026-02-27 18:00", HOURS, 8, "2026-02-28 18:00"),
    ("2026-02-28 18:00", HOURS, 1, "2026-03-02 09:00"),
    ("2026-02-13 09:00", WORK, 1, "2026-02-14 09:00"),
    ("2026-02-13 09:00", WORK, 2, "2026-02-24 09:00"),
    ("2026-02-13 09:00", WORK, 10, "2026-03-05 09:00"),
    ("2026-02-17 09:00", WORK, 1, "2026-02-25 00:00"),
    ("2026-02-13 10:30", CALENDAR, 7, "2026-02-20 10:30"),
    ("2026-02-16 23:30", URGENT, 2, "2026-02-17 01:30"),
    # National Day 2025: Sunday 28 September worked, 1 to 8 October off, Saturday 11 worked
    ("2025-09-26 17:00", HOURS, 2, "2025-09-28 09:00"),
    ("2025-09-30 17:30", HOURS, 1, "2025-10-09 08:30"),
    ("2025-10-10 18:00", HOURS, 4, "2025-10-11 12:00"),
    ("2025-10-11 18:00", HOURS, 0.25, "2025-10-13 08:15"),
    ("2025-09-26 10:00", WORK, 10, "2025-10-16 10:00"),
    ("2025-09-30 16:00", WORK, 1, "2025-10-09 16:00"),
    # Mid-Autumn and National Day 2026: Sunday 20 September and Saturday 10 October worked
    ("2026-09-18 12:00", WORK, 1, "2026-09-20 12:00"),
    ("2026-09-24 15:00", WORK, 5, "2026-10-09 15:00"),
    ("2026-09-30 16:00", HOURS, 10, "2026-10-08 18:00"),
    ("2026-10-09 17:59", HOURS, 8, "2026-10-10 17:59"),
    ("2026-10-10 17:00", HOURS, 2, "2026-10-12 09:00"),
    # Labour Day 2026: 1 to 5 May off, Saturday 9 worked
    ("2026-04-30 08:00", WORK, 5, "2026-05-11 08:00"),
    # the turn of the year: 1 to 3 January off, Sunday 4 worked
    ("2025-12-31 17:00", HOURS, 2, "2026-01-04 09:00"),
    ("2025-12-31 23:30", URGENT, 1, "2026-01-01 00:30"),
    ("2025-12-31 00:00", CALENDAR, 15, "2026-01-15 00:00"),
    # leap days
    ("2024-02-28 17:00", HOURS, 2, "2024-02-29 09:00"),
    ("2024-02-29 17:00", HOURS, 2, "2024-03-01 09:00"),
    ("2024-02-28 12:00", CALENDAR, 1, "2024-02-29 12:00"),
    ("2024-02-29 12:00", CALENDAR, 366, "2025-03-01 12:00"),
    ("2024-02-29 23:00", URGENT, 2, "2024-03-01 01:00"),
    ("2028-02-28 10:00", WORK, 1, "2028-02-29 10:00"),
    # a year nobody has published: weekends only
    ("2027-02-05 10:00", WORK, 1, "2027-02-08 10:00"),
    # backwards, for reminders before a deadline
    ("2026-03-09 08:30", HOURS, -0.5, "2026-03-09 08:00"),
    ("2026-03-09 08:30", HOURS, -1, "2026-03-06 17:30"),
    ("2026-03-09 14:30", HOURS, -0.5, "2026-03-09 14:00"),
    ("2026-03-09 14:30", HOURS, -1, "2026-03-09 11:30"),
    ("2026-02-24 09:00", WORK, -1, "2026-02-14 09:00"),
    ("2026-03-01 09:00", CALENDAR, -1, "2026-02-28 09:00"),
    ("2026-03-01 01:00", URGENT, -2, "2026-02-28 23:00"),
    # nothing added: nothing moved, not even out of a weekend
    ("2026-03-07 10:00", HOURS, 0, "2026-03-07 10:00"),
    ("2026-03-07 10:00", WORK, 0, "2026-03-07 10:00"),
]

ELAPSED = [
    ("2026-03-02 09:00", "2026-03-02 15:00", HOURS, 4),
    ("2026-03-02 12:10", "2026-03-02 13:50", HOURS, 0),
    ("2026-03-06 17:00", "2026-03-09 09:00", HOURS, 2),
    ("2026-02-13 09:00", "2026-02-24 09:00", HOURS, 16),
    ("2026-03-09 09:00", "2026-03-06 17:00", HOURS, -2),
    ("2026-02-14 12:00", "2026-02-24 12:00", WORK, 1),
    ("2026-02-15 00:00", "2026-02-23 23:59", WORK, 0),
    ("2025-10-01 00:00", "2025-10-13 00:00", WORK, 3),
    ("2024-02-28 00:00", "2024-03-01 00:00", CALENDAR, 2),
    ("2026-02-15 06:00", "2026-02-23 18:00", CALENDAR, 8.5),
    ("2026-02-16 23:30", "2026-02-17 01:00", URGENT, 1.5),
]


@pytest.mark.parametrize(("start", "clock", "amount", "due"), DEADLINES)
def test_a_deadline_falls_where_the_paper_calendar_says(china, start, clock, amount, due):
    assert add(local(start), clock, amount, calendar=china) == local(due)


@pytest.mark.parametrize(("start", "end", "clock", "amount"), ELAPSED)
def test_elapsed_time_is_what_the_paper_calendar_says(china, start, end, clock, amount):
    assert in_units(clock, between(local(start), local(end), clock, calendar=china)) == amount


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "clock", "amount", "due"), DEADLINES)
def test_the_calendar_of_the_library_agrees(fresh_calendar, start, clock, amount, due):
    assert add(local(start), clock, amount) == local(due)
