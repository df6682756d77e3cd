"""The consistency check finds what plain SQL, or a fault of ours, has broken; and nothing in sound data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast as AsType
from django.db.models.functions import Concat

from civic.areas.models import Area
from civic.cases.models import CaseEvent, CaseText, Timer
from civic.lib import clock
from civic.notify.models import Message
from insight import consistency
from requests_app import actions
from requests_app.actions import auto_dispatch
from requests_app.models import Assignment, Offer, Pool, Rating, ServiceRequest, Waterfall
from tests.cast import Cast
from volunteers.models import Commitment, RecordConfirmation, ServiceRecord

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def taken_back(db: None) -> Iterator[None]:
    """Takes the sabotage back before the test's transaction ends: its deferred triggers would refuse it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def request_in_service(cast: Cast) -> ServiceRequest:
    """A request with somebody at work."""
    start = clock.now() + timedelta(days=1)
    request = cast.offered(preferred_start=start, preferred_end=start + timedelta(hours=2))
    actions.act(request, "accept", actor=cast.volunteer.user, agreed_start=start, expected_minutes=60)
    with clock.at(start):
        request.refresh_from_db()
        return actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)


def sabotage(model: Any, **change: Any) -> None:
    """Changes all rows of `model` behind the back of every rule."""
    with pgtrigger.ignore():
        model._default_manager.update(**change)


def remove(table: str) -> None:
    """Deletes all rows of `table` behind the back of every rule but foreign keys."""
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def sentences() -> str:
    """Returns all faults, one a line."""
    return "\n".join(str(fault) for fault in consistency.check())


def test_sound_data_has_no_faults(cast: Cast, request_in_service: ServiceRequest) -> None:
    cast.place()
    assert sentences() == ""


def test_a_proposal_about_an_ended_request_is_no_fault(cast: Cast) -> None:
    facts = {"reason_code": "duplicate", "text": "与热线工单重复"}
    actions.act(cast.closed(), "exempt", actor=cast.dispatcher, **facts)
    assert Timer.objects.filter(name="expire_proposal", fired_at=None, voided_at=None).exists()
    assert sentences() == ""


@pytest.mark.full
@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        (ServiceRequest, {"version": 99}, "version 99, but the last event is number 4"),
        (ServiceRequest, {"state": "accepted"}, "state accepted, but the history ends in in_service"),
        (ServiceRequest, {"state": "accepted"}, "its parts make it in_service"),
        (ServiceRequest, {"state": "closed"}, "timers run on"),
        (ServiceRequest, {"state": "closed"}, "closed without an outcome"),
        (ServiceRequest, {"state": "nowhere"}, "nowhere is no state"),
        (ServiceRequest, {"grid_id": None}, "areas it is counted in"),
        (ServiceRequest, {"rounds_counted": 4}, "round 1 with 4 that count"),
        (ServiceRequest, {"headcount": 1, "needed": 2}, "2 slots for a request for 1"),
        (ServiceRequest, {"closed_at": "2026-01-01T00:00Z"}, "closed_at and the state disagree"),
        (ServiceRequest, {"act_by": "2026-01-01T00:00Z"}, "shows another deadline"),
        (Assignment, {"state": "accepted"}, "is accepted, the history says in_service"),
        (Assignment, {"round": 7}, "of an earlier round is still"),
        (Assignment, {"minutes": 50}, "served 50 min, the ledger says None"),
        (Assignment, {"state": "completed"}, "completed without a service record"),
        (Assignment, {"confirm_by": "2026-01-01T00:00Z"}, "nothing ends the wait"),
        (Offer, {"state": "open"}, "timers of their expiry do not match"),
        (Commitment, {"active": False}, "its time is not promised"),
        (CaseEvent, {"to_state": "submitted"}, "starts from"),
        (CaseEvent, {"verb": "dance"}, "no dance leads from"),
        (CaseEvent, {"facts": {}}, "the history says nothing"),
        (Timer, {"kind": "elsewhere"}, "was never set"),
    ],
)
def test_what_was_changed_behind_the_door_is_found(
    request_in_service: ServiceRequest, model: Any, change: dict[str, Any], words: str
) -> None:
    sabotage(model, **change)
    assert words in sentences()


