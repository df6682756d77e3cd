"""Batch plans over the API: made once a key, read while computed, applied with conflicts by line."""

from datetime import timedelta
from typing import Any

import pytest

from civic.lib import clock
from requests_app.api import plans as described
from requests_app.models import Offer, Plan, ServiceRequest
from requests_app.plans import actions, jobs
from tests.api.conftest import Api
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PATH = "/dispatch/plan/"


def start(cast: Cast, **more: Any) -> tuple[Api, dict[str, Any]]:
    """Returns the dispatcher's client and the plan as answered, computed since."""
    desk = Api(cast.dispatcher)
    made = desk.post(PATH, {"area": cast.community.code, "most_each": 2, **more})
    assert made.status_code == 202, made.content
    jobs.compute(made.json()["id"])
    return desk, desk.get(f"{PATH}{made.json()['id']}/").json()


def test_a_plan_is_made_read_and_applied(cast: Cast) -> None:
    later = clock.now() + timedelta(days=1, hours=5)
    first = cast.place()
    second = cast.place(preferred_start=later, preferred_end=later + timedelta(hours=1))
    desk, plan = start(cast, categories=["errand"])
    assert set(plan) == set(described.PlanShown().fields)
    assert (plan["state"], plan["served"], plan["proposed"], plan["proven"]) == ("ready", 2, 2, True)
    lines = desk.get(f"{PATH}{plan['id']}/lines/").json()["results"]
    assert set(lines[0]) == set(described.PlanLineShown().fields)
    assert {each["request"] for each in lines} == {first.pk, second.pk}
    desk.post(f"/service-requests/{second.pk}/amend/", {"title": "改了"})
    applied = desk.post(f"{PATH}{plan['id']}/apply/", {})
    assert applied.status_code == 200
    assert (applied.json()["state"], applied.json()["applied"], applied.json()["conflicts"]) == (
        "partly_applied",
        1,
        1,
    )
    told = {each["request"]: each for each in desk.get(f"{PATH}{plan['id']}/lines/").json()["results"]}
    assert (told[second.pk]["state"], told[second.pk]["code"]) == ("conflict", "version_conflict")
    assert told[second.pk]["detail"]
    assert list(Offer.objects.values_list("request", flat=True)) == [first.pk]


def test_the_same_key_makes_one_plan_and_another_body_is_refused(cast: Cast) -> None:
    desk, body = Api(cast.dispatcher), {"area": cast.community.pk}
    first = desk.post(PATH, body, key="k")
    assert desk.post(PATH, body, key="k").json()["id"] == first.json()["id"]
    assert desk.post(PATH, {**body, "most_each": 3}, key="k").status_code == 422
    assert desk.post(PATH, {**body, "most_each": 3}).json()["code"] == "busy"
    assert Plan.objects.count() == 1


def test_applying_twice_offers_once(cast: Cast) -> None:
    cast.place()
    desk, plan = start(cast)
    path = f"{PATH}{plan['id']}/apply/"
    [line] = desk.get(f"{PATH}{plan['id']}/lines/").json()["results"]
    answers = [desk.post(path, {"lines": [line["id"]]}, key="k") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    refused = desk.post(path, {"lines": [line["id"]]})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert Offer.objects.count() == 1


def test_many_lines_go_on_in_the_background(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    for hours in (1, 5):
        begin = clock.now() + timedelta(days=1, hours=hours)
        cast.place(preferred_start=begin, preferred_end=begin + timedelta(hours=1))
    desk, plan = start(cast)
    answer = desk.post(f"{PATH}{plan['id']}/apply/")
    assert (answer.status_code, answer.json()["state"]) == (202, "applying")
    assert (answer.json()["done"], answer.json()["whole"]) == (1, 2)
    jobs.resume()
    assert desk.get(f"{PATH}{plan['id']}/").json()["state"] == "applied"


def test_pins_and_bans_are_given_along(cast: Cast) -> None:
    request = cast.place()
    pair = {"request": request.pk, "volunteer": cast.third.pk}
    desk, plan = start(cast, pins=[pair])
    [line] = desk.get(f"{PATH}{plan['id']}/lines/").json()["results"]
    assert (line["volunteer"]["id"], line["pinned"]) == (cast.third.pk, True)
    desk, plan = start(cast, forbidden=[pair])
    lines = desk.get(f"{PATH}{plan['id']}/lines/").json()["results"]
    assert {each["volunteer"]["id"]: each["forbidden"] for each in lines}[cast.third.pk] is True


def test_what_cannot_be_planned_is_a_problem(cast: Cast) -> None:
    desk, area = Api(cast.dispatcher), cast.community.pk
    for body, status in (
        ({}, 400),
        ({"area": "nowhere"}, 400),
        ({"area": area, "most_each": 0}, 400),
        ({"area": area, "categories": ["nonsense"]}, 400),
        ({"area": cast.district.pk}, 403),
        ({"area": area, "pins": [{"request": 1, "volunteer": 2**62}]}, 404),
    ):
        answer = desk.post(PATH, body)
        assert (answer.status_code, answer.json()["status"]) == (status, status), body
        assert answer["Content-Type"] == "application/problem+json"
    _desk, plan = start(cast)
    assert desk.post(f"{PATH}{plan['id']}/apply/", {"lines": [1]}).status_code == 400
    assert desk.post(f"{PATH}{plan['id']}/apply/", {"lines": []}).status_code == 400


def test_the_lines_leave_out_what_the_caller_does_not_dispatch(cast: Cast) -> None:
    request = cast.place()
    desk, plan = start(cast)
    ServiceRequest.objects.filter(pk=request.pk).update(confidential=True)
    assert desk.get(f"{PATH}{plan['id']}/lines/").json()["results"] == []
    assert Api(cast.outsider).get(f"{PATH}{plan['id']}/").status_code == 404
