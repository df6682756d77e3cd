"""Timers of a batch are fired together: few statements, and each as if it had been fired by itself."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from requests_app.models import ServiceRequest
from tests.cast import Cast


def all_due() -> None:
    """Makes every open timer due now."""
    now = clock.now()
    Timer.objects.filter(fired_at=None, voided_at=None).update(due_at=now, run_at=now)


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
        Timer.objects.filter(case_id=request.pk, fired_at=None, voided_at=None).values_list("name", flat=True)
    ) >= {"rate_1d", "rate_3d"}
    now = clock.now()
    Timer.objects.filter(case_id=request.pk, name__in=["rate_1d", "rate_3d"]).update(due_at=now, run_at=now)
    assert timers.sweep() == 2
    rang = CaseEvent.objects.filter(case_id=request.pk, kind="request", verb="remind").order_by("seq")
    assert sorted(event.facts["timer"] for event in rang) == ["rate_1d", "rate_3d"]
    request.refresh_from_db()
    assert request.version == rang.last().seq


def test_an_ending_rings_no_timer_of_what_has_ended(cast: Cast) -> None:
    request = cast.completed()
    now = clock.now()
    Timer.objects.filter(case_id=request.pk, name="auto_close").update(due_at=now, run_at=now)
    Timer.objects.filter(case_id=request.pk, name="rate_3d").update(
        due_at=now + timedelta(microseconds=1), run_at=now
    )
    assert timers.sweep() == 1
    assert ServiceRequest.objects.get(pk=request.pk).state == "closed"
    assert Timer.objects.get(case_id=request.pk, name="rate_3d").voided_at is not None
