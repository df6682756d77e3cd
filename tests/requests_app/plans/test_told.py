"""What the page of a plan asks before it sends, and tells afterwards: counts, the last pressing, what looks alike."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from requests_app.actions import act
from requests_app.models import Plan, ServiceRequest
from requests_app.queries import plans
from tests.cast import Cast
from tests.requests_app.plans.plans import lines, planned, recomputed
from tests.requests_app.plans.test_computing import wish
from tests.requests_app.plans.test_pages import page, press, url, words

pytestmark = pytest.mark.django_db


def lift(cast: Cast, hours: int) -> ServiceRequest:
    """Returns one of several requests about the same lift."""
    return wish(
        cast, hours=hours, title="三号楼电梯坏了", text="电梯停了两天了，老人下不了楼，请帮忙送菜上来"
    )


def counts(plan: Plan, cast: Cast) -> tuple[int, int, int]:
    """Returns how many can be asked, are held back, and were asked."""
    plan.refresh_from_db()
    found = plans.progress(plan, cast.dispatcher)
    return found.can_apply, found.held_back, found.applied


def test_the_question_says_how_many_get_an_offer(cast: Cast, desk: Client) -> None:
    wish(cast), wish(cast, hours=8)
    plan = planned(cast)
    shown = page(desk, plan)
    assert "Send an offer to 2 people? It cannot be undone here." in shown
    [first, _second] = lines(plan)
    press(desk, plan, "apply", lines=[first.pk])
    assert "Send an offer to 1 person?" in page(desk, plan)


def test_the_panel_tells_of_the_last_pressing_alone_and_of_none_once_computed_again(
    cast: Cast, desk: Client
) -> None:
    wish(cast)
    other = wish(cast, hours=8)
    plan = planned(cast)
    assert "asked." not in words(desk.get(url("show", plan)))
    first, second = sorted(lines(plan), key=lambda line: line.request_id)
    told = words(press(desk, plan, "apply", lines=[first.pk]))
    assert "1 person was asked." in told
    assert str(cast.dispatcher) in told
    act(ServiceRequest.objects.get(pk=other.pk), "amend", actor=cast.colleague, title="改了")
    told = words(press(desk, plan, "apply", lines=[second.pk]))
    assert "0 people were asked. 1 could not be asked." in told
    second.refresh_from_db()
    assert second.refusal in told
    recomputed(plan, cast)
    assert "could not be asked" not in words(desk.get(url("show", plan)))


def test_what_is_forbidden_is_held_back_until_the_plan_is_computed_again(cast: Cast, desk: Client) -> None:
    request = wish(cast)
    wish(cast, hours=8)
    plan = planned(cast)
    assert counts(plan, cast) == (2, 0, 0)
    line = next(each for each in lines(plan) if each.request_id == request.pk)
    press(desk, plan, "hold", hold=f"forbid:{request.pk}:{line.volunteer_id}")
    assert counts(plan, cast) == (1, 1, 0)
    assert "changed, to be computed again" in words(desk.get(url("show", plan)))
    press(desk, plan, "apply", all="1")
    assert counts(plan, cast) == (0, 1, 1)
    recomputed(plan, cast)
    assert counts(plan, cast) == (1, 0, 1)  # somebody else


def test_requests_that_look_alike_are_marked_and_said_before_all_are_asked(cast: Cast, desk: Client) -> None:
    lift(cast, 1), lift(cast, 8), wish(cast, hours=15, title="陪诊", text="明天去医院做检查")
    plan = planned(cast)
    shown = page(desk, plan)
    assert "2 of the requests look alike and may need one person only." in shown
    assert words(desk.get(url("show", plan))).count("1 other of the plan looks like it") == 2
    Plan.objects.update(state="discarded")
    assert "look alike" not in page(desk, plan)  # nothing can be done about it here any more


def test_the_page_asks_as_many_statements_whatever_the_plan_has(cast: Cast, desk: Client) -> None:
    lift(cast, 1), lift(cast, 3)
    few = planned(cast)
    page(desk, few)
    with CaptureQueriesContext(connection) as of_few:
        page(desk, few)
    lift(cast, 5), lift(cast, 7), wish(cast, hours=9)
    many = recomputed(few, cast)
    with CaptureQueriesContext(connection) as of_many:
        assert page(desk, many).count("pl-line") > 0
    assert len(of_many) == len(of_few)
