"""Many hands, few slots: who is first wins, everybody else hears so, nothing is given twice."""

from functools import partial
from typing import Any

import pgtrigger
import pytest

from civic.accounts.models import User
from civic.cases.models import CaseEvent
from civic.lib.errors import AlreadyTaken
from requests_app.actions import act
from requests_app.models import Assignment, Offer, ServiceRequest
from tests.cast import Cast
from tests.races.conftest import GuardsOff, refused, together
from volunteers.models import Commitment, Volunteer


def open_to(crowd: Cast, people: int, slots: int) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request with `slots` in the pool and `people` approved volunteers."""
    first = crowd.helper("志愿者0", "+8613900000000", skills=[])
    helpers = [first, *likenesses(first, people - 1)]
    request = crowd.place(headcount=slots)
    request = act(request, "offer", actor=crowd.dispatcher, pool=True, agreed_start=request.preferred_start)
    return request, [partial(act, request, "accept", actor=each.user) for each in helpers]


def likenesses(first: Volunteer, count: int) -> list[Volunteer]:
    """Returns others of whom all is known that is known of `first`; to register each would take most of a race."""
    users = User.objects.bulk_create(
        User(username=f"hand{n}", phone=f"+86139{n:08d}", name=f"志愿者{n}") for n in range(1, count + 1)
    )
    known = {field.attname: getattr(first, field.attname) for field in Volunteer._meta.concrete_fields}
    with pgtrigger.ignore():
        return Volunteer.objects.bulk_create(
            Volunteer(**{**known, "id": None, "user_id": user.pk, "number": user.username}) for user in users
        )


def taken(request: ServiceRequest) -> list[int]:
    """Returns the slots that somebody holds."""
    return sorted(Assignment.objects.filter(request=request).values_list("slot", flat=True))


def test_without_guards_one_slot_is_given_to_several(crowd: Cast, guards_off: GuardsOff) -> None:
    request, accepts = open_to(crowd, people=5, slots=1)
    with guards_off("assignment_slot_once", readers=5):
        together(*accepts)
    assert len(taken(request)) > 1


@pytest.mark.parametrize("slots", [1, 3])
def test_of_200_who_accept_at_once_just_as_many_win_as_there_are_slots(crowd: Cast, slots: int) -> None:
    request, accepts = open_to(crowd, people=200, slots=slots)
    results = together(*accepts)
    losers = refused(results)
    assert [type(error) for error in losers] == [AlreadyTaken] * (200 - slots)
    assert {error.status for error in losers} == {409}
    assert taken(request) == list(range(1, slots + 1))
    assert Commitment.objects.filter(active=True).count() == slots
    request.refresh_from_db()
    assert request.state == "accepted"
    assert CaseEvent.objects.filter(case_id=request.pk, kind="request", verb="accept").count() == slots


def test_without_guards_two_dispatchers_ask_one_person_twice(crowd: Cast, guards_off: GuardsOff) -> None:
    request, offers = two_dispatchers(crowd)
    with guards_off("offer_open_once", "considered_once", choosing=True):
        together(*offers)
    assert Offer.objects.filter(request=request, state="open").count() == 2


def test_two_dispatchers_asking_one_person_make_one_offer(crowd: Cast) -> None:
    request, offers = two_dispatchers(crowd)
    results = together(*offers)
    assert [type(error) for error in refused(results)] == [AlreadyTaken]
    assert Offer.objects.filter(request=request, state="open").count() == 1


def two_dispatchers(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request and two offers of it to the same volunteer by different dispatchers."""
    request = crowd.place()
    return request, [
        partial(
            act,
            request,
            "offer",
            actor=staff,
            volunteers=[crowd.volunteer.pk],
            agreed_start=request.preferred_start,
        )
        for staff in (crowd.dispatcher, crowd.colleague)
    ]


def overlapping_accepts(crowd: Cast) -> list[Any]:
    """Returns the acceptances of two requests for the same time by the one volunteer to whom both are offered."""
    return [partial(act, crowd.offered(), "accept", actor=crowd.volunteer.user) for _ in range(2)]


def test_without_the_constraint_one_person_promises_one_time_twice(
    crowd: Cast, guards_off: GuardsOff
) -> None:
    accepts = overlapping_accepts(crowd)
    with guards_off("commitment_no_overlap"):
        together(*accepts)
    assert Commitment.objects.filter(volunteer=crowd.volunteer, active=True).count() == 2


@pytest.mark.parametrize("attempt", range(5))
def test_one_person_accepting_two_overlapping_requests_gets_one(crowd: Cast, attempt: int) -> None:
    results = together(*overlapping_accepts(crowd))
    assert [error.code for error in refused(results)] == ["overlap"]
    assert Commitment.objects.filter(active=True).count() == 1
