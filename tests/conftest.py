"""Fixtures of the whole suite: real PostgreSQL and Redis, one shared cast, nothing kept between tests."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings
from redis import Redis

from civic import collecting
from civic.areas import queries as areas
from civic.notify import edited
from civic.worktime import calendar
from requests_app import reference
from requests_app.suggesting import store as suggesting
from tests import cast_copies, databases, emptying
from tests.cast import Cast


def pytest_collection_finish() -> None:
    """Has the garbage collector work as in a server, which also takes a share off every test."""
    collecting.settle()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Lets each process begin with a copy of a migrated database."""
    connection.settings_dict["TEST"]["TEMPLATE"] = databases.template(os.environ["DATABASE_URL"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Says that the migrations ran now: what is late since then is counted from it (civic.operations.work)."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET applied = now()")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        databases.leave(cursor)


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied() -> Iterator[None]:
    """After a test that commits, what it has written is deleted, rather than every table and its indexes made anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: emptying.empty())
        yield


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
    suggesting.forget()
    edited.forget()
    cache.clear()
    translation.deactivate()


@pytest.fixture(scope="session")
def cast_pattern(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[cast_copies.Pattern[Cast]]:
    """What the cast is copied from, built before any test has changed a setting or the time."""
    with django_db_blocker.unblock():
        made = cast_copies.Pattern(Cast)
    _forget()
    stand = _Stand(made, django_db_blocker)
    request.config.pluginmanager.register(stand)
    yield made
    request.config.pluginmanager.unregister(stand)


class _Stand:
    """Looks, before anything of a test is set up, whether the cast's rows have to be there."""

    def __init__(self, pattern: cast_copies.Pattern[Cast], blocker: DjangoDbBlocker) -> None:
        self._pattern, self._blocker = pattern, blocker

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._pattern.stand_for(item, self._blocker)


@pytest.fixture
def cast(cast_pattern: cast_copies.Pattern[Cast], db: None) -> Cast:
    """The people and places, fresh in this test's transaction."""
    areas.forget()
    return cast_pattern.copy()


@pytest.fixture
def tasks_waiting(settings: Settings) -> Iterator[Callable[[], int]]:
    """Counts the tasks waiting in the broker, which is emptied before and after."""
    redis = Redis.from_url(settings.REDIS_URL)
    redis.delete("celery")
    yield lambda: int(redis.llen("celery"))
    redis.delete("celery")
    redis.close()
