"""A waterfall that goes on while others act: one successor for each offer that ended, none once it is taken."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from civic.accounts.models import User
from civic.cases import timers
from civic.cases.change import Change
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from insight import consistency
from requests_app.actions import act, auto_dispatch
from requests_app.enums import OfferState
from requests_app.models import Assignment, Offer, ServiceRequest, Waterfall
from tests.cast import Cast
from tests.races.conftest import WAIT_S, GuardsOff, together
from volunteers.models import Volunteer


def running_out(crowd: Cast) -> tuple[ServiceRequest, Offer]:
    """Returns a request that is put to one at a time, in the instant in which the first offer runs out."""
    request = crowd.place()
    request = act(
        request,
        "offer",
        actor=crowd.dispatcher,
        mode="waterfall",
        width=1,
        agreed_start=request.preferred_start,
    )
    now = clock.now()
    Timer.objects.filter(case_id=request.pk, name="expire_offer").update(due_at=now, run_at=now)
    Offer.objects.filter(request=request).update(expires_at=now)
    return request, Offer.objects.select_related("volunteer__user").get(request=request)


def without_expiry(offer: Offer) -> Offer:
    """The volunteer's answer is on its way: judged by the state of the offer, not by its time."""
    Offer.objects.filter(pk=offer.pk).update(expires_at=clock.now() + timedelta(minutes=1))
    return offer


def successors(request: ServiceRequest) -> int:
    """Returns how many were asked after the first."""
    return Offer.objects.filter(request=request).count() - 1


