"""Two sweeps at once, and one that is killed in the middle: each thing is forgotten once, and nothing is lost."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from civic.cases.models import CaseEvent
from civic.lib import clock
from insight.privacy import retention, sweep
from requests_app.actions import act
from requests_app.models import ServiceRequest
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_in_another_sweeps_hands_are_skipped_and_come_again(cast: Cast) -> None:
    requests = [act(cast.place(), "cancel", actor=cast.resident) for _ in range(3)]
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(ServiceRequest.objects.select_for_update().filter(pk=requests[0].pk))
            held.set()
            release.wait(10)
            transaction.set_rollback(True)  # killed before it was done
        connection.close()

    with time_machine.travel(clock.now() + timedelta(days=1096), tick=False):
        other = threading.Thread(target=hold)
        other.start()
        try:
            assert held.wait(10)
            assert sweep.run()["requests"] == 2
            assert retention.requests(clock.now()).get().pk == requests[0].pk
        finally:
            release.set()
            other.join(10)
        assert sweep.run()["requests"] == 1
    assert CaseEvent.objects.filter(verb="anonymise").count() == 3


def test_a_request_that_cannot_be_forgotten_stops_nobody_else(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, other = (act(cast.place(), "cancel", actor=cast.resident) for _ in range(2))
    CaseEvent.objects.create(  # stands where the event of its anonymising would
        kind="request",
        case_id=stuck.pk,
        seq=stuck.version + 1,
        at=clock.now(),
        actor_role="system",
        verb="remind",
    )
    with time_machine.travel(clock.now() + timedelta(days=1096), tick=False):
        found = sweep.run()
        assert (found["requests"], found["failed"]) == (1, 1)
        assert retention.requests(clock.now()).get().pk == stuck.pk  # and comes again
    other.refresh_from_db()
    assert other.anonymised_at is not None
    assert "could not be forgotten" in caplog.text
