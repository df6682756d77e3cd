"""The plan on the desk: started, watched, looked at, pinned, forbidden, applied and put away, without script."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.lib import codes
from requests_app.actions import act
from requests_app.models import Offer, Plan, ServiceRequest
from requests_app.plans import jobs
from tests.cast import Cast
from tests.requests_app.plans.plans import lines, planned, recomputed
from tests.requests_app.plans.test_computing import wish

pytestmark = pytest.mark.django_db


def url(name: str, plan: Plan) -> str:
    return reverse(f"desk_plans:{name}", args=[plan.pk])


def words(response: Any) -> str:
    """Returns the text of a page, its blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def page(desk: Client, plan: Plan, tab: str = "") -> str:
    return desk.get(url("show", plan), {"tab": tab}).content.decode()


def press(desk: Client, plan: Plan, name: str, **sent: Any) -> Any:
    """Posts a button of the plan's page with a key of its own, as whoever has seen the present lines."""
    computed = Plan.objects.values_list("computed_at", flat=True).get(pk=plan.pk)
    seen = {"computed": computed.isoformat()} if computed else {}
    return desk.post(url(name, plan), {"form_key": codes.token(), **seen, **sent}, follow=True)


def test_a_plan_is_started_once_watched_and_read(cast: Cast, desk: Client) -> None:
    request = wish(cast)
    sent = {"area": cast.community.pk, "most_each": 2, "categories": ["errand"], "form_key": codes.token()}
    first = desk.post(reverse("desk_plans:index"), sent)
    assert desk.post(reverse("desk_plans:index"), sent).url == first.url
    plan = Plan.objects.get()
    assert (plan.parameters, plan.made_by) == ({"categories": ["errand"], "most_each": 2}, cast.dispatcher)
    assert "You can leave this page" in page(desk, plan)
    seen = desk.get(url("progress", plan))
    assert desk.get(url("progress", plan), headers={"if-none-match": seen["ETag"]}).status_code == 304
    jobs.compute(plan.pk)
    assert "data-plan-over" in desk.get(url("progress", plan)).content.decode()
    shown = page(desk, plan)
    [line] = lines(plan)
    assert request.code in shown
    assert line.volunteer is not None
    assert line.volunteer.user.name in shown
    assert "Proven" in shown
    assert cast.community.label in words(desk.get(reverse("desk_plans:index")))


@pytest.mark.parametrize(
    "wrong", [{"most_each": 11}, {"most_each": ""}, {"categories": ["none"]}, {"area": 0}]
)
def test_what_cannot_be_planned_is_said_in_the_form(cast: Cast, desk: Client, wrong: dict[str, Any]) -> None:
    sent = {"area": cast.community.pk, "most_each": 2, "form_key": codes.token(), **wrong}
    assert desk.post(reverse("desk_plans:index"), sent).status_code == 400
    assert not Plan.objects.exists()


def test_pins_and_bans_by_buttons(cast: Cast, desk: Client) -> None:
    request = wish(cast)
    plan = planned(cast)
    [line] = lines(plan)
    other = line.alternatives[0][0]
    press(desk, plan, "hold", hold=f"forbid:{request.pk}:{line.volunteer_id}")
    shown = press(desk, plan, "hold", hold=f"pin:{request.pk}:{other}")
    assert "2 pins and bans are not worked into the plan yet." in words(shown)
    press(desk, plan, "apply", all="1")  # somebody else is wished for: all does not mean this one
    assert not Offer.objects.exists()
    press(desk, plan, "again")
    jobs.compute(plan.pk)
    [now] = lines(plan, "proposed")
    assert (now.volunteer_id, now.pinned) == (other, True)
    assert "Allow again" in page(desk, plan, "held")
    press(desk, plan, "hold", hold=f"free:{request.pk}:{other}")
    assert not lines(plan, "proposed")[0].pinned
    for nonsense in ("", "pin:1", "love:1:2", f"pin:{request.pk}:x", "pin:1:99999999999999999999"):
        assert "out of date" in words(press(desk, plan, "hold", hold=nonsense))
    assert (
        desk.post(url("hold", plan), {"hold": f"pin:{request.pk}:{cast.far_volunteer.pk}"}).status_code == 302
    )
    assert len(lines(plan)) == 2


def test_ticked_lines_then_all(cast: Cast, desk: Client) -> None:
    wish(cast), wish(cast, hours=8)
    plan = planned(cast)
    one, _other = lines(plan)
    assert "Tick the lines to apply first." in words(press(desk, plan, "apply"))
    key = codes.token()
    for _ in range(2):  # pressed twice
        press(desk, plan, "apply", lines=[one.pk], form_key=key)
    assert Offer.objects.count() == 1
    assert "Asked" in page(desk, plan, "applied")
    press(desk, plan, "apply", all="1")
    plan.refresh_from_db()
    assert (plan.state, Offer.objects.count()) == ("applied", 2)
    assert "not at that point" in words(press(desk, plan, "apply", all="1"))


def test_a_conflict_reads_why(cast: Cast, desk: Client) -> None:
    request = wish(cast)
    plan = planned(cast)
    act(request, "amend", actor=cast.dispatcher, title="改了")
    shown = words(press(desk, plan, "apply", all="1"))
    assert "Not possible any more" in shown
    assert lines(plan)[0].refusal in shown


def test_what_became_confidential_or_moved_away_is_not_shown(cast: Cast, desk: Client) -> None:
    sealed, moved = wish(cast, title="不能外传"), wish(cast, hours=8, title="搬走了")
    plan = planned(cast)
    ServiceRequest.objects.filter(pk=sealed.pk).update(confidential=True)
    ServiceRequest.objects.filter(pk=moved.pk).update(community_id=None)
    shown = page(desk, plan)
    assert "不能外传" not in shown
    assert "搬走了" not in shown


def test_a_plan_is_put_away(cast: Cast, desk: Client) -> None:
    wish(cast)
    plan = planned(cast)
    assert "was put away" in words(press(desk, plan, "discard"))
    assert "not at that point" in words(press(desk, plan, "discard"))
    assert reverse("desk_plans:hold", args=[plan.pk]) not in page(desk, plan)


def test_all_means_the_lines_that_were_looked_at(cast: Cast, desk: Client) -> None:
    wish(cast)
    plan = planned(cast)
    seen = plan.computed_at
    assert seen is not None
    recomputed(plan, cast)
    assert "computed again meanwhile" in words(press(desk, plan, "apply", all="1", computed=seen.isoformat()))
    assert "out of date" in words(press(desk, plan, "apply", all="1", computed="yesterday"))
    assert not Offer.objects.exists()
