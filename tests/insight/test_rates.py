"""The rates: each number is the number of the rows behind it, and what the history tells when it is read by hand."""

from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest
import time_machine
from django.db.models import Q

from civic.cases.models import CaseEvent
from civic.lib import clock
from insight import rates
from insight.rates import Within
from requests_app.actions import act
from requests_app.models import Offer, Rating, ServiceRequest
from tests.api.conftest import Api
from tests.api.wishes import problem
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY_9 = "2026-11-23T01:00:00Z"


def everything(prefix: str) -> Q:
    return Q()


def of_last_days(days: int = 400) -> Within:
    return Within(everything, clock.now() - timedelta(days=days), clock.now() + timedelta(seconds=1))


@pytest.fixture
def busy_week(cast: Cast) -> Any:
    """Requests that ended in every way, some in time and some late; yields the cast a fortnight later."""
    with time_machine.travel(MONDAY_9, tick=False) as now:
        cast.closed()
        late = cast.place(title="迟派", category="repair")
        now.shift(timedelta(hours=30))
        act(late, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk], agreed_start=in_hours(5))
        act(late, "decline_offer", actor=cast.second.user)
        act(
            cast.place(title="不受理"),
            "reject",
            actor=cast.dispatcher,
            reason_code="unsafe",
            text="危险，请拨 110",
        )
        act(cast.place(title="不要了"), "cancel", actor=cast.resident, reason="好了")
        cast.place(title="没人管", category="repair")
        withdrawn = cast.offered(cast.volunteer)
        act(withdrawn, "withdraw_offer", actor=cast.dispatcher)
        cast.accepted(cast.volunteer)
        now.shift(timedelta(days=14))
        yield cast


def in_hours(hours: int) -> datetime:
    return clock.now() + timedelta(hours=hours)


def test_every_figure_is_the_number_of_the_rows_behind_it(busy_week: Cast) -> None:
    within = of_last_days()
    shown = {figure.name: figure for figure in rates.figures(within)}
    for rate in rates.rates(within):
        figure = shown[rate.name]
        assert (figure.numerator, figure.denominator) == (rate.counted.count(), rate.behind.count()), (
            rate.name
        )
        if rate.prefix and not figure.denominator:
            continue  # nothing was referred
        assert figure.denominator > 0, rate.name
        assert rate.middle or figure.value == figure.numerator / figure.denominator
        assert set(rate.counted.values_list("pk")) <= set(rate.behind.values_list("pk"))
    assert any(figure.numerator < figure.denominator for figure in shown.values())


def test_the_history_read_by_hand_gives_the_same(busy_week: Cast) -> None:
    now, found = clock.now(), ServiceRequest.objects.all()
    first = {
        verb: {
            event.case_id: event.at
            for event in CaseEvent.objects.filter(kind="request", verb=verb).order_by("-seq")
        }
        for verb in ("offer", "reject", "accept")
    }
    answered = {
        each.pk: min(at for at in (first["offer"].get(each.pk), first["reject"].get(each.pk)) if at)
        for each in found
        if each.pk in first["offer"] or each.pk in first["reject"]
    }
    behind = [
        each
        for each in found
        if (each.pk in answered or each.dispatch_due_at <= now)
        and not (each.state == "cancelled" and each.pk not in answered)
    ]
    in_time = [each for each in behind if each.pk in answered and answered[each.pk] <= each.dispatch_due_at]
    shown = {figure.name: figure for figure in rates.figures(of_last_days())}
    assert (shown["response"].numerator, shown["response"].denominator) == (len(in_time), len(behind))
    assert 0 < len(in_time) < len(behind)
    due = [
        each for each in found if each.original_due_at <= now and each.state not in {"cancelled", "rejected"}
    ]
    closed = [each for each in due if each.state == "closed"]
    assert (shown["closure"].numerator, shown["closure"].denominator) == (len(closed), len(due))
    decided = Offer.objects.filter(state__in=["accepted", "declined", "expired"])
    assert shown["offer_acceptance"].denominator == decided.count() < Offer.objects.count()
    waited = [
        (first["accept"][each.pk] - each.placed_at).total_seconds() / 60
        for each in found
        if each.pk in first["accept"]
    ]
    assert shown["minutes_to_accept"].value == pytest.approx(median(waited))
    assert shown["minutes_to_accept"].numerator == len(waited)


def test_solved_is_one_question_and_satisfied_another(cast: Cast) -> None:
    cast.closed()
    request = cast.completed(actor=cast.neighbour, title="回访")
    act(request, "call_back", actor=cast.colleague, solved="yes")
    shown = {figure.name: figure for figure in rates.figures(of_last_days())}
    assert shown["solution"].denominator == Rating.objects.count() == 2
    assert shown["satisfaction"].denominator == 1


def test_nothing_to_divide_by_is_no_value_and_the_period_excludes_its_end(cast: Cast) -> None:
    request = cast.place()
    before = Within(everything, request.placed_at - timedelta(days=1), request.placed_at)
    assert {figure.denominator for figure in rates.figures(before) if figure.name != "active_volunteers"} == {
        0
    }
    assert {figure.value for figure in rates.figures(before) if figure.name != "active_volunteers"} == {None}
    upto = Within(everything, request.placed_at, request.placed_at + timedelta(microseconds=1))
    with time_machine.travel(request.placed_at + timedelta(days=30), tick=False):
        assert {figure.name: figure.denominator for figure in rates.figures(upto)}["response"] == 1


def test_an_undone_import_counts_nowhere(cast: Cast) -> None:
    request = cast.place()
    ServiceRequest.objects.filter(pk=request.pk).update(outcome="import_undone")
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        shown = [figure for figure in rates.figures(of_last_days()) if figure.name != "active_volunteers"]
        assert {figure.denominator for figure in shown} == {0}


def test_staff_read_the_rates_of_their_own_areas_only(cast: Cast) -> None:
    cast.closed()
    path = "/stats/rates/"
    mine = Api(cast.dispatcher).get(path).json()["results"]
    assert {"name", "label", "formula", "numerator", "denominator", "value", "exempted"} == mine[0].keys()
    assert {line["name"]: line["denominator"] for line in mine}["solution"] == 1
    assert {line["name"]: line["denominator"] for line in Api(cast.outsider).get(path).json()["results"]}[
        "solution"
    ] == 0
    assert Api(cast.dispatcher).get(path, area=cast.community.code).status_code == 200
    problem(Api(cast.dispatcher).get(path, area=cast.other_district.code), 403, "not_allowed")
    problem(Api(cast.resident).get(path), 403, "not_allowed")
    problem(Api(cast.dispatcher).get(path, **{"from": "2026-02-01", "to": "2026-02-01"}), 400, "invalid")
