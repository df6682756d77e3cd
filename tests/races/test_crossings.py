"""Two verbs that cross: one order or the other, never a mixture."""

import threading
from functools import partial
from typing import Any

import pytest
import time_machine

from civic.cases import timers
from civic.cases.change import Change
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from requests_app.actions import act
from requests_app.enums import OfferState
from requests_app.models import Assignment, Offer, ServiceRequest
from tests.cast import Cast
from tests.races.conftest import WAIT_S, GuardsOff, together
from volunteers import ledger


def verbs(request: ServiceRequest) -> list[str]:
    """Returns the verbs of a request's history in order."""
    events = CaseEvent.objects.filter(kind="request", case_id=request.pk).order_by("seq", "pk")
    return list(events.values_list("verb", flat=True))


def coming_and_going(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns an accepted request and, for its one volunteer, giving up and checking in."""
    request = crowd.accepted()
    user = crowd.volunteer.user
    return request, [
        partial(act, request, "give_up", actor=user, reason_code="ill"),
        partial(act, request, "check_in", actor=user, code=request.check_in_code),
    ]


def test_without_guards_somebody_who_gave_up_checks_in(crowd: Cast, guards_off: GuardsOff) -> None:
    damage = []
    request, both = coming_and_going(crowd)
    with guards_off():
        together(*both)
    events = CaseEvent.objects.filter(case_id=request.pk, verb__in=["give_up", "check_in"])
    damage = list(events.values_list("seq", flat=True))
    assert len(damage) == 2
    assert len(set(damage)) == 1  # both took the same step of history: neither knew of the other


@pytest.mark.parametrize("attempt", range(5))
def test_nobody_checks_in_after_giving_up(crowd: Cast, attempt: int) -> None:
    request, both = coming_and_going(crowd)
    together(*both)
    line = Assignment.objects.get(request=request)
    story = [verb for verb in verbs(request) if verb in {"give_up", "check_in"}]
    assert line.state == "given_up"
    assert story in (["give_up"], ["check_in", "give_up"])


def two_completions(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request with two helpers in service and their completions."""
    request = crowd.in_service(crowd.volunteer, crowd.second)
    return request, [
        partial(act, request, "complete", actor=each.user) for each in (crowd.volunteer, crowd.second)
    ]


def edges_to_completed(request: ServiceRequest) -> int:
    """Returns how often the request became completed."""
    return CaseEvent.objects.filter(case_id=request.pk, kind="request", to_state="completed").count()


def test_without_guards_two_completions_lose_the_end(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, both = two_completions(crowd)
    each_has_written = threading.Barrier(2)
    record = ledger.record

    def record_and_wait(**line: Any) -> Any:
        made = record(**line)
        each_has_written.wait(WAIT_S)
        return made

    monkeypatch.setattr(ledger, "record", record_and_wait)
    with guards_off():
        together(*both)
    assert edges_to_completed(request) != 1


@pytest.mark.parametrize("attempt", range(5))
def test_two_helpers_completing_at_once_complete_the_request_once(crowd: Cast, attempt: int) -> None:
    request, both = two_completions(crowd)
    together(*both)
    request.refresh_from_db()
    assert request.state == "completed"
    assert edges_to_completed(request) == 1
    assert (
        Timer.objects.filter(kind="request", case_id=request.pk, name="auto_close", voided_at=None).count()
        == 1
    )


def an_offer_that_runs_out(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns an offer in the instant it runs out: the sweeper comes while the volunteer accepts."""
    request = crowd.offered()
    now = clock.now()
    Timer.objects.filter(kind="request", case_id=request.pk, name="expire_offer").update(
        due_at=now, run_at=now
    )
    return request, [timers.sweep, partial(act, request, "accept", actor=crowd.volunteer.user)]


def test_without_guards_an_offer_expires_and_is_accepted(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, both = an_offer_that_runs_out(crowd)
    both_have_found_it_open, expired = threading.Barrier(2), threading.Event()
    move = Change.move

    def move_in_turn(change: Change, part: Any, to: str, **fields: Any) -> None:
        if to in {OfferState.EXPIRED, OfferState.ACCEPTED}:
            both_have_found_it_open.wait(WAIT_S)
        if to == OfferState.ACCEPTED:
            expired.wait(WAIT_S)
        move(change, part, to, **fields)
        if to == OfferState.EXPIRED:
            expired.set()

    monkeypatch.setattr(Change, "move", move_in_turn)
    with guards_off():
        together(*both)
    stories = [verb for verb in verbs(request) if verb in {"accept", "expire_offer"}]
    assert sorted(stories) == ["accept", "expire_offer"]


@pytest.mark.parametrize("attempt", range(5))
def test_an_offer_expires_or_is_accepted_never_both(crowd: Cast, attempt: int) -> None:
    request, both = an_offer_that_runs_out(crowd)
    together(*both)
    timers.sweep()
    story = [verb for verb in verbs(request) if verb in {"accept", "expire_offer"}]
    offer = Offer.objects.get(request=request)
    assert (story, offer.state) in ((["accept"], "accepted"), (["expire_offer"], "expired"))
    assert Assignment.objects.filter(request=request).count() == (1 if story == ["accept"] else 0)


def test_two_sweepers_fire_each_timer_once(crowd: Cast) -> None:
    requests = [crowd.place() for _ in range(30)]
    due = (
        Timer.objects.filter(kind="request").latest("due_at").due_at
    )  # half of the time has passed: the next timer is not due yet
    with time_machine.travel(due, tick=False):
        fired = together(*[timers.sweep] * 4)
        assert sum(fired) + timers.sweep() == 30
    for request in requests:
        assert verbs(request) == ["place", "remind"]
