"""The main job through the API, and what each person sees on the way."""

from datetime import timedelta
from typing import Any

import pytest

from civic.accounts.models import AccessLog
from civic.lib import clock
from requests_app import actions
from tests.api.conftest import Api
from tests.api.wishes import problem, wish
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_request_walks_from_placing_to_rating(cast: Cast) -> None:
    resident, desk, helper = Api(cast.resident), Api(cast.dispatcher), Api(cast.volunteer.user)
    placed = resident.post("/service-requests/", wish()).json()
    assert placed["state"] == "submitted"
    assert placed["area"]["code"] == cast.grid.code
    path = f"/service-requests/{placed['id']}/"

    found = desk.get(f"{path}candidates/", limit=5).json()["results"]
    assert {"volunteer", "score", "parts", "distance_m", "reasons"} == found[0].keys()
    asked = [each["volunteer"] for each in found if each["volunteer"]["id"] == cast.volunteer.pk]
    start = (clock.now() + timedelta(hours=5)).isoformat()
    offered = desk.post(
        f"{path}offer/", {"volunteers": asked, "agreed_start": start, "expected_version": placed["version"]}
    )
    assert (offered.status_code, offered.json()["state"]) == (200, "offered")

    mine = helper.get("/offers/").json()["results"]
    assert [each["request"]["id"] for each in mine] == [placed["id"]]
    accepted = helper.post(f"{path}accept/", {"offer": mine[0]["id"], "terms": mine[0]["terms"]}).json()
    assert accepted["state"] == "accepted"
    assert accepted["address"] == "荷花里 3 号楼 2 单元 502"
    assert helper.get("/service-requests/", assignee="me").json()["results"][0]["id"] == placed["id"]

    code = resident.get(path).json()["check_in_code"]
    assert helper.post(f"{path}check_in/", {"code": code}).json()["state"] == "in_service"
    assert helper.post(f"{path}complete/", {"note": "都办好了"}).json()["state"] == "completed"
    done = resident.post(f"{path}rate/", {"solved": "yes", "stars": 5, "comment": "谢谢"}).json()
    assert (done["state"], done["outcome"]) == ("closed", "solved")


def test_a_volunteer_sees_nothing_that_leads_to_a_door_before_accepting(cast: Cast) -> None:
    request = cast.offered(door_note="密码 8866", contact_name="陈小妹", contact_phone="13800000021")
    response = Api(cast.volunteer.user).get(f"/service-requests/{request.pk}/")
    shown = response.json()
    assert shown["public_summary"] and shown["grid"]["code"] == cast.grid.code
    assert shown["distance_m"] == 100
    assert shown["offer"]["state"] == "open"
    hidden = ["荷花里", "腿脚不便", "帮忙取药", "13800000001", "13800000021", "陈", "8866", request.code]
    text = response.content.decode()
    assert [each for each in hidden if each in text] == []
    assert not AccessLog.objects.exists()


def test_whoever_serves_sees_phone_and_address_and_each_reading_is_logged(cast: Cast) -> None:
    request = cast.accepted()
    helper = Api(cast.volunteer.user)
    for _time in range(2):
        shown = helper.get(f"/service-requests/{request.pk}/").json()
    assert shown["beneficiary"]["phone"] == "+8613800000001"
    assert shown["address"] == "荷花里 3 号楼 2 单元 502"
    assert shown["description"] == request.text
    assert "check_in_code" not in shown
    logged = AccessLog.objects.filter(user=cast.volunteer.user, subject_kind="request", subject_id=request.pk)
    assert logged.count() == 2
    assert "text" in logged[0].fields


def test_guessing_at_the_residents_code_ends_with_too_many(cast: Cast) -> None:
    request, helper = cast.accepted(), Api(cast.volunteer.user)
    wrong = [code for n in range(7) if (code := f"{n:06}") != request.check_in_code]
    answers = [helper.act(request, "check_in", code=code) for code in wrong[:6]]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 429, 429]
    assert answers[-1].headers["Retry-After"] == "900"
    assert (answers[-1].json()["code"], list(answers[-1].json()["errors"])) == ("too_many", ["code"])


def test_after_closing_the_volunteer_sees_the_summary_again(cast: Cast) -> None:
    request = cast.closed()
    shown = Api(cast.volunteer.user).get(f"/service-requests/{request.pk}/").json()
    assert "address" not in shown and "beneficiary" not in shown


