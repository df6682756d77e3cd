"""Deadlines that are paused, extended or overtaken by the calendar, worked out by hand.

From the State Council's notices for 2025 and 2026, as in tests/worktime/test_deadlines.py.

Work hours are 08:00-12:00 and 14:00-18:00. Spring Festival 2026: Saturday 14 February worked, 15 to 23 off, Saturday
28 worked; the other spans stand in tests/worktime/conftest.py.
"""

from collections.abc import Sequence
from datetime import date

import pytest

from civic.worktime.clocks import Clock
from civic.worktime.days import Calendar
from requests_app.deadlines import Pause, StepClock
from tests.worktime.conftest import HOLIDAYS, SHANGHAI, WORKDAYS, local

URGENT, HOURS, WORK, CALENDAR = Clock.URGENT_HOURS, Clock.WORK_HOURS, Clock.WORK_DAYS, Clock.CALENDAR_DAYS
CHINA = Calendar(SHANGHAI, HOLIDAYS, WORKDAYS)

# (begins, clock, limit, pauses, due)
PAUSED = [
    # an ordinary Monday: over lunch, around lunch, twice, and when it is an hour late already
    ("2026-03-02 10:00", HOURS, 4, ["2026-03-02 12:00 > 2026-03-02 14:00"], "2026-03-02 16:00"),
    ("2026-03-02 10:00", HOURS, 4, ["2026-03-02 11:30 > 2026-03-02 14:30"], "2026-03-02 17:00"),
    (
        "2026-03-02 09:00", HOURS, 8,
        ["2026-03-02 10:00 > 2026-03-02 15:00", "2026-03-03 11:00 > 2026-03-04 17:00"], "2026-03-04 18:00",
    ),
    ("2026-03-02 09:00", HOURS, 2, ["2026-03-02 12:00 > 2026-03-05 14:00"], "2026-03-05 11:00"),
    # Spring Festival 2026: across it, within it, from before into it, on every clock
    ("2026-02-13 16:00", HOURS, 2, ["2026-02-13 17:00 > 2026-02-26 09:00"], "2026-02-26 10:00"),
    ("2026-02-14 16:00", HOURS, 4, ["2026-02-16 10:00 > 2026-02-20 10:00"], "2026-02-24 10:00"),
    ("2026-02-13 10:00", WORK, 5, ["2026-02-14 10:00 > 2026-02-24 10:00"], "2026-02-28 10:00"),
    ("2026-02-13 10:00", WORK, 5, ["2026-02-14 10:00 > 2026-02-20 09:00"], "2026-02-28 00:00"),
    ("2026-02-13 10:30", CALENDAR, 7, ["2026-02-15 00:00 > 2026-02-23 00:00"], "2026-02-28 10:30"),
    ("2026-02-16 20:00", URGENT, 24, ["2026-02-16 22:00 > 2026-02-24 08:00"], "2026-02-25 06:00"),
    # Spring Festival 2025: 28 January to 4 February off, Saturday 8 worked
    ("2025-01-27 16:00", HOURS, 4, ["2025-01-27 17:00 > 2025-02-08 09:00"], "2025-02-08 12:00"),
    # National Day 2025: Sunday 28 September and Saturday 11 October worked
    ("2025-09-30 15:00", HOURS, 8, ["2025-09-30 17:00 > 2025-10-09 14:00"], "2025-10-10 10:00"),
    ("2025-09-26 10:00", WORK, 10, ["2025-09-28 10:00 > 2025-10-11 10:00"], "2025-10-23 10:00"),
    # Qingming and Labour Day 2026, the turn of the year, a leap day
    ("2026-04-03 16:00", WORK, 2, ["2026-04-03 17:00 > 2026-04-07 08:00"], "2026-04-09 07:00"),
    ("2026-04-30 17:00", HOURS, 2, ["2026-04-30 17:30 > 2026-05-09 08:00"], "2026-05-09 09:30"),
    ("2025-12-31 17:00", HOURS, 2, ["2025-12-31 17:30 > 2026-01-05 08:00"], "2026-01-05 09:30"),
    ("2024-02-28 12:00", CALENDAR, 2, ["2024-02-28 18:00 > 2024-02-29 18:00"], "2024-03-02 12:00"),
]  # fmt: skip

