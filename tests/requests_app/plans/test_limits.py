"""No plan asks more of anybody than they want in a day or a week, with all that is promised and asked already."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import DateTimeTZRange

from civic.lib import clock
from requests_app import actions as verbs
from requests_app import matching
from requests_app.models import Plan, PlanState, ServiceRequest
from tests.cast import Cast
from tests.requests_app.plans.plans import applied, lines, pairs, planned, recomputed
from volunteers.models import Commitment, Volunteer

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Returns a moment of the coming weeks by the clock of Shanghai; day 0 is next Monday."""
    today = clock.now().astimezone(SHANGHAI).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today + timedelta(days=day + 7 - today.weekday())


def wish(cast: Cast, day: int, hour: int = 9, minutes: int = 60, **more: Any) -> ServiceRequest:
    start = at(day, hour)
    made = cast.place(preferred_start=start, preferred_end=start + timedelta(hours=2), **more)
    ServiceRequest.objects.filter(pk=made.pk).update(expected_minutes=minutes)
    made.refresh_from_db()
    return made


def promise(person: Volunteer, start: datetime, minutes: int = 60) -> None:
    """Lets the person have promised that time to something that is no request."""
    during = DateTimeTZRange(start, start + timedelta(minutes=minutes), "[)")
    count = Commitment.objects.count()
    Commitment.objects.create(volunteer=person, subject_kind="test", subject_id=count, during=during)


@pytest.fixture
def alone(cast: Cast) -> Volunteer:
    """The only volunteer there is to ask."""
    Volunteer.objects.exclude(pk=cast.volunteer.pk).update(active=False)
    return cast.volunteer


def limit(person: Volunteer, *, daily: int | None = None, weekly: int | None = None) -> None:
    Volunteer.objects.filter(pk=person.pk).update(daily_limit=daily, weekly_limit=weekly)


def test_what_is_promised_this_week_counts_towards_the_limit_of_a_week(cast: Cast, alone: Volunteer) -> None:
    limit(alone, weekly=2)
    promise(alone, at(0))
    wish(cast, 1), wish(cast, 2)
    plan = planned(cast, most_each=2)
    assert (plan.served, plan.left_over, plan.proven) == (1, 1, True)


def test_one_a_day_can_be_one_on_each_of_three_days(cast: Cast, alone: Volunteer) -> None:
    limit(alone, daily=1)
    wish(cast, 1), wish(cast, 2), wish(cast, 3)
    assert planned(cast, most_each=3).served == 3


def test_a_day_and_a_week_begin_at_midnight_here(cast: Cast, alone: Volunteer) -> None:
    limit(alone, daily=1, weekly=2)
    promise(alone, at(-1, 23))  # Sunday of the week before
    wish(cast, 0, 1), wish(cast, 0, 23), wish(cast, 6, 23, 120), wish(cast, 7, 2)
    plan = planned(cast, most_each=4)
    taken = Counter(each.start.astimezone(SHANGHAI).date() for each in lines(plan, "proposed") if each.start)
    assert taken == {at(0).date(): 1, at(6).date(): 1, at(7).date(): 1}


def test_an_open_time_counts_towards_no_day(cast: Cast, alone: Volunteer) -> None:
    limit(alone, daily=1, weekly=1)
    wish(cast, 1), wish(cast, 2)
    ServiceRequest.objects.filter(pk=wish(cast, 3).pk).update(preferred_start=None)
    assert planned(cast, most_each=3).served == 2


def test_pins_beyond_a_limit_fail_the_plan_by_name(cast: Cast, alone: Volunteer) -> None:
    limit(alone, daily=1)
    pins = {(wish(cast, 1, hour).pk, alone.pk) for hour in (9, 15)}
    wish(cast, 2)
    plan = planned(cast, pins=pins, most_each=3)
    assert plan.state == "failed"
    assert {(each.request_id, each.volunteer_id) for each in lines(plan)} == pins
    assert {each.refusal_code for each in lines(plan)} == {"opposed"}


def test_a_line_that_no_longer_fits_beside_a_promise_made_elsewhere_is_refused(
    cast: Cast, alone: Volunteer
) -> None:
    limit(alone, weekly=2)
    elsewhere = cast.offered(alone, preferred_start=at(0), preferred_end=at(0, 12))
    wish(cast, 1), wish(cast, 2)
    plan = planned(cast, most_each=2)
    first, second = lines(plan, "proposed")
    applied(plan, cast, [first.pk])
    verbs.act(elsewhere, "accept", actor=alone.user)
    plan = applied(plan, cast, [second.pk])
    assert plan.state == "partly_applied"
    [refused] = lines(plan, "conflict")
    assert (refused.pk, refused.refusal_code) == (second.pk, "full")
    assert refused.refusal == "加上各计划已派未复的，会超出其愿意的每日或每周次数。"
    refused.request.refresh_from_db()
    assert (refused.request.state, refused.request.agreed_start) == ("submitted", None)
    plan = recomputed(plan, cast)
    assert [each.request_id for each in lines(plan, "left")] == [second.request_id]