def test_staff_see_phones_masked_and_the_code_for_checking_in_is_the_residents(cast: Cast) -> None:
    request = cast.place(contact_phone="13800000021", contact_name="陈小妹")
    shown = Api(cast.dispatcher).get(f"/service-requests/{request.pk}/").json()
    assert shown["beneficiary"]["phone"] == "138****0001"
    assert shown["contact"] == {"name": "陈小妹", "phone": "138****0021"}
    assert "check_in_code" not in shown
    assert Api(cast.resident).get(f"/service-requests/{request.pk}/").json()["check_in_code"]


def test_triage_at_the_city_shows_what_is_asked_not_who_asks(cast: Cast) -> None:
    from civic.accounts.enums import Role

    somebody = cast.person("无名氏", "+8613800000031")
    request = cast.place(somebody, lat=None, lon=None)
    assert request.needs_triage
    city = cast.staff("市台", "+8613800000032", Role.DISPATCHER, cast.city)
    shown = Api(city).get(f"/service-requests/{request.pk}/").json()
    assert shown["description"] == request.text
    assert shown["beneficiary"] == {"name": "", "phone": "138****0031"}
    assert shown["address"] == shown["door_note"] == ""
    problem(Api(cast.colleague).get(f"/service-requests/{request.pk}/"), 404, "not_found")


def test_residents_learn_a_volunteers_name_only_when_they_agreed_to_it(cast: Cast) -> None:
    from django.conf import settings

    from civic.accounts.actions import give_consent
    from civic.accounts.enums import ConsentPurpose

    request = cast.accepted()
    resident = Api(cast.resident)

    def helper() -> Any:
        return resident.get(f"/service-requests/{request.pk}/").json()["assignments"][0]["volunteer"]

    assert helper() == {"id": cast.volunteer.pk, "number": cast.volunteer.number, "name": ""}
    give_consent(cast.volunteer.user, ConsentPurpose.PUBLIC_NAME, settings.CONSENT_VERSION)
    assert helper()["name"] == "张建国"


def test_the_history_hides_words_and_names_from_residents_and_everything_from_volunteers(cast: Cast) -> None:
    request = cast.accepted()
    helper, resident, desk = Api(cast.volunteer.user), Api(cast.resident), Api(cast.dispatcher)
    assert helper.act(request, "report_concern", text="门口有恶犬").status_code == 200
    assert helper.act(request, "give_up", reason_code="ill", note="发烧了").status_code == 200
    path = f"/service-requests/{request.pk}/history/"
    staff = desk.get(path).json()["results"]
    assert [each["seq"] for each in staff] == [1, 2, 3, 4, 5]
    assert staff[3]["texts"] == {"concern": "门口有恶犬"}
    assert staff[4]["actor"] == "张建国"
    assert staff[4]["facts"]["parts"]

    response = resident.get(path)
    told = response.json()["results"]
    assert [each["verb"] for each in told] == ["place", "offer", "accept", "give_up"]
    assert told[0]["actor"] == "陈桂兰"
    text = response.content.decode()
    assert [each for each in ("恶犬", "发烧", "张建国", "parts") if each in text] == []
    problem(helper.get(path), 403, "not_allowed")


def test_a_resident_reads_the_reply_to_a_rejection_and_the_own_former_words(cast: Cast) -> None:
    request = cast.place()
    Api(cast.dispatcher).act(request, "amend", description="改过的话")
    Api(cast.dispatcher).act(request, "reject", reason_code="unsafe", text="请拨打 12345")
    told = Api(cast.resident).get(f"/service-requests/{request.pk}/history/").json()["results"]
    assert told[1]["texts"] == {"old_text": request.text}
    assert told[2]["texts"] == {"reply": "请拨打 12345"}
    assert told[2]["actor"] == ""


def test_who_claims_too_late_reads_that_somebody_was_first_and_sees_nothing_more(cast: Cast) -> None:
    request = actions.act(
        cast.place(), "offer", actor=cast.dispatcher, pool=True, agreed_start=clock.now() + timedelta(hours=5)
    )
    assert Api(cast.volunteer.user).act(request, "accept").status_code == 200
    late = Api(cast.second.user)
    problem(late.act(request, "accept"), 409, "already_taken")
    problem(late.get(f"/service-requests/{request.pk}/"), 404, "not_found")
    stranger = cast.helper("外区人", "+8613900000077", area=cast.other_district)
    problem(Api(stranger.user).act(request, "accept"), 404, "not_found")
