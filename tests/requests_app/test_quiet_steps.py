"""A reminder changes nothing that anybody decides by: who saw the request before it has seen it as it is."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from civic.cases import timers
from civic.lib import clock
from civic.lib.errors import VersionConflict
from requests_app.actions import act
from requests_app.models import Offer, ServiceRequest
from tests.cast import Cast
from tests.requests_app.plans.plans import applied, lines, planned
from tests.requests_app.plans.test_computing import wish

pytestmark = pytest.mark.django_db


def reminded(request: ServiceRequest) -> ServiceRequest:
    """Returns the request once the first of its timers has reminded somebody."""
    with clock.at(request.dispatch_due_at + timedelta(minutes=1)):
        timers.sweep()
    now = ServiceRequest.objects.get(pk=request.pk)
    assert now.version > request.version
    return now


def test_after_a_reminder_a_step_is_taken_by_what_was_seen_before(cast: Cast) -> None:
    request = cast.place()
    reminded(request)
    done = act(request, "amend", actor=cast.dispatcher, expected_version=request.version, title="改了")
    assert done.title == "改了"


def test_after_a_step_of_somebody_it_is_not(cast: Cast) -> None:
    request = cast.place()
    now = reminded(request)
    act(now, "amend", actor=cast.colleague, title="先改的")
    for seen in (request.version, now.version, now.version + 2):
        with pytest.raises(VersionConflict):
            act(request, "amend", actor=cast.dispatcher, expected_version=seen, title="后改的")


def test_a_reminder_refuses_no_line_of_a_plan(cast: Cast) -> None:
    request = wish(cast)
    plan = planned(cast)
    reminded(ServiceRequest.objects.get(pk=request.pk))
    applied(plan, cast)
    assert [line.state for line in lines(plan)] == ["applied"]
    assert Offer.objects.count() == 1


def test_a_plan_says_before_it_asks_which_requests_have_changed_and_afterwards_how_they_stand(
    cast: Cast, client: Client
) -> None:
    request = wish(cast)
    wish(cast, hours=8)
    plan = planned(cast)
    client.force_login(cast.dispatcher)
    page = reverse("desk_plans:show", args=[plan.pk])
    assert "已有变化" not in client.get(page).content.decode()
    reminded(ServiceRequest.objects.get(pk=request.pk))
    assert "已有变化" not in client.get(page).content.decode()
    now = ServiceRequest.objects.get(pk=request.pk)
    act(now, "offer", actor=cast.dispatcher, volunteers=[cast.third.pk], agreed_start=now.preferred_start)
    assert "其中 1 件诉求在计算方案之后已有变化" in client.get(page).content.decode()
    applied(plan, cast)
    [refused] = lines(plan, "conflict")
    assert refused.refusal == "计算方案之后内容已有变化，现为“派单中”。"
    shown = client.get(page).content.decode()
    assert refused.refusal in shown
    assert '<b class="num lg">1</b> 个已不可行' in shown