# (begins, clock, limit, due at first, extended at, to, pauses, due): overdue each time when it is extended
EXTENDED = [
    ("2026-03-02 09:00", HOURS, 2, "2026-03-02 11:00", "2026-03-02 15:00", "2026-03-04 12:00", [], "2026-03-04 12:00"),
    ("2026-03-02 09:00", HOURS, 2, "2026-03-02 11:00", "2026-03-06 17:59", "2026-03-07 12:00", [], "2026-03-07 12:00"),
    (  # a pause across the Spring Festival afterwards: 2 days and 6 hours were left
        "2026-02-12 10:00", WORK, 1, "2026-02-13 10:00", "2026-02-13 16:00", "2026-02-25 18:00",
        ["2026-02-14 12:00 > 2026-02-24 12:00"], "2026-02-26 18:00",
    ),
    (
        "2025-10-01 08:00", URGENT, 24, "2025-10-02 08:00", "2025-10-02 10:00", "2025-10-06 08:00",
        ["2025-10-03 08:00 > 2025-10-05 08:00"], "2025-10-08 08:00",
    ),
    (
        "2025-09-29 09:00", CALENDAR, 7, "2025-10-06 09:00", "2025-10-07 09:00", "2025-10-10 09:00",
        ["2025-10-08 09:00 > 2025-10-09 21:00"], "2025-10-11 21:00",
    ),
    (  # the pause was before: it is in the new limit already
        "2026-03-02 14:00", HOURS, 4, "2026-03-02 18:00", "2026-03-04 09:00", "2026-03-05 18:00",
        ["2026-03-02 15:00 > 2026-03-03 15:00"], "2026-03-05 18:00",
    ),
]  # fmt: skip

# (begins, clock, limit, pauses, days entered late, due by the published calendar, due afterwards)
CORRECTED = [
    # a Monday off for a typhoon: ahead, on the very day, and long after the deadline
    ("2026-03-06 10:00", WORK, 1, [], "2026-03-09 off", "2026-03-09 10:00", "2026-03-10 10:00"),
    ("2026-03-09 10:00", WORK, 1, [], "2026-03-09 off", "2026-03-10 10:00", "2026-03-11 00:00"),
    ("2026-03-02 09:00", HOURS, 2, [], "2026-03-02 off", "2026-03-02 11:00", "2026-03-03 10:00"),
    ("2026-03-02 09:00", HOURS, 2, [], "2026-03-04 off", "2026-03-02 11:00", "2026-03-02 11:00"),
    # a weekend worked, a make-up day cancelled, a holiday shortened and prolonged
    ("2026-03-06 17:00", HOURS, 4, [], "2026-03-07 worked", "2026-03-09 11:00", "2026-03-07 11:00"),
    ("2026-02-13 10:00", WORK, 1, [], "2026-02-14 off", "2026-02-14 10:00", "2026-02-24 10:00"),
    ("2026-02-14 10:00", WORK, 1, [], "2026-02-23 worked", "2026-02-24 10:00", "2026-02-23 10:00"),
    ("2025-09-30 17:30", HOURS, 1, [], "2025-10-09 off", "2025-10-09 08:30", "2025-10-10 08:30"),
    ("2025-09-26 10:00", WORK, 10, [], "2025-10-11 off", "2025-10-16 10:00", "2025-10-17 10:00"),
    ("2028-02-28 10:00", WORK, 1, [], "2028-02-29 off", "2028-02-29 10:00", "2028-03-01 10:00"),
    # clocks that run day and night do not look at the calendar
    ("2026-02-13 10:30", CALENDAR, 7, [], "2026-02-14 off", "2026-02-20 10:30", "2026-02-20 10:30"),
    ("2026-02-13 23:00", URGENT, 2, [], "2026-02-14 off", "2026-02-14 01:00", "2026-02-14 01:00"),
    # within a pause it changes nothing, at its end it does
    (
        "2026-02-13 16:00", HOURS, 2, ["2026-02-13 17:00 > 2026-02-26 09:00"],
        "2026-02-24 off", "2026-02-26 10:00", "2026-02-26 10:00",
    ),
    (
        "2026-02-13 16:00", HOURS, 2, ["2026-02-13 17:00 > 2026-02-26 09:00"],
        "2026-02-26 off", "2026-02-26 10:00", "2026-02-27 09:00",
    ),
]  # fmt: skip


