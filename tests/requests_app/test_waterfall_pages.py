"""One after another at the desk and through the API: beginning it, seeing how far it is, reading what happened."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from civic.cases import timers
from requests_app import actions, progress
from requests_app.actions import auto_dispatch
from requests_app.models import Offer, ServiceRequest, Waterfall
from requests_app.queries.desk_request import Picture
from tests.api.conftest import Api
from tests.cast import Cast
from tests.requests_app.desk_forms import local, send, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The dispatcher's browser."""
    client.force_login(cast.dispatcher)
    return client


def page(desk: Client, request: ServiceRequest) -> str:
    return desk.get(reverse("desk:request", args=[request.pk])).content.decode()


def test_the_button_begins_it_whoever_is_ticked(cast: Cast, desk: Client) -> None:
    request = cast.place()
    assert "依次派单" in page(desk, request)
    typed = {
        "mode": "waterfall",
        "volunteers": [cast.third.pk],
        "width": "1",
        "answer_minutes": "30",
        "agreed_start": local(request.preferred_start),
        "expected_minutes": "60",
    }
    assert send(desk, request, "offer", **typed).status_code == 302
    found = Waterfall.objects.get(request=request)
    assert (found.width, found.minutes, found.opened_by_id) == (1, 30, cast.dispatcher.pk)
    assert state_of(request) == "offered"


def test_a_width_or_time_that_cannot_be_is_refused_in_the_form(cast: Cast, desk: Client) -> None:
    request = cast.place()
    typed = {
        "mode": "waterfall",
        "width": "1",
        "answer_minutes": "2",
        "agreed_start": local(request.preferred_start),
    }
    assert send(desk, request, "offer", **typed).status_code == 400
    assert state_of(request) == "submitted"


def test_the_page_tells_who_is_asked_and_who_is_next(cast: Cast, desk: Client) -> None:
    request = cast.place()
    start = request.preferred_start
    actions.act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=1, agreed_start=start)
    turn = Picture(cast.dispatcher, request.pk).in_turn
    assert turn is not None
    assert turn.asked == 1
    now = Offer.objects.get(request=request)
    assert [each.pk for each in turn.next] != [now.volunteer_id]
    live = desk.get(reverse("desk:live", args=[request.pk])).content.decode()
    assert now.volunteer.user.name in live
    assert turn.next[0].user.name in live
    assert "接下来问" in live


def test_its_end_is_told_where_nobody_else_fits(cast: Cast, desk: Client) -> None:
    request = cast.place()
    start = request.preferred_start
    actions.act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=5, agreed_start=start)
    assert "这是最后几位" in page(desk, request)


@pytest.mark.parametrize(
    ("language", "first", "then", "end"),
    [
        ("zh-hans", "开始依次派单，每次同时问 1 人", "接着问", "已无人可问"),
        ("en", "asks one after another, 1 at a time", "next asked: ", "nobody is left to ask"),
    ],
)
def test_the_history_says_it_in_words(cast: Cast, language: str, first: str, then: str, end: str) -> None:
    request = cast.place()
    start = request.preferred_start
    actions.act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=1, agreed_start=start)
    for _turn in range(3):
        asked = Offer.objects.get(request=request, state="open").volunteer
        actions.act(request, "decline_offer", actor=asked.user)
    with translation.override(language):
        lines = [line.words for line in Picture(cast.dispatcher, request.pk).history][::-1]
    assert first in lines[1]
    assert then in lines[2]
    assert then in lines[3]
    assert end in lines[4]


def test_what_a_rule_did_is_told_with_the_rule_and_may_be_stopped(cast: Cast, desk: Client) -> None:
    auto_dispatch.set_rule(actor=cast.admin, area=cast.district, category=None, on=True, width=1)
    request = cast.place()
    timers.sweep()
    html = page(desk, request)
    assert "自动派单（规则：青禾区，全部分类）" in html
    assert "自动" in html
    request.refresh_from_db()
    assert "Dispatched" in titles(request)
    auto_dispatch.stop(actor=cast.admin, area=cast.district)
    assert "此处已停用自动派单，不再接着问。" in page(desk, request)
    asked = Offer.objects.get(request=request)
    assert send(desk, request, "withdraw_offer", offers=[asked.pk]).status_code == 302
    assert state_of(request) == "submitted"


def titles(request: ServiceRequest) -> list[str]:
    """Returns the titles of the resident's timeline, in English."""
    with translation.override("en"):
        return [str(moment.title) for moment in progress.of(request, owner=True, beneficiary=True).timeline]


def test_a_volunteer_sees_an_offer_like_any_other(cast: Cast, client: Client) -> None:
    request = cast.place()
    start = request.preferred_start
    actions.act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=5, agreed_start=start)
    client.force_login(cast.volunteer.user)
    html = client.get("/v/").content.decode()
    assert "依次" not in html
    shown = Api(cast.volunteer.user).get("/offers/")
    assert len(shown.json()["results"]) == 1
    assert "waterfall" not in shown.content.decode()


def test_the_api_begins_it_and_tells_staff(cast: Cast) -> None:
    request, desk = cast.place(), Api(cast.dispatcher)
    assert request.preferred_start is not None
    body = {
        "mode": "waterfall",
        "width": 1,
        "answer_minutes": 30,
        "agreed_start": request.preferred_start.isoformat(),
    }
    where = f"/service-requests/{request.pk}/"
    wrongs: list[dict[str, Any]] = [{"width": 6}, {"width": 0}, {"mode": "flood"}, {"answer_minutes": 1}]
    for wrong in wrongs:
        assert desk.post(f"{where}offer/", {**body, **wrong}).status_code == 400, wrong
    told = desk.post(f"{where}offer/", body).json()
    assert told.get("state") == "offered", told.get("errors")
    assert (told["waterfall"]["width"], told["waterfall"]["answer_minutes"]) == (1, 30)
    assert told["waterfall"]["automatic"] is False
    assert desk.post(f"{where}withdraw_offer/", {}).json()["waterfall"] is None
