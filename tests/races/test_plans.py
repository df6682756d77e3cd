"""A plan applied while life goes on: what is promised elsewhere is told by line, and nobody promises twice."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from civic.lib import clock
from civic.lib.errors import DomainError
from requests_app.actions import act
from requests_app.models import Assignment, Offer, Plan, PlanLine, ServiceRequest
from requests_app.plans import actions, jobs, taken
from tests.cast import Cast
from tests.races.conftest import WAIT_S, GuardsOff, refused, together
from tests.requests_app.plans.plans import applied, planned
from volunteers.models import Commitment, Volunteer


def waiting(crowd: Cast, count: int) -> list[ServiceRequest]:
    """Returns requests for the same hour tomorrow."""
    start = clock.now() + timedelta(days=1)
    return [
        crowd.place(preferred_start=start, preferred_end=start + timedelta(hours=1)) for _ in range(count)
    ]


def apply_now(plan: Plan, crowd: Cast) -> None:
    """Applies the whole plan, as a press of the button and a worker would together."""
    actions.apply(plan, actor=crowd.dispatcher, wake=False)
    jobs.apply(plan.pk)


def accepting(request: ServiceRequest, volunteer: Volunteer) -> Callable[[], Any]:
    return partial(act, request, "accept", actor=volunteer.user)


@pytest.mark.parametrize("attempt", range(3))
def test_a_plan_applied_while_its_people_accept_elsewhere_loses_nothing_and_promises_nobody_twice(
    crowd: Cast, attempt: int
) -> None:
    people = [crowd.volunteer, crowd.second, crowd.third]
    elsewhere = [crowd.offered(each) for each in people]
    backlog = waiting(crowd, 3)
    plan = planned(crowd, most_each=1)
    assert plan.served == 3
    results = together(
        partial(apply_now, plan, crowd),
        *(accepting(request, who) for request, who in zip(elsewhere, people, strict=True)),
    )
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)]
    assert not refused(results[1:])  # nobody's own acceptance was refused because of the plan
    plan.refresh_from_db()
    lines = list(PlanLine.objects.filter(plan=plan, request__in=backlog))
    assert plan.state in {"applied", "partly_applied"}
    assert {each.state for each in lines} <= {"applied", "conflict"}
    assert all(each.refusal for each in lines if each.state == "conflict")
    offered = Offer.objects.filter(request__in=backlog).values_list("request", "volunteer")
    assert sorted(offered) == sorted((e.request_id, e.volunteer_id) for e in lines if e.state == "applied")

    # Whoever got an offer of the plan beside the promise just made cannot take it as well.
    taken = together(*(partial(act, e.request, "accept", actor=e.volunteer.user) for e in lines))
    assert len(refused(taken)) == 3
    assert Commitment.objects.filter(active=True).count() == 3
    assert {each.volunteer_id for each in Assignment.objects.all()} == {each.pk for each in people}


def two_who_apply(crowd: Cast) -> tuple[Plan, list[Callable[[], Any]]]:
    """Returns a plan and two dispatchers who press the button at once."""
    waiting(crowd, 3)
    plan = planned(crowd, most_each=1)
    for who in (crowd.dispatcher, crowd.colleague):
        who.refresh_from_db()
    return plan, [
        partial(_press, plan, crowd.dispatcher),
        partial(_press, plan, crowd.colleague),
    ]


def _press(plan: Plan, actor: Any) -> None:
    try:
        actions.apply(plan, actor=actor, wake=False)
    finally:
        jobs.apply(plan.pk)


@pytest.mark.parametrize("attempt", range(3))
def test_two_who_apply_a_plan_at_once_ask_everybody_once(crowd: Cast, attempt: int) -> None:
    plan, both = two_who_apply(crowd)
    together(*both)
    jobs.resume()
    plan.refresh_from_db()
    assert plan.state == "applied"
    assert Offer.objects.count() == 3
    assert PlanLine.objects.filter(plan=plan, state="applied").count() == 3


def test_two_plans_over_one_backlog_ask_nobody_twice(crowd: Cast) -> None:
    waiting(crowd, 3)
    first, second = planned(crowd, most_each=1), planned(crowd, most_each=1)
    together(partial(apply_now, first, crowd), partial(apply_now, second, crowd))
    for plan in (first, second):
        plan.refresh_from_db()
        assert plan.state in {"applied", "partly_applied"}
    assert Offer.objects.count() == 3  # whoever came second reads that the request has changed
    assert PlanLine.objects.filter(state="conflict").count() == 3


def asking_at_one_time(crowd: Cast) -> list[Callable[[], Any]]:
    """Returns two who each ask the same person, by a plan of their own, for the same hour."""

    def ask(plan: Plan) -> None:
        pinned = PlanLine.objects.get(plan=plan, pinned=True)
        actions.apply(plan, actor=crowd.dispatcher, lines=[pinned.pk], wake=False)
        jobs.apply(plan.pk)

    plans = [planned(crowd, pins={(each.pk, crowd.volunteer.pk)}) for each in waiting(crowd, 2)]
    return [partial(ask, plan) for plan in plans]


@pytest.mark.parametrize("attempt", range(3))
def test_two_plans_at_once_ask_nobody_for_one_time_twice(crowd: Cast, attempt: int) -> None:
    together(*asking_at_one_time(crowd))
    assert Offer.objects.filter(volunteer=crowd.volunteer).count() == 1
    assert PlanLine.objects.filter(volunteer=crowd.volunteer, refusal_code="full").count() == 1


def test_without_the_lock_two_plans_ask_for_one_time_twice(
    crowd: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asking_at_one_time(crowd)
    read, everybody_has_read = taken._asked, threading.Barrier(2)

    def wait_after_reading(whose: Any) -> taken.Asked:
        found = read(whose)
        everybody_has_read.wait(WAIT_S)
        return found

    monkeypatch.setattr(taken, "_one_plan_at_a_time", lambda _volunteer: None)
    monkeypatch.setattr(taken, "_asked", wait_after_reading)
    together(*both)
    assert Offer.objects.filter(volunteer=crowd.volunteer).count() == 2


def test_without_guards_two_plans_ask_the_same_person_twice(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    [request] = waiting(crowd, 1)
    first, second = planned(crowd), planned(crowd)
    monkeypatch.setattr(taken, "_one_plan_at_a_time", lambda _volunteer: None)
    with guards_off("offer_open_once", "considered_once", choosing=True):
        together(partial(apply_now, first, crowd), partial(apply_now, second, crowd))
        assert Offer.objects.filter(request=request, state="open").count() == 2


def test_two_who_start_a_plan_at_once_make_one(crowd: Cast) -> None:
    waiting(crowd, 1)
    start = partial(actions.start, area=crowd.community, wake=False)
    made = together(partial(start, actor=crowd.dispatcher), partial(start, actor=crowd.colleague))
    assert not refused(made)
    assert {each.pk for each in made} == {Plan.objects.get().pk}
    assert applied(planned_again(made[0]), crowd).state == "applied"


def planned_again(plan: Plan) -> Plan:
    """Returns the plan after two workers have been woken for it."""
    together(partial(jobs.compute, plan.pk), partial(jobs.compute, plan.pk))
    plan.refresh_from_db()
    assert plan.state == "ready"
    return plan
