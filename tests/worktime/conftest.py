"""Calendars for the tests of time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from civic.areas import actions
from civic.areas import queries as area_tree
from civic.areas.models import AreaLevel
from civic.worktime import calendar as calendars
from civic.worktime.days import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


def days(*spans: str) -> list[date]:
    """Reads "2026-02-15..2026-02-23" and "2026-02-14" into dates."""
    found = []
    for span in spans:
        first, _, last = span.partition("..")
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        found += [date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1)]
    return found


def local(text: str) -> datetime:
    """Reads "2026-02-14 16:00" as people in China write it into a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


# From the State Council's yearly notices for 2024, 2025 and 2026: the parts used by the tables.
HOLIDAYS = days(
    "2024-02-10..2024-02-17",
    "2025-01-01",
    "2025-01-28..2025-02-04",
    "2025-04-04..2025-04-06",
    "2025-05-01..2025-05-05",
    "2025-05-31..2025-06-02",
    "2025-10-01..2025-10-08",
    "2026-01-01..2026-01-03",
    "2026-02-15..2026-02-23",
    "2026-04-04..2026-04-06",
    "2026-05-01..2026-05-05",
    "2026-06-19..2026-06-21",
    "2026-09-25..2026-09-27",
    "2026-10-01..2026-10-07",
)
WORKDAYS = days(
    "2024-02-04",
    "2024-02-18",
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
)


@pytest.fixture(scope="session")
def china() -> Calendar:
    """The published days written out by hand, so that the tables hang on no library."""
    return Calendar(SHANGHAI, HOLIDAYS, WORKDAYS)


@pytest.fixture
def fresh_calendar() -> Iterator[None]:
    """Calendars read before this test, or in it, are of no use to others."""
    calendars.forget()
    yield
    calendars.forget()


@pytest.fixture
def areas(db):
    """A city, a district of it, a street of that, and another district."""
    make = actions.create_area
    city = make(parent=None, level=AreaLevel.CITY, code="990100", name="青禾市")
    district = make(parent=city, level="district", code="990102", name="青禾区")
    elsewhere = make(parent=city, level="district", code="990103", name="柳溪区")
    street = make(parent=district, level="street", name="文化路街道")
    area_tree.forget()
    yield city, district, street, elsewhere
    area_tree.forget()
