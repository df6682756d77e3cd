"""Units and joined requests over the API: choices, verbs, and what a unit reads."""

from typing import Any

import pytest

from requests_app.api import documented, hands
from tests.api.conftest import Api
from tests.cast import Cast
from tests.units import Units

pytestmark = pytest.mark.django_db


def keys(body: Any) -> set[str]:
    return set(body().fields)


def test_a_request_goes_to_a_unit_and_comes_back_answered(cast: Cast) -> None:
    units, request = Units(cast), cast.place()
    desk, unit, path = Api(cast.dispatcher), Api(units.officer), f"/service-requests/{request.pk}/"
    choices = desk.get(f"{path}units/").json()["results"]
    assert set(choices[0]) == keys(hands.UnitLine)
    assert {each["id"] for each in choices} == {units.bureau.pk, units.helpers.pk, units.last.pk}
    classes = desk.get("/answer-classes/").json()["results"]
    assert [each["code"] for each in classes] == ["2h", "24h", "7d", "15d"]
    assert set(classes[0]) == keys(hands.ClassLine)
    body = {"unit": units.bureau.pk, "answer_class": "24h", "note": "请查看"}
    done = desk.post(f"{path}refer/", body)
    assert done.json()["state"] == "referred"
    assert set(done.json()["referrals"][0]) == keys(documented.ReferralLine)
    line = unit.get("/service-requests/referred/").json()["results"][0]
    assert set(line) == keys(hands.ReferredLine)
    read = unit.get(path).json()
    assert read["address"] == request.address
    assert read["beneficiary"]["phone"] != request.beneficiary_phone
    answered = unit.post(f"{path}unit_reply/", {"result": "solved", "text": "已修。"})
    assert answered.status_code == 200
    assert answered.json() == {
        "id": request.pk, "code": request.code, "state": "completed", "version": answered.json()["version"],
    }  # fmt: skip
    assert unit.get(path).status_code == 404


def test_what_is_alike_is_joined_and_separated(cast: Cast) -> None:
    lamp = {"category": "other", "title": "路灯坏了", "text": "东门路灯不亮。"}
    first, second, desk = cast.place(**lamp), cast.place(cast.neighbour, **lamp), Api(cast.dispatcher)
    path = f"/service-requests/{second.pk}/"
    found = desk.get(f"{path}similar/").json()["results"]
    assert [each["id"] for each in found] == [first.pk]
    assert set(found[0]) == keys(hands.SimilarLine)
    joined = desk.post(f"{path}merge/", {"into": first.pk}).json()
    assert (joined["state"], joined["merged_into"]) == ("merged", first.pk)
    assert desk.post(f"{path}merge/", {"into": first.pk}).status_code == 409
    assert desk.post(f"{path}split/", {}).json()["state"] == "submitted"
