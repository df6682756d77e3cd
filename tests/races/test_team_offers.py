"""A team is asked, and more than one hand moves: each slot has one person, each offer one end."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from civic.cases import timers
from civic.cases.change import Change
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from civic.lib.errors import AlreadyTaken, DomainError, IllegalTransition
from insight import consistency
from requests_app.actions import act
from requests_app.models import Assignment, ServiceRequest, TeamOffer
from tests.cast import Cast
from tests.races.conftest import WAIT_S, GuardsOff, refused, together
from tests.requests_app.teams import offered_to, team_of
from volunteers import team_actions, team_effects
from volunteers.models import Commitment, Team, TeamMembership

ENDS = ("accept_for_team", "expire_team_offer")


def two_leaders(crowd: Cast, **wish: Any) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request put to a team with two leaders, and for each the answer that they come themselves."""
    team = team_of(crowd, crowd.volunteer, crowd.second)
    request = offered_to(crowd, team, **wish)
    return request, [
        partial(act, request, "accept_for_team", actor=each.user, members=[each.pk])
        for each in (crowd.volunteer, crowd.second)
    ]


def slots(request: ServiceRequest) -> list[int]:
    """Returns the slots that somebody holds."""
    active = Assignment.objects.filter(request=request, state="accepted")
    return sorted(active.values_list("slot", flat=True))


def nothing_is_wrong(request: ServiceRequest) -> None:
    """Asserts what holds after every race: one person a slot, a promise for each, rows and history that agree."""
    assert len(set(slots(request))) == len(slots(request)) <= ServiceRequest.objects.get(pk=request.pk).needed
    assert Commitment.objects.filter(active=True).count() == len(slots(request))
    assert [str(fault) for fault in consistency.check()] == []


def answers(request: ServiceRequest, *verbs: str) -> list[int]:
    """Returns the numbers in the history of the steps that ended the offer."""
    events = CaseEvent.objects.filter(case_id=request.pk, kind="request", verb__in=verbs)
    return list(events.values_list("seq", flat=True))


