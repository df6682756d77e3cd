"""The kill switch of auto-dispatch: its page tells what it does, and what it holds can be taken over by hand."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.accounts.models import User
from civic.cases import timers
from insight import consistency
from requests_app import actions
from requests_app.actions import auto_dispatch
from requests_app.models import Offer, ServiceRequest, Waterfall
from tests.cast import Cast
from tests.requests_app.desk_forms import local, send

pytestmark = pytest.mark.django_db
PAGE = "/desk/auto-dispatch/"


def words(client: Client, user: User) -> str:
    """Returns the text of the page, its blanks folded."""
    client.force_login(user)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(PAGE).content.decode()))


@pytest.fixture
def running(cast: Cast) -> ServiceRequest:
    """A request about which a rule goes on asking, one person at a time."""
    auto_dispatch.set_rule(actor=cast.admin, area=cast.district, category=None, on=True, width=1)
    request = cast.place()
    timers.sweep()
    request.refresh_from_db()
    assert request.state == "offered"
    return request


def test_the_question_names_the_area_and_how_many_are_asked_about(
    cast: Cast, client: Client, running: ServiceRequest
) -> None:
    client.force_login(cast.admin)
    question = re.findall(r'data-confirm="(立即停用[^"]*)"', client.get(PAGE).content.decode())
    assert question == [f"立即停用{cast.district.label}的自动派单？1 件正在自动派单，停用后不再接着问。"]


@pytest.mark.parametrize("where", ["community", "district"])
def test_once_stopped_nothing_on_the_page_says_that_it_goes_on(
    cast: Cast, client: Client, running: ServiceRequest, where: str
) -> None:
    before = words(client, cast.admin)
    assert "1 件正在自动派单" in before
    assert "被总开关停用" not in before
    auto_dispatch.stop(actor=cast.admin, area=getattr(cast, where))
    after = words(client, cast.admin)
    assert "正在自动派单" not in after
    assert "1 件已停止，已询问的人仍可答复" in after
    # A rule for the whole district still holds where only one community is stopped.
    assert ("已启用，但被总开关停用" in after) == (where == "district")


def typed(request: ServiceRequest, **more: Any) -> dict[str, Any]:
    """Returns the offer form as the page filled it in, sent for one after another."""
    terms = {"agreed_start": local(request.agreed_start), "expected_minutes": str(request.expected_minutes)}
    return {"mode": "waterfall", "width": "1", **terms, **more}


def test_what_the_switch_holds_is_taken_over_one_by_one(
    cast: Cast, client: Client, running: ServiceRequest
) -> None:
    client.force_login(cast.dispatcher)
    button = re.compile(r'value="waterfall" data-key="f"\s+disabled')
    page = reverse("desk:request", args=[running.pk])
    assert button.search(client.get(page).content.decode())
    assert send(client, running, "offer", **typed(running)).status_code == 409
    auto_dispatch.stop(actor=cast.dispatcher, area=cast.community)
    shown = client.get(page).content.decode()
    assert not button.search(shown)
    assert "依次派单的方式" in shown
    assert send(client, running, "offer", **typed(running)).status_code == 302
    before, now = Waterfall.objects.filter(request=running).order_by("pk")
    assert (before.state, before.ended, now.state, now.opened_by) == (
        "closed",
        "stopped",
        "open",
        cast.dispatcher,
    )
    first, second = Offer.objects.filter(request=running, state="open").order_by("pk")
    actions.act(running, "decline_offer", actor=first.volunteer.user)  # whom the rule asked: the hand's go on
    actions.act(running, "decline_offer", actor=second.volunteer.user)
    assert Offer.objects.filter(request=running, state="open", waterfall=now).count() == 1
    assert [str(fault) for fault in consistency.check()] == []


def test_it_may_be_taken_over_at_another_hour(cast: Cast, client: Client, running: ServiceRequest) -> None:
    auto_dispatch.stop(actor=cast.dispatcher, area=cast.community)
    client.force_login(cast.dispatcher)
    assert send(client, running, "offer", **typed(running, expected_minutes="90")).status_code == 302
    assert set(Offer.objects.filter(request=running, state="open").values_list("terms", flat=True)) == {
        running.terms + 1
    }
    assert [str(fault) for fault in consistency.check()] == []
