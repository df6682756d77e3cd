"""Timers of a batch are fired together: few statements, and each as if it had been fired by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.cases.tasks import sweep_timers
from civic.lib import clock, rows
from civic.lib.together import run_together
from requests_app.models import ServiceRequest
from tests.cast import Cast


def all_due() -> None:
    """Makes every open timer of a request due now."""
    now = clock.now()
    Timer.objects.filter(kind="request", fired_at=None, voided_at=None).update(due_at=now, run_at=now)


def swept() -> tuple[int, int]:
    """Sweeps; returns (timers fired, statements it took)."""
    with CaptureQueriesContext(connection) as queries:
        fired = timers.sweep()
    return fired, len(queries)


def test_more_timers_cost_one_statement_more_each_and_no_second(cast: Cast) -> None:
    for _ in range(3):
        cast.place()
    all_due()
    few = swept()
    for _ in range(13):
        cast.place()
    Timer.objects.filter(name__in=["hour_before", "overdue"]).update(voided_at=clock.now())
    all_due()
    many = swept()
    assert (few[0], many[0]) == (3, 13)
    assert many[1] - few[1] <= 10  # who is to be told


def test_two_timers_of_one_request_due_at_once_fire_one_after_the_other(cast: Cast) -> None:
    request = cast.completed()
    assert set(
        Timer.objects.filter(kind="request", case_id=request.pk, fired_at=None, voided_at=None).values_list(
            "name", flat=True
        )
    ) >= {"rate_1d", "rate_3d"}
    now = clock.now()
    Timer.objects.filter(kind="request", case_id=request.pk, name__in=["rate_1d", "rate_3d"]).update(
        due_at=now, run_at=now
    )
    assert timers.sweep() == 2
    rang = CaseEvent.objects.filter(case_id=request.pk, kind="request", verb="remind").order_by("seq")
    assert sorted(event.facts["timer"] for event in rang) == ["rate_1d", "rate_3d"]
    request.refresh_from_db()
    assert request.version == rang.last().seq


def test_an_ending_rings_no_timer_of_what_has_ended(cast: Cast) -> None:
    request = cast.completed()
    now = clock.now()
    Timer.objects.filter(kind="request", case_id=request.pk, name="auto_close").update(due_at=now, run_at=now)
    Timer.objects.filter(kind="request", case_id=request.pk, name="rate_3d").update(
        due_at=now + timedelta(microseconds=1), run_at=now
    )
    assert timers.sweep() == 1
    assert ServiceRequest.objects.get(pk=request.pk).state == "closed"
    assert Timer.objects.get(kind="request", case_id=request.pk, name="rate_3d").voided_at is not None


def test_much_that_is_due_calls_for_another_worker(
    cast: Cast, tasks_waiting: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "BATCH", 1)
    cast.place()
    all_due()
    assert sweep_timers() == 1
    assert tasks_waiting() == 0
    cast.place()
    cast.place()
    all_due()
    assert sweep_timers() >= 2
    assert tasks_waiting() == 1


def test_a_timer_that_failed_very_often_stops_no_other(cast: Cast) -> None:
    """It is put off for the longest wait, however often it failed; its name is one an upgrade has dropped."""
    failing, request = cast.place(), cast.place()
    all_due()
    dropped = Timer.objects.filter(case_id=failing.pk, kind="request").earliest("pk")
    Timer.objects.filter(pk=dropped.pk).update(name="dropped", attempts=43)
    with time_machine.travel(clock.now(), tick=False):
        assert timers.sweep() > 0
        dropped.refresh_from_db()
        assert (dropped.attempts, dropped.run_at - clock.now()) == (44, timedelta(hours=1))
    assert Timer.objects.filter(case_id=request.pk, kind="request", fired_at__isnull=False).exists()


def test_writing_together_comes_to_the_same_as_one_by_one(cast: Cast) -> None:
    """Every column of what a batch writes, also where one row has a value and another has none."""
    first, second = cast.place(), cast.place()
    first.agreed_start, first.clocks = clock.now(), {"pauses": []}
    second.agreed_start, second.clocks = None, {"pauses": [["a", None]]}
    for each in (first, second):
        each.version = 1
    run_together(rows.updating(each, ["version", "agreed_start", "clocks"]) for each in (first, second))
    for each in (first, second):
        written = ServiceRequest.objects.get(pk=each.pk)
        assert (written.agreed_start, written.clocks) == (each.agreed_start, each.clocks)