def test_without_guards_two_leaders_both_answer_one_offer(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, both = two_leaders(crowd, headcount=2)
    both_have_chosen = threading.Barrier(2)
    move = Change.move

    def move_together(change: Change, part: Any, to: str, **fields: Any) -> None:
        both_have_chosen.wait(WAIT_S)
        move(change, part, to, **fields)

    monkeypatch.setattr(Change, "move", move_together)
    with guards_off("assignment_slot_once", "considered_once"):
        together(*both)
    assert len(answers(request, "accept_for_team")) == 2


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize(("needed", "loss"), [(1, AlreadyTaken), (2, IllegalTransition)])
def test_two_leaders_who_answer_at_once_are_one_answer(
    crowd: Cast, needed: int, loss: type[DomainError], attempt: int
) -> None:
    request, both = two_leaders(crowd, headcount=needed)
    assert [type(error) for error in refused(together(*both))] == [loss]
    assert slots(request) == [1]
    assert TeamOffer.objects.get().state == "accepted"
    assert len(answers(request, "accept_for_team")) == 1
    nothing_is_wrong(request)


@pytest.mark.parametrize("attempt", range(3))
def test_accepting_and_declining_for_a_team_at_once_is_one_answer(crowd: Cast, attempt: int) -> None:
    request, (accept, _other) = two_leaders(crowd, headcount=2)
    decline = partial(act, request, "decline_for_team", actor=crowd.second.user)
    assert len(refused(together(accept, decline))) == 1
    offer = TeamOffer.objects.get()
    assert (offer.state, slots(request)) in [("accepted", [1]), ("declined", [])]
    nothing_is_wrong(request)


def at_expiry(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request put to a team, its answer, and a sweep for which the time to answer has run out."""
    request, (accept, _other) = two_leaders(crowd)
    Timer.objects.filter(name="expire_team_offer").update(run_at=clock.now() - timedelta(seconds=1))
    return request, [accept, timers.sweep]


def test_without_guards_an_answer_and_the_expiry_both_count(crowd: Cast, guards_off: GuardsOff) -> None:
    request, both = at_expiry(crowd)
    with guards_off("considered_once"):
        together(*both)
    assert len(answers(request, *ENDS)) == 2
    assert (
        len(set(answers(request, *ENDS))) == 1
    )  # both took the same step of history: neither knew of the other


@pytest.mark.parametrize("attempt", range(3))
def test_an_answer_against_the_expiry_is_one_end(crowd: Cast, attempt: int) -> None:
    request, (accept, sweep) = at_expiry(crowd)
    together(accept, sweep, sweep)
    timers.sweep()
    assert (TeamOffer.objects.get().state, slots(request)) in [("accepted", [1]), ("expired", [])]
    assert len(answers(request, *ENDS)) == 1
    nothing_is_wrong(request)


def team_and_pool(crowd: Cast, needed: int) -> tuple[ServiceRequest, list[Any]]:
    """Returns a request that is with a team and in the pool, a leader who names two, and two who claim."""
    team = team_of(crowd, crowd.volunteer, members=(crowd.second,))
    request = offered_to(crowd, team, headcount=needed)
    request = act(request, "offer", actor=crowd.dispatcher, pool=True)
    fourth = crowd.helper("钱进", "+8613800000031")
    named = [crowd.volunteer.pk, crowd.second.pk]
    return request, [
        partial(act, request, "accept_for_team", actor=crowd.volunteer.user, members=named),
        partial(act, request, "accept", actor=crowd.third.user),
        partial(act, request, "accept", actor=fourth.user),
    ]


def test_without_guards_a_team_and_the_pool_share_a_slot(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, everybody = team_and_pool(crowd, needed=2)
    all_have_chosen = threading.Barrier(3)
    add = Change.add

    def add_together(change: Change, part: Any, **recorded: Any) -> None:
        if isinstance(part, Assignment) and not change.fact("waited"):
            change.facts["waited"] = True
            all_have_chosen.wait(WAIT_S)
        add(change, part, **recorded)

    monkeypatch.setattr(Change, "add", add_together)
    with guards_off("assignment_slot_once", "considered_once", readers=3):
        together(*everybody)
    assert slots(request).count(1) > 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_leader_against_the_pool_gives_each_slot_once(crowd: Cast, attempt: int) -> None:
    request, everybody = team_and_pool(crowd, needed=2)
    together(*everybody)
    assert slots(request) in ([1], [1, 2])
    nothing_is_wrong(request)


def test_two_dispatchers_ask_a_team_once(crowd: Cast) -> None:
    team = team_of(crowd, crowd.volunteer)
    request = crowd.place()
    ask = [
        partial(act, request, "offer", actor=staff, team=team.pk, agreed_start=request.preferred_start)
        for staff in (crowd.dispatcher, crowd.colleague)
    ]
    assert [type(error) for error in refused(together(*ask))] == [AlreadyTaken]
    assert TeamOffer.objects.filter(request=request).count() == 1


def applying_twice(crowd: Cast) -> tuple[Team, list[Any]]:
    """Returns a team and one volunteer's application, sent twice."""
    team = team_of(crowd)
    return team, [partial(team_actions.act, team, "apply", actor=crowd.third.user)] * 2


def test_without_guards_one_volunteer_applies_twice(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    team, both = applying_twice(crowd)
    looking, belonging = threading.Barrier(len(both)), team_effects.belonging

    def look_together(*given: Any) -> Any:
        found = belonging(*given)
        looking.wait(WAIT_S)
        return found

    with guards_off("team_membership_once"), monkeypatch.context() as patch:
        patch.setattr(team_effects, "belonging", look_together)
        together(*both)
    assert TeamMembership.objects.filter(team=team, state="applied").count() == 2


def test_applying_twice_at_once_is_one_application(crowd: Cast) -> None:
    team, both = applying_twice(crowd)
    results = together(*both)
    assert len([each for each in results if isinstance(each, DomainError)]) == 1
    assert TeamMembership.objects.filter(team=team, state="applied").count() == 1


def test_founding_corps_at_once_gives_each_its_place(crowd: Cast) -> None:
    founding = [
        partial(team_actions.found, actor=crowd.colleague, area=crowd.district, name=f"总队{n}")
        for n in range(4)
    ]
    results = together(*founding)
    paths = list(Team.objects.values_list("path", flat=True))
    assert len(set(paths)) == len(paths) == len([each for each in results if isinstance(each, Team)])
    assert paths