def test_a_gap_and_a_jump_in_time_are_found(request_in_service: ServiceRequest) -> None:
    with pgtrigger.ignore():
        CaseEvent.objects.filter(kind="request", seq=2).delete()
        CaseEvent.objects.filter(kind="request", seq=4).update(at=clock.now() - timedelta(days=900))
    found = sentences()
    assert "the history has a gap" in found
    assert "lies before the one ahead of it" in found


def test_lost_histories_and_orphans_are_found(request_in_service: ServiceRequest, cast: Cast) -> None:
    CaseText.objects.create(kind="request", case_id=request_in_service.pk, seq=77, name="note", body="x")
    Timer.objects.create(kind="request", case_id=10**9, name="remind", due_at=clock.now(), run_at=clock.now())
    assert "text note stands beside no event" in sentences()
    assert f"request {10**9}: timer without a case" in sentences()
    remove("cases_caseevent")
    assert "there is no history" in sentences()


def test_a_wrong_beginning_is_found(cast: Cast) -> None:
    cast.place()
    with pgtrigger.ignore():
        CaseEvent.objects.filter(kind="request", seq=1).update(to_state="offered")
    assert "it began as offered, not as submitted" in sentences()


def test_missing_and_doubled_clocks_are_found(cast: Cast) -> None:
    request = cast.place()
    timer = Timer.objects.get(kind="request", case_id=request.pk)
    Timer.objects.create(
        kind="request",
        case_id=request.pk,
        name=timer.name,
        part_id=timer.part_id,
        generation=5,
        due_at=timer.due_at,
        run_at=timer.run_at,
    )
    assert "timer half_time runs 2 times" in sentences()
    Timer.objects.update(name="unheard_of")
    found = sentences()
    assert "unknown to the workflow" in found
    assert "it waits for dispatch, but no clock runs" in found


def test_faults_of_offers_and_pools_are_found(cast: Cast) -> None:
    request = cast.offered()
    Offer.objects.update(expires_at=clock.now() + timedelta(days=9))
    assert "runs out at another time than its timer" in sentences()
    sabotage(Offer, round=3)
    assert "of round 3 is open in round 1" in sentences()
    sabotage(ServiceRequest, state="rejected")
    assert "it has ended, but offers or the pool are open" in sentences()
    Pool.objects.create(
        request=request, round=1, opened_at=clock.now(), closes_at=clock.now() + timedelta(hours=1)
    )
    assert "the open pool and the timer that closes it do not match" in sentences()


def test_a_timer_of_auto_dispatch_that_was_left_behind_is_found(cast: Cast) -> None:
    auto_dispatch.set_rule(actor=cast.admin, area=cast.district, category=None, on=True, width=1, patience=50)
    cast.place()
    assert sentences() == ""
    sabotage(ServiceRequest, confidential=True)
    assert "dispatched automatically, but waits for that no more" in sentences()


def test_faults_of_waterfalls_are_found(cast: Cast) -> None:
    request = cast.place()
    start = request.preferred_start
    actions.act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=2, agreed_start=start)
    assert sentences() == ""
    Waterfall.objects.update(width=1)
    assert "asks 2 people at a time instead of 1" in sentences()
    ServiceRequest.objects.update(confidential=True)
    assert "goes on, but the request is confidential" in sentences()
    sabotage(Offer, state="expired")
    assert "goes on, but nobody is asked" in sentences()
    first, second = Offer.objects.order_by("pk")
    sabotage(Offer, volunteer_id=first.volunteer_id)
    assert "asked somebody twice" in sentences()
    sabotage(Waterfall, round=2)
    assert "of round 2 goes on in round 1" in sentences()
    assert "asks in another round than its own" in sentences()


def completed(cast: Cast, request: ServiceRequest) -> ServiceRequest:
    """Returns the request with the service done."""
    with clock.at(clock.now() + timedelta(days=1, minutes=40)):
        return actions.act(request, "complete", actor=cast.volunteer.user)


