"""The calendar in force: the library's days, our exceptions, and noticing their change."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from civic.lib import clock
from civic.worktime import calendar as calendars
from civic.worktime.clocks import Clock, add
from civic.worktime.models import CalendarStamp, DayOverride
from tests.worktime.conftest import HOLIDAYS, WORKDAYS, local

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_calendar")]

MONDAY = date(2026, 3, 9)
TYPHOON = {"day": MONDAY, "is_workday": False, "note": "台风停工"}


@pytest.fixture
def wait(monkeypatch):
    """Lets the seconds between two looks at the database pass."""

    def passed(seconds):
        kept = calendars._kept
        monkeypatch.setattr(calendars, "_kept", kept._replace(checked_at=kept.checked_at - seconds))

    return passed


def due_of_friday():
    return add(local("2026-03-06 10:00"), Clock.WORK_DAYS, 1)


def test_the_published_days_are_known():
    calendar = calendars.default()
    assert not any(calendar.is_workday(day) for day in HOLIDAYS)
    assert all(calendar.is_workday(day) for day in WORKDAYS)


def test_a_day_off_added_late_moves_deadlines_within_five_seconds(wait):
    assert due_of_friday() == local("2026-03-09 10:00")
    DayOverride.objects.create(**TYPHOON)
    wait(4)
    assert due_of_friday() == local("2026-03-09 10:00")
    wait(5)
    assert due_of_friday() == local("2026-03-10 10:00")


def test_a_published_holiday_can_be_worked(wait):
    DayOverride.objects.create(day=date(2026, 2, 23), is_workday=True)
    assert add(local("2026-02-14 10:00"), Clock.WORK_DAYS, 1) == local("2026-02-23 10:00")


def test_a_published_workday_can_be_free():
    DayOverride.objects.create(day=date(2026, 2, 14), is_workday=False)
    assert add(local("2026-02-13 10:00"), Clock.WORK_DAYS, 1) == local("2026-02-24 10:00")


def test_changes_by_plain_sql_in_bulk_and_by_deletion_are_noticed_too(wait):
    DayOverride.objects.bulk_create([DayOverride(**TYPHOON)])
    assert due_of_friday() == local("2026-03-10 10:00")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE worktime_dayoverride SET day = '2026-03-10'")
    wait(5)
    assert due_of_friday() == local("2026-03-09 10:00")
    DayOverride.objects.all().delete()
    wait(5)
    assert add(local("2026-03-09 10:00"), Clock.WORK_DAYS, 1) == local("2026-03-10 10:00")


def test_within_five_seconds_no_query_is_made_and_one_afterwards(wait, django_assert_num_queries):
    calendars.default()
    with django_assert_num_queries(0):
        for _ in range(10):
            due_of_friday()
    wait(5)
    with django_assert_num_queries(1):
        due_of_friday()


def test_every_change_leaves_a_new_stamp():
    DayOverride.objects.create(**TYPHOON)
    first = CalendarStamp.objects.get()
    DayOverride.objects.update(note="延长")
    second = CalendarStamp.objects.get()
    assert first.stamp != second.stamp
    assert str(second) == str(second.stamp)


def test_a_day_has_one_exception_an_area():
    DayOverride.objects.create(**TYPHOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        DayOverride.objects.create(**TYPHOON | {"is_workday": True})


def test_an_exception_reads_as_a_line():
    assert str(DayOverride(**TYPHOON)).startswith("2026-03-09")


def test_an_exception_of_an_area_reaches_what_lies_below_and_nothing_else(areas):
    city, district, street, elsewhere = areas
    DayOverride.objects.create(area=district, **TYPHOON)
    assert calendars.default().is_workday(MONDAY)
    assert calendars.for_area(city.pk).is_workday(MONDAY)
    assert calendars.for_area(elsewhere.pk).is_workday(MONDAY)
    assert not calendars.for_area(district.pk).is_workday(MONDAY)
    assert not calendars.for_area(street.pk).is_workday(MONDAY)


def test_the_nearest_area_decides(areas):
    _, district, street, elsewhere = areas
    DayOverride.objects.create(**TYPHOON)
    DayOverride.objects.create(area=street, **TYPHOON | {"is_workday": True})
    assert not calendars.for_area(district.pk).is_workday(MONDAY)
    assert calendars.for_area(street.pk).is_workday(MONDAY)
    assert not calendars.for_area(elsewhere.pk).is_workday(MONDAY)


def test_a_year_without_published_days_is_named_until_somebody_enters_them(wait):
    assert calendars.years_by_weekend_only(date(2026, 6, 1)) == []
    assert calendars.years_by_weekend_only(date(2032, 6, 1)) == [2032]
    assert calendars.years_by_weekend_only(date(2032, 12, 1)) == [2032, 2033]
    DayOverride.objects.create(day=date(2032, 10, 1), is_workday=False)
    wait(5)
    assert calendars.years_by_weekend_only(date(2032, 12, 1)) == [2033]


def test_the_present_year_is_the_one_people_live_in():
    with clock.at(datetime(2031, 12, 31, 20, tzinfo=UTC)):
        assert calendars.years_by_weekend_only() == [2032]
