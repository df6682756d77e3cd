"""The consistency check beside work that goes on: what is written while it reads is no fault."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.utils import InternalError

from civic.areas import queries as areas
from civic.cases.models import CaseEvent
from civic.lib.snapshot import one_picture
from insight import consistency
from requests_app.actions import act
from requests_app.models import ServiceRequest
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town() -> Cast:
    """The cast, committed, so that every connection sees it."""
    areas.forget()
    return Cast()


def elsewhere(work: Callable[[], Any]) -> None:
    """Does `work` on a database connection of its own, and waits until it is committed."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert failed == []


@contextmanager
def between_cases_and_histories(work: Callable[[], Any]) -> Iterator[list[str]]:
    """Does `work` elsewhere, once the cases were read and before their history is; gives the query it preceded."""
    met: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not met and f'FROM "{CaseEvent._meta.db_table}"' in sql:
            met.append(sql)
            elsewhere(work)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield met


def renames(town: Cast, request: ServiceRequest) -> Callable[[], Any]:
    """Returns work that changes a request: a new version, and an event that says so."""
    return lambda: act(request, "amend", actor=town.dispatcher, title="换个说法")


def test_without_the_picture_a_change_in_mid_check_looks_like_a_fault(town: Cast) -> None:
    with between_cases_and_histories(renames(town, town.place())) as met:
        found = [str(fault) for fault in consistency.faults()]
    assert met
    assert any("version 1, but the last event is number 2" in fault for fault in found), found


def test_a_change_in_mid_check_is_no_fault(town: Cast) -> None:
    request = town.place()
    with between_cases_and_histories(renames(town, request)) as met:
        found = [str(fault) for fault in consistency.check()]
    assert (len(met), found) == (1, [])
    request.refresh_from_db()
    assert request.version == 2  # it did happen
    assert consistency.check() == []


def test_the_command_bears_a_change_in_mid_check(town: Cast) -> None:
    request, out = town.place(), StringIO()
    with between_cases_and_histories(renames(town, request)) as met:
        call_command("check_consistency", stdout=out)
    assert len(met) == 1
    assert " agree with their histories" in out.getvalue()
    request.refresh_from_db()
    assert request.version == 2


def test_a_picture_shows_one_moment_and_takes_nothing(town: Cast) -> None:
    request = town.place()
    with one_picture():
        before = ServiceRequest.objects.get(pk=request.pk).title
        elsewhere(renames(town, request))
        assert ServiceRequest.objects.get(pk=request.pk).title == before
        with pytest.raises(InternalError, match="read-only"):
            ServiceRequest.objects.filter(pk=request.pk).update(title="x")
    assert ServiceRequest.objects.get(pk=request.pk).title == "换个说法"