def test_faults_of_the_ledger_and_of_answers_are_found(
    cast: Cast, request_in_service: ServiceRequest
) -> None:
    request = completed(cast, request_in_service)
    assert sentences() == ""
    record = ServiceRecord.objects.get()
    with pgtrigger.ignore():
        ServiceRecord.objects.update(volunteer=cast.second)
        RecordConfirmation.objects.create(record=record, how="rating", by=cast.resident)
    found = sentences()
    assert "the ledger credits somebody else" in found
    assert "its record is confirmed, but nobody has answered" in found
    Rating.objects.create(
        request=request, round=2, solved="yes", stars=5, via="beneficiary", by=cast.resident, at=clock.now()
    )
    Timer.objects.filter(name="auto_close").delete()
    found = sentences()
    assert "round 2 is rated, it is in round 1" in found
    assert "it waits for an answer, but nothing closes it" in found


def test_an_unrated_closing_with_a_rating_and_an_open_outcome_are_found(cast: Cast) -> None:
    request = cast.place()
    Rating.objects.create(
        request=request, round=1, solved="yes", stars=5, via="beneficiary", by=cast.resident, at=clock.now()
    )
    sabotage(ServiceRequest, outcome="unrated")
    assert "it is open with the outcome unrated" in sentences()
    sabotage(ServiceRequest, state="closed")
    assert "closed as unrated, but there is a rating" in sentences()


def test_a_promise_of_somebody_else_and_too_many_people_are_found(
    cast: Cast, request_in_service: ServiceRequest
) -> None:
    Commitment.objects.update(volunteer=cast.second)
    assert "the time is promised by somebody else" in sentences()
    line = Assignment.objects.get()
    extra = Offer.objects.create(
        request=request_in_service, round=1, volunteer=cast.third, state="open", terms=1, made_at=clock.now()
    )
    with pgtrigger.ignore():
        Assignment.objects.create(
            request=request_in_service,
            round=1,
            slot=2,
            volunteer=cast.third,
            offer=extra,
            accepted_at=line.accepted_at,
            agreed_start=line.agreed_start,
            expected_minutes=60,
        )
    assert "2 people in 1 slots" in sentences()


def test_first_steps_that_are_not_those_of_the_parts_are_found(
    cast: Cast, request_in_service: ServiceRequest
) -> None:
    assert sentences() == ""
    sabotage(ServiceRequest, dispatched_at=clock.now(), accepted_at=None)
    assert "dispatched_at is not when somebody was first asked" in sentences()
    assert "accepted_at is not when somebody first accepted" in sentences()


def test_a_tree_that_counts_wrongly_is_found(cast: Cast) -> None:
    Area.objects.filter(pk=cast.street.pk).update(numchild=9)
    consistency.queries.forget()
    assert "counts 9 areas below it, there are 1" in sentences()


def test_the_command_says_how_many_and_fails_when_there_are_faults(cast: Cast) -> None:
    cast.place()
    out = StringIO()
    call_command("check_consistency", stdout=out)
    assert out.getvalue().startswith(f"{consistency.count_cases()} cases agree")
    sabotage(ServiceRequest, version=9)
    with pytest.raises(CommandError, match="1 faults in"):
        call_command("check_consistency", "--all", stdout=out)
    assert "version 9" in out.getvalue()


def test_a_timer_that_fired_without_an_event_or_twice_is_found(
    cast: Cast, request_in_service: ServiceRequest
) -> None:
    sabotage(Timer, fired_at=clock.now(), voided_at=None)
    assert "timers called remind" in sentences()


def test_what_stands_without_its_cause_is_found(cast: Cast, request_in_service: ServiceRequest) -> None:
    sabotage(
        Message,
        dedupe_key=Concat(Value(f"request:{request_in_service.pk}:77:"), AsType(F("pk"), CharField())),
    )
    sabotage(Commitment, subject_id=9_999_999)
    found = sentences()
    assert "tells of nothing that happened" in found
    assert "time is promised to no assignment under way" in found
