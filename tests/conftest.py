"""Fixtures of the whole suite: real PostgreSQL and Redis, one shared cast, nothing kept between tests."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from civic.areas import queries as areas
from civic.worktime import calendar
from requests_app import reference
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Drops what the process keeps in memory or Redis, so that no test sees another's rows."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    areas.forget()
    calendar.forget()
    reference.forget()
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The people and places, fresh in this test's transaction."""
    areas.forget()
    return Cast()