def begun(start: str, clock: Clock, limit: float) -> StepClock:
    """Returns a clock that began to run at a local moment, by the published calendar."""
    return StepClock.begin(0, clock, limit, local(start), calendar=CHINA)


def spans(pauses: Sequence[str]) -> list[Pause]:
    """Reads "2026-03-02 12:00 > 2026-03-02 14:00" into a pause."""
    return [(local(since), local(until)) for since, _, until in (each.partition(" > ") for each in pauses)]


def corrected(entered: str) -> Calendar:
    """Returns the published calendar with "2026-03-09 off" or "2026-03-07 worked" entered."""
    text, _, kind = entered.partition(" ")
    day = date.fromisoformat(text)
    off, worked = set(HOLIDAYS) - {day}, set(WORKDAYS) - {day}
    return Calendar(
        SHANGHAI, off | ({day} if kind == "off" else set()), worked | ({day} if kind == "worked" else set())
    )


@pytest.mark.parametrize(("start", "clock", "limit", "pauses", "due"), PAUSED)
def test_a_paused_deadline_falls_where_the_paper_calendar_says(
    start: str, clock: Clock, limit: float, pauses: list[str], due: str
) -> None:
    assert begun(start, clock, limit).again(spans(pauses), CHINA).due_at == local(due)


@pytest.mark.parametrize(("start", "clock", "limit", "first", "at", "to", "pauses", "due"), EXTENDED)
def test_an_overdue_one_that_is_extended_is_due_when_people_agreed(
    start: str, clock: Clock, limit: float, first: str, at: str, to: str, pauses: list[str], due: str
) -> None:
    before = begun(start, clock, limit)
    assert before.due_at == local(first) < local(at)
    extended = before.moved_to(local(at), local(to), CHINA).again(spans(pauses), CHINA)
    assert (extended.due_at, extended.first_due_at) == (local(due), local(first))


@pytest.mark.parametrize(("start", "clock", "limit", "pauses", "entered", "before", "after"), CORRECTED)
def test_a_day_entered_after_the_fact_moves_what_it_touches(
    start: str, clock: Clock, limit: float, pauses: list[str], entered: str, before: str, after: str
) -> None:
    running = begun(start, clock, limit).again(spans(pauses), CHINA)
    assert running.due_at == local(before)
    moved = running.again(spans(pauses), corrected(entered))
    assert (moved.due_at, moved.first_due_at) == (local(after), running.first_due_at)
    assert moved.again(spans(pauses), CHINA).due_at == local(before)  # taken back: as it was


@pytest.mark.parametrize("entered", ["2026-03-03 off", "2026-03-04 off", "2026-03-07 worked"])
def test_what_people_agreed_on_stays_whatever_day_is_entered(entered: str) -> None:
    extended = begun("2026-03-02 09:00", HOURS, 2).moved_to(
        local("2026-03-02 15:00"), local("2026-03-04 12:00"), CHINA
    )
    assert extended.again([], corrected(entered)).due_at == local("2026-03-04 12:00")