def test_without_guards_a_successor_is_asked_although_the_first_accepted(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, first = running_out(crowd)
    without_expiry(first)
    both_have_found_it_open, expired = threading.Barrier(2), threading.Event()
    move = Change.move

    def move_in_turn(change: Change, part: Any, to: str, **fields: Any) -> None:
        crossing = isinstance(part, Offer) and to in {OfferState.EXPIRED, OfferState.ACCEPTED}
        if crossing:
            both_have_found_it_open.wait(WAIT_S)
        if crossing and to == OfferState.ACCEPTED:
            expired.wait(WAIT_S)
        move(change, part, to, **fields)
        if crossing and to == OfferState.EXPIRED:
            expired.set()

    monkeypatch.setattr(Change, "move", move_in_turn)
    with guards_off():
        together(timers.sweep, partial(act, request, "accept", actor=first.volunteer.user))
    assert Assignment.objects.filter(request=request).count() == 1
    assert successors(request) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_it_is_accepted_or_the_next_is_asked_never_both(crowd: Cast, attempt: int) -> None:
    request, first = running_out(crowd)
    without_expiry(first)
    together(timers.sweep, partial(act, request, "accept", actor=first.volunteer.user))
    timers.sweep()
    accepted = Assignment.objects.filter(request=request).exists()
    assert successors(request) == (0 if accepted else 1)
    assert Waterfall.objects.get(request=request).state == ("closed" if accepted else "open")


@pytest.mark.parametrize("attempt", range(5))
def test_two_sweepers_at_once_make_one_successor(crowd: Cast, attempt: int) -> None:
    request, _first = running_out(crowd)
    together(*[timers.sweep] * 4)
    timers.sweep()
    assert successors(request) == 1
    assert CaseEvent.objects.filter(case_id=request.pk, verb="expire_offer").count() == 1


def two_who_decline(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request that is put to two at a time, and how both of them decline."""
    for number in range(3):
        crowd.helper(f"志愿者{number}", f"+861390000{number:04d}")
    request = crowd.place()
    request = act(
        request,
        "offer",
        actor=crowd.dispatcher,
        mode="waterfall",
        width=2,
        agreed_start=request.preferred_start,
    )
    asked = Offer.objects.filter(request=request).select_related("volunteer__user")
    return request, [partial(act, request, "decline_offer", actor=each.volunteer.user) for each in asked]


def people_asked(request: ServiceRequest) -> list[int]:
    """Returns who was asked, as often as they were."""
    return list(Offer.objects.filter(request=request).values_list("volunteer_id", flat=True))


def test_without_guards_two_who_decline_at_once_have_one_person_asked_twice(
    crowd: Cast, guards_off: GuardsOff
) -> None:
    request, both = two_who_decline(crowd)
    with guards_off("offer_open_once", "considered_once", choosing=True):
        together(*both)
    asked = people_asked(request)
    assert len(asked) == 4
    assert len(set(asked)) == 3


@pytest.mark.parametrize("attempt", range(3))
def test_two_who_decline_at_once_make_room_for_two_others(crowd: Cast, attempt: int) -> None:
    request, both = two_who_decline(crowd)
    together(*both)
    asked = people_asked(request)
    assert len(asked) == len(set(asked)) == 4
    assert Offer.objects.filter(request=request, state="open").count() == 2


def test_two_dispatchers_begin_one(crowd: Cast) -> None:
    request = crowd.place()
    begin = [
        partial(act, request, "offer", actor=staff, mode="waterfall", agreed_start=request.preferred_start)
        for staff in (crowd.dispatcher, crowd.colleague)
    ]
    together(*begin)
    assert Waterfall.objects.filter(request=request).count() == 1
    assert Offer.objects.filter(request=request).count() == 2


def test_sweepers_dispatch_a_new_request_by_a_rule_once(crowd: Cast) -> None:
    auto_dispatch.set_rule(actor=crowd.admin, area=crowd.district, category=None, on=True, width=1)
    requests = [crowd.place() for _ in range(3)]
    together(*[timers.sweep] * 4)
    timers.sweep()
    for request in requests:
        assert CaseEvent.objects.filter(case_id=request.pk, verb="auto_dispatch").count() == 1
    assert Offer.objects.count() == 3
    assert [str(fault) for fault in consistency.check()] == []


def due_by_a_rule(crowd: Cast, *residents: User) -> list[ServiceRequest]:
    """Returns a request of each of `residents` for one time, which have waited as long as their rule lets them, and for
    all of which only one volunteer is left."""
    auto_dispatch.set_rule(
        actor=crowd.admin, area=crowd.district, category=None, on=True, width=1, patience=50
    )
    Volunteer.objects.exclude(pk=crowd.volunteer.pk).update(active=False)
    starts = clock.now() + timedelta(days=1)
    requests = [crowd.place(actor=who, preferred_start=starts) for who in residents]
    now = clock.now()
    Timer.objects.filter(name="auto_dispatch").update(due_at=now, run_at=now)
    return requests


def by_hand(crowd: Cast, request: ServiceRequest) -> Any:
    """Returns how a dispatcher has the one volunteer asked."""
    start = request.preferred_start
    return partial(
        act, request, "offer", actor=crowd.dispatcher, mode="waterfall", width=1, agreed_start=start
    )


@pytest.mark.parametrize("attempt", range(3))
def test_two_that_are_due_at_once_and_want_one_person_lose_neither(crowd: Cast, attempt: int) -> None:
    requests = due_by_a_rule(crowd, crowd.resident, crowd.neighbour)
    together(*[timers.sweep] * 4)
    timers.sweep()
    for request in requests:
        assert people_asked(request) == [crowd.volunteer.pk]
        assert CaseEvent.objects.filter(case_id=request.pk, verb="auto_dispatch").count() == 1
    together(*[partial(act, request, "accept", actor=crowd.volunteer.user) for request in requests])
    assert Assignment.objects.filter(volunteer=crowd.volunteer).count() == 1
    assert [str(fault) for fault in consistency.check()] == []


def test_without_guards_a_rule_and_a_dispatcher_both_ask_one_person(
    crowd: Cast, guards_off: GuardsOff
) -> None:
    [request] = due_by_a_rule(crowd, crowd.resident)
    with guards_off("waterfall_open_once", "offer_open_once", "considered_once", choosing=True):
        together(timers.sweep, by_hand(crowd, request))
    assert people_asked(request) == [crowd.volunteer.pk] * 2


@pytest.mark.parametrize("attempt", range(3))
def test_a_rule_or_a_dispatcher_asks_never_both(crowd: Cast, attempt: int) -> None:
    [request] = due_by_a_rule(crowd, crowd.resident)
    together(timers.sweep, by_hand(crowd, request))
    timers.sweep()
    assert people_asked(request) == [crowd.volunteer.pk]
    assert CaseEvent.objects.filter(case_id=request.pk, verb__in=["auto_dispatch", "offer"]).count() == 1
    assert [str(fault) for fault in consistency.check()] == []
