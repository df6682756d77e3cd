"""Plans of a backlog: the same candidates as one by one, and nothing that a plan may not do."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.lib import clock
from civic.lib.errors import Conflict, NotAllowed, NotFound
from requests_app import actions as verbs
from requests_app import matching
from requests_app.matching import pairs as batch
from requests_app.models import Plan, PlanLine, PlanState, ServiceRequest
from requests_app.models.plans import KEPT, MOST_TRIES
from requests_app.plans import actions, jobs
from requests_app.plans.actions import Hold
from tests.cast import SOUTH, WEST, Cast
from tests.requests_app.plans.plans import lines, pairs, planned, recomputed
from volunteers.models import Volunteer

A_WISH = st.fixed_dictionaries(
    {"hours": st.integers(1, 5), "minutes": st.integers(30, 150), "headcount": st.integers(1, 2)}
)
A_PAIR = st.tuples(st.integers(0, 4), st.integers(0, 2))


def wish(cast: Cast, hours: int = 1, minutes: int = 60, **more: Any) -> ServiceRequest:
    """Returns a request for tomorrow, so many hours from now and so long."""
    start = clock.now() + timedelta(days=1, hours=hours)
    made = cast.place(preferred_start=start, preferred_end=start + timedelta(hours=5), **more)
    ServiceRequest.objects.filter(pk=made.pk).update(expected_minutes=minutes)
    return made


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(A_WISH, min_size=2, max_size=5),
    pins=st.lists(A_PAIR, max_size=2, unique=True),
    bans=st.lists(A_PAIR, max_size=4, unique=True),
    most_each=st.integers(1, 3),
)
@pytest.mark.full
def test_no_plan_breaks_a_capacity_an_overlap_a_pin_or_a_ban(
    cast: Cast, wishes: list[dict[str, int]], pins: list[Any], bans: list[Any], most_each: int
) -> None:
    ServiceRequest.objects.update(confidential=True)  # of the examples before: no plan takes those up
    Plan.objects.all().delete()
    requests = [wish(cast, **each) for each in wishes]
    people = [cast.volunteer, cast.second, cast.third]
    forbidden = {(requests[at % len(requests)].pk, people[who].pk) for at, who in bans}
    pinned = {(requests[at % len(requests)].pk, people[who].pk) for at, who in pins} - forbidden
    plan = planned(cast, pins=pinned, forbidden=forbidden, most_each=most_each)
    if plan.state == PlanState.FAILED:  # the pins alone break a rule, and the plan says which
        told = {
            (each.request_id, each.volunteer_id) for each in lines(plan) if each.refusal_code == "opposed"
        }
        assert told
        assert told <= pinned
        return
    found = pairs(plan)
    kept = {(each.request_id, each.volunteer_id) for each in lines(plan) if each.pinned}
    assert kept <= found  # a second pin replaces the first where one slot has one person
    assert all(pair in kept for pair in pinned if ServiceRequest.objects.get(pk=pair[0]).needed > 1)
    assert not found & forbidden
    slots = dict(ServiceRequest.objects.values_list("pk", "needed"))
    for request in requests:
        asked = sum(pair[0] == request.pk for pair in found)
        left = sum(each.slots_left for each in lines(plan, "left") if each.request_id == request.pk)
        assert asked + left == slots[request.pk]
    for person in people:
        own = [each for each in lines(plan, "proposed") if each.volunteer_id == person.pk]
        assert len(own) <= most_each
        for one, other in combinations(own, 2):
            first, second = matching.window(one.request), matching.window(other.request)
            assert first is not None
            assert second is not None
            assert first[1] <= second[0] or second[1] <= first[0]


def test_what_ends_within_the_second_in_which_the_next_begins_overlaps(cast: Cast) -> None:
    for each in (cast.second, cast.third):
        Volunteer.objects.filter(pk=each.pk).update(active=False)
    first, second = wish(cast, minutes=60), wish(cast, minutes=60)
    start = clock.now().replace(microsecond=500_000) + timedelta(days=1)
    for each, begins in ((first, start), (second, start + timedelta(minutes=60, milliseconds=-5))):
        ServiceRequest.objects.filter(pk=each.pk).update(preferred_start=begins)
    assert planned(cast).served == 1


def test_the_candidates_of_a_backlog_are_those_of_each_request(cast: Cast) -> None:
    here = [cast.place(category=code, consent=True) for code in ("errand", "medical")]
    nowhere = cast.place()
    ServiceRequest.objects.filter(pk=nowhere.pk).update(lat=None, lon=None)
    for number in range(30):
        made = cast.helper(f"志愿者{number}", f"+86138000011{number:02d}")
        place = None if number % 5 == 0 else SOUTH + 0.0004 * number
        Volunteer.objects.filter(pk=made.pk).update(lat=place, active=number % 7 != 0)
    requests = [ServiceRequest.objects.get(pk=each.pk) for each in (*here, nowhere)]
    book = batch.book(requests, {}, clock.now())
    for at, request in enumerate(requests):
        pairs = np.flatnonzero(book.places == at).tolist()
        together = {int(book.volunteers[pair]): book.rate(request, pair) for pair in pairs}
        one_by_one = {each.volunteer.pk: each for each in matching.candidates(request, limit=100)}
        assert together.keys() == one_by_one.keys()
        for pk, each in one_by_one.items():
            same = batch.Rated(each.score, each.parts, each.shares, each.reason_codes, each.distance_m)
            assert together[pk] == same


def test_the_nearest_of_a_backlog_are_exact_where_many_live(cast: Cast) -> None:
    request = cast.place(lat=SOUTH + 0.005, lon=WEST + 0.005)
    for number in range(20):
        made = cast.helper(f"志愿者{number}", f"+86138000012{number:02d}")
        Volunteer.objects.filter(pk=made.pk).update(
            lat=SOUTH + 0.005 + 0.0001 * (number % 5), lon=WEST + 0.005 + 0.0001 * (number // 5)
        )
    book = batch.book([request], {}, clock.now(), count=7)
    found = matching.nearest.pool(request, 7)
    assert sorted(book.volunteers.tolist()) == sorted(found)


def test_a_plan_takes_as_many_statements_for_many_requests_as_for_few(cast: Cast) -> None:
    taken = []
    for more in (1, 6):
        for _ in range(more):
            wish(cast)
        with CaptureQueriesContext(connection) as run:
            planned(cast)
        taken.append(len(run))
    assert taken[0] == taken[1]


def test_what_is_left_over_says_why(cast: Cast) -> None:
    for each in (cast.second, cast.third):
        Volunteer.objects.filter(pk=each.pk).update(active=False)
    wish(cast, urgency="urgent"), wish(cast)
    late = cast.place()
    long_ago = clock.now() - timedelta(hours=5)
    ServiceRequest.objects.filter(pk=late.pk).update(
        preferred_start=long_ago, preferred_end=long_ago + timedelta(hours=1)
    )
    forbidden = wish(cast, hours=9)
    plan = planned(cast, forbidden={(forbidden.pk, cast.volunteer.pk)})
    assert (plan.state, plan.served, plan.left_over, plan.proven) == ("ready", 1, 3, True)
    assert [each.request.urgency for each in lines(plan, "proposed")] == ["urgent"]
    why = {each.request_id: each.left_because for each in lines(plan, "left")}
    assert sorted(why.values()) == ["nobody", "passed", "taken"]
    assert (why[late.pk], why[forbidden.pk]) == ("passed", "nobody")


def test_whom_a_plan_leaves_alone(cast: Cast) -> None:
    waiting = wish(cast)
    asked = cast.offered()
    pooled = wish(cast)
    verbs.act(pooled, "offer", actor=cast.dispatcher, pool=True)
    sealed, elsewhere = wish(cast), wish(cast)
    ServiceRequest.objects.filter(pk=sealed.pk).update(confidential=True)
    ServiceRequest.objects.filter(pk=elsewhere.pk).update(community_id=None)
    plan = planned(cast)
    assert {each.request_id for each in lines(plan)} == {waiting.pk}
    assert asked.pk != waiting.pk


def test_pins_and_bans_are_held_when_computing_again(cast: Cast) -> None:
    request = wish(cast)
    plan = planned(cast)
    [line] = lines(plan)
    others = {each[0] for each in line.alternatives}
    assert others | {line.volunteer_id} == {cast.volunteer.pk, cast.second.pk, cast.third.pk}
    wanted = max(others)
    actions.hold(plan, actor=cast.dispatcher, what=Hold.PIN, request_id=request.pk, volunteer_id=wanted)
    assert pairs(recomputed(plan, cast)) == {(request.pk, wanted)}
    actions.hold(plan, actor=cast.dispatcher, what=Hold.FORBID, request_id=request.pk, volunteer_id=wanted)
    [(_, now)] = pairs(recomputed(plan, cast))
    assert now != wanted
    assert wanted not in {each[0] for each in lines(plan, "proposed")[0].alternatives}
    actions.hold(plan, actor=cast.dispatcher, what=Hold.FREE, request_id=request.pk, volunteer_id=wanted)
    assert not lines(plan, "aside")


def test_what_computing_again_changes_is_marked(cast: Cast) -> None:
    same, moved, given_up = (wish(cast, hours=hours) for hours in (1, 5, 9))
    plan = planned(cast)
    who = {each.request_id: each.volunteer_id or 0 for each in lines(plan)}
    assert {each.news for each in lines(plan)} == {""}
    new = wish(cast, hours=13)
    rather = cast.second.pk if who[moved.pk] != cast.second.pk else cast.third.pk
    everybody = [(given_up.pk, each.pk) for each in (cast.volunteer, cast.second, cast.third)]
    held = [(Hold.PIN, same.pk, who[same.pk]), (Hold.PIN, moved.pk, rather)]
    for what, request_id, volunteer_id in (*held, *((Hold.FORBID, *pair) for pair in everybody)):
        actions.hold(plan, actor=cast.dispatcher, what=what, request_id=request_id, volunteer_id=volunteer_id)
    plan = recomputed(plan, cast)
    news = {each.request_id: each.news for each in lines(plan, "proposed", "left")}
    assert news == {same.pk: "", moved.pk: "changed", given_up.pk: "changed", new.pk: "new"}
    assert {each.news for each in lines(recomputed(plan, cast))} == {""}


def test_a_pin_that_has_become_impossible_is_told_and_the_rest_planned(cast: Cast) -> None:
    one, other = wish(cast), wish(cast, hours=4)
    plan = planned(cast, pins={(one.pk, cast.second.pk)})
    assert (one.pk, cast.second.pk) in pairs(plan)
    Volunteer.objects.filter(pk=cast.second.pk).update(active=False)
    assert {request for request, _ in pairs(recomputed(plan, cast))} == {one.pk, other.pk}
    [lost] = lines(plan, "conflict")
    assert (lost.volunteer_id, lost.refusal_code, lost.pinned) == (cast.second.pk, "not_candidate", True)


def test_pins_against_each_other_fail_the_plan_by_name_and_can_be_taken_back(cast: Cast) -> None:
    one, other = wish(cast), wish(cast)
    plan = planned(cast, pins={(one.pk, cast.second.pk), (other.pk, cast.second.pk)})
    assert plan.state == "failed"
    assert {each.refusal_code for each in lines(plan)} == {"opposed"}
    actions.hold(plan, actor=cast.dispatcher, what=Hold.FREE, request_id=one.pk, volunteer_id=cast.second.pk)
    assert (other.pk, cast.second.pk) in pairs(recomputed(plan, cast))


def test_two_presses_make_one_plan(cast: Cast) -> None:
    given: dict[str, Any] = {"area": cast.community, "wake": False}
    first = actions.start(actor=cast.dispatcher, **given)
    assert actions.start(actor=cast.colleague, **given).pk == first.pk
    with pytest.raises(Conflict):
        actions.start(actor=cast.dispatcher, most_each=4, **given)
    assert Plan.objects.count() == 1


def test_plans_are_made_and_held_in_ones_own_areas_only(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        actions.start(actor=cast.dispatcher, area=cast.district, wake=False)
    request = wish(cast)
    plan = planned(cast)
    for what in (actions.again, actions.apply, actions.discard):
        with pytest.raises(NotAllowed):
            what(plan, actor=cast.outsider)
    with pytest.raises(NotFound):
        actions.hold(
            plan,
            actor=cast.dispatcher,
            what=Hold.PIN,
            request_id=request.pk,
            volunteer_id=cast.far_volunteer.pk,
        )


def test_a_plan_whose_worker_died_is_taken_up_and_in_the_end_given_up(cast: Cast) -> None:
    wish(cast)
    plan = actions.start(actor=cast.dispatcher, area=cast.community, wake=False)
    for _ in range(MOST_TRIES):
        assert jobs._take(plan.pk) is not None
        assert jobs._take(plan.pk) is None  # held
        Plan.objects.filter(pk=plan.pk).update(lease_until=clock.now())  # and its worker never comes back
    jobs.resume()
    plan.refresh_from_db()
    assert (plan.state, bool(plan.last_error)) == ("failed", True)
    assert recomputed(plan, cast).state == "ready"


def test_a_worker_that_lost_its_plan_writes_nothing(cast: Cast) -> None:
    wish(cast)
    plan = actions.start(actor=cast.dispatcher, area=cast.community, wake=False)
    late = jobs._take(plan.pk)
    assert late is not None
    Plan.objects.filter(pk=plan.pk).update(lease_until=clock.now())
    jobs.compute(plan.pk)
    ready = list(PlanLine.objects.values_list("pk", flat=True))
    with pytest.raises(jobs.LostHold):
        jobs._compute(late)
    assert list(PlanLine.objects.values_list("pk", flat=True)) == ready


def test_old_plans_are_forgotten(cast: Cast) -> None:
    wish(cast)
    plan, young = planned(cast), planned(cast)
    Plan.objects.filter(pk=plan.pk).update(made_at=clock.now() - KEPT)
    assert jobs.forget_old() == 1
    assert list(Plan.objects.values_list("pk", flat=True)) == [young.pk]


def test_pairs_of_ones_own_are_never_lost_in_a_plan_under_way(cast: Cast) -> None:
    request = wish(cast)
    actions.start(actor=cast.dispatcher, area=cast.community, wake=False)
    with pytest.raises(Conflict):
        actions.start(
            actor=cast.dispatcher,
            area=cast.community,
            forbidden=[(request.pk, cast.volunteer.pk)],
            wake=False,
        )


def test_a_worker_of_an_earlier_computing_writes_nothing(cast: Cast) -> None:
    wish(cast)
    plan = planned(cast)
    actions.again(plan, actor=cast.dispatcher, wake=False)
    stale = jobs._take(plan.pk)
    assert stale is not None
    Plan.objects.filter(pk=plan.pk).update(lease_until=None)
    jobs.compute(plan.pk)
    plan.refresh_from_db()
    actions.again(plan, actor=cast.dispatcher, wake=False)
    assert jobs._take(plan.pk) is not None  # its first try again, of another computing
    with pytest.raises(jobs.LostHold):
        jobs._say(stale, done=1)