def test_what_a_plan_has_asked_and_is_not_answered_takes_up_time_and_limits(
    cast: Cast, alone: Volunteer
) -> None:
    limit(alone, daily=2)
    wish(cast, 1, 9)
    applied(planned(cast), cast)
    wish(cast, 1, 9)
    assert planned(cast).served == 0
    free, later = wish(cast, 1, 11), wish(cast, 1, 18)
    plan = planned(cast)
    [line] = lines(plan, "proposed")
    assert line.request_id in {free.pk, later.pk}
    applied(plan, cast)
    assert planned(cast).served == 0
    verbs.act(line.request, "decline_offer", actor=alone.user)
    assert planned(cast).served == 1


def test_two_plans_made_before_either_is_applied_do_not_ask_for_one_time_twice(
    cast: Cast, alone: Volunteer
) -> None:
    one, other = wish(cast, 1, 9), wish(cast, 1, 9)
    plans = [planned(cast, pins={(each.pk, alone.pk)}) for each in (one, other)]
    assert [applied(plan, cast).state for plan in plans] == ["applied", "partly_applied"]
    [refused] = lines(plans[1], "conflict")
    assert (refused.refusal_code, refused.refusal) == ("full", "已有计划派给其同一时间的诉求。")


def test_a_plan_computed_again_gives_nobody_more_than_it_may_in_all(cast: Cast, alone: Volunteer) -> None:
    for day in range(4):
        wish(cast, day)
    plan = planned(cast, most_each=2)
    applied(plan, cast, [lines(plan, "proposed")[0].pk])
    plan = recomputed(plan, cast)
    assert (len(lines(plan, "applied")), len(lines(plan, "proposed"))) == (1, 1)


def test_whoever_has_been_asked_by_a_plan_comes_after_who_has_not(cast: Cast) -> None:
    wish(cast, 1)
    plan = applied(planned(cast, most_each=1), cast)
    [asked] = lines(plan, "applied")
    wish(cast, 3)
    [line] = lines(planned(cast, most_each=1), "proposed")
    assert line.volunteer_id != asked.volunteer_id


A_LIMIT = st.none() | st.integers(1, 3)
DAYS, HOURS = st.sampled_from([0, 1, 2, 7]), st.sampled_from([0, 9, 10, 15, 23])
A_TIME = st.tuples(DAYS, HOURS)
A_PAIR = st.tuples(st.integers(0, 6), st.integers(0, 1))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limits=st.lists(st.tuples(A_LIMIT, A_LIMIT), min_size=2, max_size=2),
    promised=st.lists(st.tuples(A_TIME, st.integers(0, 1)), max_size=2, unique_by=lambda each: each),
    wishes=st.lists(st.tuples(A_TIME, st.sampled_from([45, 90]), st.integers(1, 2)), min_size=4, max_size=7),
    elsewhere=st.lists(st.tuples(A_TIME, st.integers(0, 1)), min_size=1, max_size=3),
    pins=st.lists(A_PAIR, max_size=1),
    bans=st.lists(A_PAIR, max_size=3),
    most_each=st.integers(1, 4),
    parts=st.integers(1, 3),
)
@pytest.mark.full
def test_no_plan_solved_or_applied_breaks_a_limit_and_none_is_stricter_than_the_limits(
    cast: Cast,
    limits: list[Any],
    promised: list[Any],
    wishes: list[Any],
    elsewhere: list[Any],
    pins: list[Any],
    bans: list[Any],
    most_each: int,
    parts: int,
) -> None:
    with transaction.atomic():
        world = World(cast, limits)
        for (day, hour), who in promised:
            promise(world.people[who], at(day, hour, 0), 30)
        requests = [wish(cast, *time, minutes, headcount=heads) for time, minutes, heads in wishes]
        other = [(wish(cast, *time, 30), world.people[who]) for time, who in elsewhere]
        forbidden = {(requests[number % len(requests)].pk, world.people[who].pk) for number, who in bans}
        pinned = {(requests[number % len(requests)].pk, world.people[who].pk) for number, who in pins}
        ServiceRequest.objects.filter(pk__in=[each.pk for each, _ in other]).update(confidential=True)
        plan = planned(cast, pins=pinned - forbidden, forbidden=forbidden, most_each=most_each)
        assert plan.state == PlanState.READY
        world.check(plan, requests, pinned - forbidden, forbidden)

        chosen = [each.pk for each in lines(plan, "proposed")]
        for share in (chosen[:parts], chosen[parts:]):
            if share:
                plan = applied(plan, cast, share)
                world.check_asked(plan, set(share))
            while other:
                world.promise_elsewhere(*other.pop())
        told = {each.pk: each.state for each in lines(plan, "applied", "conflict")}
        assert set(chosen) <= told.keys()
        again = planned(cast, most_each=most_each) if plan.is_over else recomputed(plan, cast)
        world.check_asked(again, {each.pk for each in lines(again, "proposed")})
        transaction.set_rollback(True)


