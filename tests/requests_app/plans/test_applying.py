"""Applying a plan: direct offers through the write door, line by line, and what has changed meanwhile is told."""

from datetime import timedelta

import pytest
from django.db import connection

from civic.lib import clock
from civic.lib.errors import Conflict, IllegalTransition, ValidationFailed
from requests_app import actions as verbs
from requests_app.models import Offer, PlanLine, ServiceRequest
from requests_app.plans import actions, jobs
from tests.cast import Cast
from tests.requests_app.plans.plans import applied, lines, planned, recomputed
from tests.requests_app.plans.test_computing import wish
from volunteers.models import Volunteer


def test_applying_asks_everybody_once_and_compels_nobody(cast: Cast) -> None:
    both = [wish(cast, headcount=2), wish(cast, hours=8)]
    plan = applied(planned(cast), cast)
    assert plan.state == "applied"
    offers = Offer.objects.filter(state="open", request__in=both)
    asked = {(each.request_id, each.volunteer_id) for each in lines(plan, "applied")}
    assert asked == set(offers.values_list("request", "volunteer"))
    assert len(asked) == 3
    assert not ServiceRequest.objects.filter(assignments__isnull=False).exists()
    for request in both:
        request.refresh_from_db()
        assert (request.state, request.agreed_start) == ("offered", request.preferred_start)
    with pytest.raises(IllegalTransition):
        actions.apply(plan, actor=cast.dispatcher)
    jobs.apply(plan.pk)  # a worker that comes late
    assert offers.count() == 3


def test_chosen_lines_only_and_the_rest_later(cast: Cast) -> None:
    first, second = wish(cast), wish(cast, hours=8)
    plan = planned(cast)
    one, other = lines(plan)
    assert applied(plan, cast, [one.pk]).state == "partly_applied"
    assert list(Offer.objects.values_list("request", flat=True)) == [one.request_id]
    assert applied(plan, cast, [one.pk, other.pk]).state == "applied"  # one is left alone: it was applied
    assert set(Offer.objects.values_list("request", flat=True)) == {first.pk, second.pk}
    with pytest.raises(IllegalTransition):
        applied(plan, cast)


def test_lines_of_another_plan_are_refused(cast: Cast) -> None:
    wish(cast)
    plan, other = planned(cast), planned(cast)
    with pytest.raises(ValidationFailed):
        actions.apply(plan, actor=cast.dispatcher, lines=[each.pk for each in lines(other)], wake=False)


def test_what_has_changed_meanwhile_is_told_line_by_line_and_nothing_is_lost(cast: Cast) -> None:
    amended, taken, barred, fine = (wish(cast, hours=hours) for hours in (1, 5, 9, 13))
    plan = planned(cast, most_each=4)
    who = {each.request_id: each.volunteer for each in lines(plan)}
    verbs.act(amended, "amend", actor=cast.dispatcher, title="改了")
    verbs.act(taken, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    verbs.act(taken, "accept", actor=cast.volunteer.user, agreed_start=taken.preferred_start)
    lost = who[barred.pk]
    assert lost is not None
    PlanLine.objects.filter(plan=plan, request=fine).update(volunteer=_other(cast, lost))
    Volunteer.objects.filter(pk=lost.pk).update(active=False)
    plan = applied(plan, cast)
    told = {each.request_id: each for each in lines(plan)}
    assert plan.state == "partly_applied"
    assert told[amended.pk].refusal_code == told[taken.pk].refusal_code == "version_conflict"
    assert told[barred.pk].refusal_code == "invalid"
    assert told[barred.pk].refusal == "目前不接受派单。"  # which rule it is, not only that there is one
    assert told[fine.pk].state == "applied"
    again = recomputed(plan, cast)
    assert {each.request_id for each in lines(again, "proposed")} == {amended.pk, barred.pk}
    assert [each.request_id for each in lines(again, "applied")] == [fine.pk]


def _other(cast: Cast, person: Volunteer) -> Volunteer:
    return cast.second if person != cast.second else cast.third


def test_a_forbidden_line_is_not_applied(cast: Cast) -> None:
    wish(cast)
    plan = planned(cast)
    [line] = lines(plan)
    assert line.volunteer_id is not None
    actions.hold(
        plan,
        actor=cast.dispatcher,
        what=actions.Hold.FORBID,
        request_id=line.request_id,
        volunteer_id=line.volunteer_id,
    )
    actions.apply(plan, actor=cast.dispatcher, wake=False)
    assert not Offer.objects.exists()


def test_a_worker_goes_on_where_another_stopped(cast: Cast) -> None:
    for hours in (1, 5, 9):
        wish(cast, hours=hours)
    plan = planned(cast)
    actions.apply(plan, actor=cast.dispatcher, wake=False)
    jobs.apply(plan.pk, most=1)
    plan.refresh_from_db()
    assert (plan.state, Offer.objects.count()) == ("applying", 1)
    jobs.resume()
    plan.refresh_from_db()
    assert (plan.state, Offer.objects.count()) == ("applied", 3)


def test_a_declined_offer_is_planned_for_somebody_else(cast: Cast) -> None:
    request = wish(cast)
    plan = applied(planned(cast), cast)
    [line] = lines(plan)
    assert line.volunteer is not None
    verbs.act(request, "decline_offer", actor=line.volunteer.user)
    [new] = lines(planned(cast), "proposed")
    assert new.volunteer_id != line.volunteer_id


def test_a_start_that_has_passed_meanwhile_is_told(cast: Cast) -> None:
    request = wish(cast)
    plan = planned(cast)
    PlanLine.objects.filter(plan=plan).update(start=clock.now() - timedelta(minutes=1))
    plan = applied(plan, cast)
    [line] = lines(plan)
    assert (line.state, line.refusal_code) == ("conflict", "invalid")
    request.refresh_from_db()
    assert request.state == "submitted"


def test_what_one_applies_no_colleague_takes_over(cast: Cast) -> None:
    wish(cast), wish(cast, hours=8)
    plan = planned(cast)
    first, other = lines(plan)
    actions.apply(plan, actor=cast.dispatcher, lines=[first.pk], wake=False)
    with pytest.raises(Conflict):
        actions.apply(plan, actor=cast.colleague, lines=[other.pk], wake=False)
    jobs.apply(plan.pk)
    assert Offer.objects.get().made_by == cast.dispatcher
    actions.apply(plan, actor=cast.colleague, lines=[other.pk], wake=False)
    jobs.apply(plan.pk)
    assert Offer.objects.get(request=other.request_id).made_by == cast.colleague


def test_a_line_that_fails_on_our_side_is_shown_and_the_others_go_on(cast: Cast) -> None:
    wish(cast), wish(cast, hours=8)
    plan = planned(cast)
    broken, fine = lines(plan)
    with connection.cursor() as cursor:  # a fault of the database itself, for one request only
        cursor.execute(
            f"ALTER TABLE requests_app_offer ADD CONSTRAINT no_offer CHECK (request_id <> {broken.request_id})"
        )
    plan = applied(plan, cast)
    told = {each.pk: (each.state, each.refusal_code) for each in lines(plan)}
    assert told == {broken.pk: ("conflict", "failed"), fine.pk: ("applied", "")}
    assert plan.state == "partly_applied"