class World:
    """Two volunteers with limits, and what is checked of every plan for them: all written out by hand."""

    def __init__(self, cast: Cast, limits: list[Any]) -> None:
        self.people = [cast.volunteer, cast.second]
        Volunteer.objects.exclude(pk__in=[each.pk for each in self.people]).update(active=False)
        for person, (daily, weekly) in zip(self.people, limits, strict=True):
            limit(person, daily=daily, weekly=weekly)
            person.refresh_from_db()
        Plan.objects.all().delete()
        self.cast = cast

    def promise_elsewhere(self, request: ServiceRequest, person: Volunteer) -> None:
        """Has the person accept a request beside the plan, where the rules let them be asked for it."""
        ServiceRequest.objects.filter(pk=request.pk).update(confidential=False)
        request.refresh_from_db()
        if matching.eligible(request).filter(pk=person.pk).exists():
            given: dict[str, Any] = {
                "volunteers": [person.pk],
                "agreed_start": request.preferred_start,
            }
            verbs.act(request, "offer", actor=self.cast.dispatcher, **given)
            verbs.act(request, "accept", actor=person.user)
        ServiceRequest.objects.filter(pk=request.pk).update(confidential=True)

    def check(
        self, plan: Plan, requests: list[ServiceRequest], pinned: set[Any], forbidden: set[Any]
    ) -> None:
        """Asserts that a plan just solved keeps every rule, and that nothing more would have fitted."""
        found = pairs(plan)
        for request, volunteer in found:
            one = ServiceRequest.objects.get(pk=request)
            assert matching.eligible(one).filter(pk=volunteer).exists()
        told = {(each.request_id, each.volunteer_id) for each in lines(plan, "conflict")}
        assert pinned <= found | told
        assert not found & forbidden
        by_pk = {each.pk: each for each in requests}
        for person in self.people:
            own = [by_pk[request] for request, volunteer in found if volunteer == person.pk]
            assert len(own) <= plan.most_each
            assert self.fits(person, own)
            for left in lines(plan, "left"):
                more = by_pk[left.request_id]
                if more in own or (more.pk, person.pk) in forbidden or len(own) == plan.most_each:
                    continue
                busy = not matching.eligible(more).filter(pk=person.pk).exists()
                assert busy or not self.fits(person, [*own, more]), "one more would have fitted"

    def check_asked(self, plan: Plan, new: set[int]) -> None:
        """Asserts that the lines `new`, asked or proposed, keep every rule beside what is promised and was asked."""
        for person in self.people:
            own = [each for each in lines(plan, "applied", "proposed") if each.volunteer == person]
            just = [each.request for each in own if each.pk in new]
            before = [each.request for each in own if each.pk not in new and each.state == "applied"]
            assert len(just) + len(before) <= plan.most_each
            assert self.fits(person, just, before)

    def fits(
        self, person: Volunteer, new: list[ServiceRequest], before: Iterable[ServiceRequest] = ()
    ) -> bool:
        """Whether the person could promise all of the `new` ones beside those of `before` and what they promised."""
        promised = [
            (each.during.lower, each.during.upper)
            for each in Commitment.objects.filter(volunteer=person, active=True)
        ]
        old, more = [*promised, *map(times_of, before)], [times_of(each) for each in new]
        if any(one[0] < other[1] and other[0] < one[1] for one, other in combinations(more, 2)):
            return False
        if any(one[0] < other[1] and other[0] < one[1] for one in more for other in old):
            return False
        for most, period in ((person.daily_limit, "%F"), (person.weekly_limit, "%G %V")):
            counted = Counter(each[0].astimezone(SHANGHAI).strftime(period) for each in (*old, *more))
            ours = {each[0].astimezone(SHANGHAI).strftime(period) for each in more}
            if most is not None and any(counted[each] > most for each in ours):
                return False
        return True


def times_of(request: ServiceRequest) -> tuple[datetime, datetime]:
    assert request.preferred_start is not None
    return request.preferred_start, request.preferred_start + timedelta(minutes=request.expected_minutes)
