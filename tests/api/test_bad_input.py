"""Whatever is sent: a clear answer in the caller's language, never a 500, and nothing half-written."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest import Subtests

from civic.cases.models import CaseEvent, OnceKey, Timer
from civic.lib import clock
from civic.notify.models import Message
from requests_app import actions, reference
from requests_app.models import Category, ServiceRequest
from tests.api.conftest import Api
from tests.api.wishes import is_chinese, problem, wish
from tests.cast import SOUTH, WEST, Cast

pytestmark = pytest.mark.django_db

LATER = (timezone.now() + timedelta(days=2)).isoformat()
SOONER = (timezone.now() + timedelta(days=1)).isoformat()
PAST = (timezone.now() - timedelta(minutes=1)).isoformat()

# what replaces the body's fields, and the field the answer names
REFUSED_WISHES: dict[str, tuple[dict[str, Any], str]] = {
    "empty words": ({"title": "", "description": ""}, "description"),
    "blank words": ({"title": "  ", "description": " \n\t "}, "description"),
    "words that are only hidden marks": ({"title": "\u200b", "description": "\u202e\ufeff"}, "description"),
    "nothing but NUL": ({"title": "\x00", "description": "\x00"}, "description"),
    "10,001 characters": ({"description": "字" * 10_001}, "description"),
    "a title of 201 characters": ({"title": "字" * 201}, "title"),
    "words that are a list": ({"description": ["a"]}, "description"),
    "words that are an object": ({"title": {"a": 1}}, "title"),
    "an unknown category": ({"category": "rocket"}, "category"),
    "a category with NUL": ({"category": "errand\x00"}, "category"),
    "no category": ({"category": None}, "category"),
    "a point outside every area": ({"location": {"lat": 10, "lon": 10}}, "location"),
    "lat 91": ({"location": {"lat": 91, "lon": WEST}}, "location"),
    "lat NaN as text": ({"location": {"lat": "NaN", "lon": WEST}}, "location"),
    "lat true": ({"location": {"lat": True, "lon": WEST}}, "location"),
    "half a point": ({"location": {"lat": SOUTH}}, "location"),
    "a point that is text": ({"location": "34,117"}, "location"),
    "an area that does not exist": ({"location": None, "area": 999_999}, "area"),
    "an area by a foreign code": ({"location": None, "area": "000"}, "area"),
    "an area beyond 64 bits": ({"location": None, "area": 10**30}, "area"),
    "an area that is a list": ({"location": None, "area": [1]}, "area"),
    "an end before the start": ({"preferred_start": LATER, "preferred_end": SOONER}, "preferred_end"),
    "a start in the past": ({"preferred_start": PAST, "preferred_end": None}, "preferred_start"),
    "an end without a start": ({"preferred_start": None}, "preferred_start"),
    "a start that is no time": ({"preferred_start": "tomorrow"}, "preferred_start"),
    "a start in the year 9999": ({"preferred_start": "9999-12-31T23:59:59Z"}, "preferred_start"),
    "a start before all years": ({"preferred_start": "0001-01-01T00:00:00+14:00"}, "preferred_start"),
    "headcount 0": ({"headcount": 0}, "headcount"),
    "headcount 51": ({"headcount": 51}, "headcount"),
    "headcount x": ({"headcount": "x"}, "headcount"),
    "headcount 1.5": ({"headcount": 1.5}, "headcount"),
    "headcount true": ({"headcount": True}, "headcount"),
    "headcount beyond all numbers": ({"headcount": 10**40}, "headcount"),
    "a foreign phone": ({"contact": {"name": "A", "phone": "+1 202 555 0123"}}, "contact.phone"),
    "a broken phone": ({"contact": {"name": "A", "phone": "1380000"}}, "contact.phone"),
    "a phone of letters": ({"contact": {"phone": "call me"}}, "contact.phone"),
    "a contact that is text": ({"contact": "13800000001"}, "contact"),
    "a beneficiary without a reason": (
        {"beneficiary": {"name": "张大爷", "phone": "13800000099"}},
        "on_behalf_reason",
    ),
    "photos that are no ids": ({"photos": ["cat.png"]}, "photos.0"),
    "photos that do not exist": ({"photos": [str(uuid4())]}, "photos"),
    "a voice note that does not exist": ({"voice": str(uuid4())}, "voice"),
    "consent that is a story": ({"consent": "well, perhaps"}, "consent"),
    "sensitive help without consent": ({"category": "medical"}, "consent"),
}


def nothing_written() -> bool:
    """Whether no request, history, timer, message or key is left."""
    written = any(kind.objects.exists() for kind in (ServiceRequest, Message, OnceKey))
    return not written and not any(
        kind.objects.filter(kind="request").exists() for kind in (CaseEvent, Timer)
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_wish_that_cannot_be_is_refused_by_field_and_leaves_nothing(
    cast: Cast, subtests: Subtests, language: str
) -> None:
    Message.objects.all().delete()
    resident = Api(cast.resident)
    for what, (other, field) in REFUSED_WISHES.items():
        with subtests.test(what):
            headers = {"Accept-Language": language}
            response = resident.post("/service-requests/", wish(**other), key=what, **headers)
            found = problem(response, 400, "invalid")
            assert list(found["errors"]) == [field]
            words = found["title"] + found["errors"][field][0]
            assert is_chinese(words) == (language == "zh-hans"), words
            assert nothing_written()


def test_a_retired_category_takes_no_new_requests(cast: Cast) -> None:
    Category.objects.filter(code="errand").update(retired_at=clock.now())
    reference.forget()
    found = problem(Api(cast.resident).post("/service-requests/", wish()), 400, "invalid")
    assert "category" in found["errors"]


def test_odd_signs_are_cleaned_and_emoji_stay(cast: Cast) -> None:
    words = "帮忙\x00买\u202e菜 👩‍👩‍👧 \x07谢谢"
    placed = Api(cast.resident).post("/service-requests/", wish(title=words, description=words))
    assert placed.status_code == 201
    assert placed.json()["title"] == "帮忙买菜 👩‍👩‍👧 谢谢"


BODIES = {
    "JSON that is not": (b"{'category': 1}", "not_json"),
    "half of it": (b'{"category": "errand"', "not_json"),
    "nothing of UTF-8": (b'{"title": "\xff\xfe"}', "not_json"),
    "NaN": (b'{"headcount": NaN}', "not_json"),
    "Infinity": (b'{"location": {"lat": Infinity, "lon": 1}}', "not_json"),
    "nested 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, "not_json"),
    "a number of 5,000 digits": (b'{"headcount": ' + b"9" * 5000 + b"}", "not_json"),
    "a list": (b"[1, 2]", "invalid"),
    "null": (b"null", "invalid"),
    "text": (b'"errand"', "invalid"),
}


def test_a_body_that_is_no_json_object_is_refused(cast: Cast, subtests: Subtests) -> None:
    request = cast.place()
    resident, desk = Api(cast.resident), Api(cast.dispatcher)
    for what, (body, code) in BODIES.items():
        with subtests.test(what):
            problem(resident.post("/service-requests/", body), 400, code)
            problem(desk.post(f"/service-requests/{request.pk}/offer/", body), 400, code)


def test_a_number_too_large_for_any_number_is_no_place(cast: Cast) -> None:
    body = json.dumps(wish(location={"lat": 7, "lon": 7})).replace("7", "1e999")
    found = problem(Api(cast.resident).post("/service-requests/", body), 400, "invalid")
    assert "location" in found["errors"]


def test_a_lone_surrogate_is_dropped_from_words_and_harmless_elsewhere(cast: Cast) -> None:
    body = json.dumps(wish()).replace("errand", "\\ud800")
    problem(Api(cast.resident).post("/service-requests/", body), 400, "invalid")
    body = json.dumps(wish(title="x\ud800y"))
    assert Api(cast.resident).post("/service-requests/", body).json()["title"] == "xy"
    found = problem(
        Api(cast.dispatcher).act(cast.place(), "reject", reason_code="\ud800", text="x"), 400, "invalid"
    )
    assert "reason_code" in found["errors"]  # which quotes what was sent


def test_a_body_of_2_mb_is_too_large(cast: Cast) -> None:
    body = json.dumps(wish(description="a" * 2_000_000))
    problem(Api(cast.resident).post("/service-requests/", body), 413, "too_large")


def test_a_body_that_is_a_form_is_not_taken(cast: Cast) -> None:
    api = Api(cast.resident)
    response = api.client.post("/api/v1/service-requests/", {"category": "errand"}, headers=api.headers)
    problem(response, 415, "unsupported_type")


def test_a_method_that_is_not_offered_is_named(cast: Cast) -> None:
    api = Api(cast.resident)
    for method in ("delete", "put", "patch", "options"):
        response = getattr(api.client, method)("/api/v1/service-requests/", headers=api.headers)
        problem(response, 405, "wrong_method")
        assert "POST" in response.headers["Allow"]


NOWHERE = [
    "/service-requests/999999999/",
    "/service-requests/99999999999999999999999999/",
    "/service-requests/999999999/history/",
    "/service-requests/999999999/candidates/",
    "/service-requests/abc/",
    "/service-requests/-1/",
    "/nowhere/",
    "/service-requests",
]


def test_ids_and_addresses_that_do_not_exist_are_not_found(cast: Cast, subtests: Subtests) -> None:
    desk = Api(cast.dispatcher)
    for path in NOWHERE:
        with subtests.test(path):
            problem(desk.get(path), 404, "not_found")


def test_an_unknown_verb_is_not_found_and_a_system_verb_is_not_offered(cast: Cast) -> None:
    request = cast.place()
    for verb in ("explode", "close_unrated", "expire_offer", "remind", "place"):
        problem(Api(cast.dispatcher).act(request, verb), 404, "not_found")
    problem(Api(cast.dispatcher).post("/service-requests/999999999/cancel/"), 404, "not_found")


def test_without_a_key_or_with_a_wrong_one_one_is_asked_to_sign_in(cast: Cast) -> None:
    stranger = Api()
    response = stranger.get("/service-requests/")
    problem(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == "Token"
    for key in ("Token nonsense", "Token ", "Token \xff", "Token a b c"):
        stranger.headers = {"Authorization": key}
        problem(stranger.get("/service-requests/"), 401, "not_authenticated")
        problem(stranger.get("/categories/"), 401, "not_authenticated")


def test_a_session_needs_its_csrf_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.resident)
    response = client.post("/api/v1/service-requests/", wish(), content_type="application/json")
    problem(response, 403, "not_allowed")
    assert client.get("/api/v1/service-requests/").status_code == 200


def test_a_wrong_role_is_not_allowed_and_another_area_or_resident_is_not_found(cast: Cast) -> None:
    request = cast.place()
    for user in (cast.resident, cast.auditor):
        problem(Api(user).act(request, "offer", volunteers=[cast.volunteer.pk]), 403, "not_allowed")
    for user in (cast.outsider, cast.neighbour, cast.volunteer.user, cast.admin):
        problem(Api(user).act(request, "cancel"), 404, "not_found")
    problem(Api(cast.resident).get(f"/service-requests/{request.pk}/candidates/"), 403, "not_allowed")
    request.refresh_from_db()
    assert request.version == 1


def test_a_verb_that_the_state_does_not_have_is_illegal(cast: Cast) -> None:
    request = cast.place()
    problem(Api(cast.resident).act(request, "rate", solved="yes", stars=5), 409, "illegal_transition")
    problem(Api(cast.resident).act(request, "reopen"), 409, "illegal_transition")


def test_a_stale_version_is_a_conflict(cast: Cast) -> None:
    request = cast.place()
    desk = Api(cast.dispatcher)
    assert desk.act(request, "amend", title="新的", expected_version=1).status_code == 200
    problem(desk.act(request, "amend", title="更新的", expected_version=1), 409, "version_conflict")


def test_the_second_volunteer_gets_already_taken(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second)
    assert Api(cast.volunteer.user).act(request, "accept").status_code == 200
    problem(Api(cast.second.user).act(request, "accept"), 409, "already_taken")


def test_a_volunteer_who_is_busy_then_gets_overlap(cast: Cast) -> None:
    start = clock.now() + timedelta(days=1)
    first, other = cast.place(preferred_start=start), cast.place(preferred_start=start)
    for each in (first, other):
        actions.act(each, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=start)
    helper = Api(cast.volunteer.user)
    assert helper.act(first, "accept").status_code == 200
    problem(helper.act(other, "accept"), 409, "overlap")


Facts = dict[str, Any]
REFUSED_FACTS: dict[str, tuple[str, str, Facts, str]] = {
    # what: (which request, verb, facts, field)
    "nobody": ("placed", "offer", {"volunteers": []}, "volunteers"),
    "51 people": ("placed", "offer", {"volunteers": list(range(1, 52))}, "volunteers"),
    "a person that is text": ("placed", "offer", {"volunteers": ["x"]}, "volunteers"),
    "a person beyond 64 bits": ("placed", "offer", {"volunteers": [10**30]}, "volunteers"),
    "people that are one": ("placed", "offer", {"volunteers": 7}, "volunteers"),
    "a volunteer that does not exist": ("placed", "offer", {"volunteers": [10**12]}, "volunteers"),
    "an agreed start in the past": ("placed", "offer", {"pool": True, "agreed_start": PAST}, "agreed_start"),
    "an agreed start in 9999": (
        "placed",
        "offer",
        {"pool": True, "agreed_start": "9999-12-31T23:59:59Z"},
        "agreed_start",
    ),
    "0 minutes": ("placed", "offer", {"pool": True, "expected_minutes": 0}, "expected_minutes"),
    "minutes beyond a day": ("placed", "offer", {"pool": True, "expected_minutes": 1441}, "expected_minutes"),
    "a summary too long": ("placed", "offer", {"pool": True, "public_summary": "字" * 201}, "public_summary"),
    "an unknown reason": ("placed", "reject", {"reason_code": "boredom", "text": "x"}, "reason_code"),
    "a rejection without words": ("placed", "reject", {"reason_code": "unsafe", "text": " "}, "text"),
    "a version that is text": ("placed", "cancel", {"expected_version": "x"}, "expected_version"),
    "a version 0": ("placed", "cancel", {"expected_version": 0}, "expected_version"),
    "a reason of 501 signs": ("placed", "cancel", {"reason": "a" * 501}, "reason"),
    "an end before the start when amending": (
        "placed",
        "amend",
        {"preferred_start": LATER, "preferred_end": SOONER},
        "preferred_end",
    ),
    "a place nowhere when amending": ("placed", "amend", {"location": {"lat": 1, "lon": 1}}, "location"),
    "headcount 0 when amending": ("placed", "amend", {"headcount": 0}, "headcount"),
    "an unknown urgency": ("placed", "amend", {"urgency": "now!"}, "urgency"),
    "0 stars": ("completed", "rate", {"solved": "yes", "stars": 0}, "stars"),
    "6 stars": ("completed", "rate", {"solved": "yes", "stars": 6}, "stars"),
    "no stars": ("completed", "rate", {"solved": "yes"}, "stars"),
    "solved maybe": ("completed", "rate", {"solved": "maybe", "stars": 5}, "solved"),
    "a comment too long": (
        "completed",
        "rate",
        {"solved": "yes", "stars": 5, "comment": "x" * 2001},
        "comment",
    ),
    "blank safety words": ("completed", "report_concern", {"text": "  "}, "text"),
}


def test_facts_that_cannot_be_are_refused_by_field_and_change_nothing(cast: Cast, subtests: Subtests) -> None:
    requests = {"placed": cast.place(), "completed": cast.completed()}
    people = {"placed": Api(cast.dispatcher), "completed": Api(cast.resident)}
    events = CaseEvent.objects.count()
    for what, (which, verb, facts, field) in REFUSED_FACTS.items():
        with subtests.test(what):
            found = problem(people[which].act(requests[which], verb, **facts), 400, "invalid")
            assert any(name == field or name.startswith(f"{field}.") for name in found["errors"]), found
            assert is_chinese("".join(words[0] for words in found["errors"].values()))
            assert CaseEvent.objects.count() == events


CHECK_INS: list[tuple[Facts, str]] = [
    ({"lat": 91, "lon": 117}, "location"),
    ({"lat": "NaN", "lon": 117}, "lat"),
    ({"lat": 34}, "location"),
    ({"code": "000000x"}, "code"),
    ({"lat": 10, "lon": 10}, "code"),
    ({}, "code"),
    ({"reason": "x" * 501}, "reason"),
]


def test_a_check_in_that_proves_nothing_is_refused(cast: Cast, subtests: Subtests) -> None:
    request, helper = cast.accepted(), Api(cast.volunteer.user)
    for facts, field in CHECK_INS:
        with subtests.test(str(facts)):
            found = problem(helper.act(request, "check_in", **facts), 400, "invalid")
            assert field in found["errors"]
    for reason in ("boredom", "x" * 100, 7, ["a"]):
        with subtests.test(f"give up: {reason}"):
            found = problem(helper.act(request, "give_up", reason_code=reason), 400, "invalid")
            assert "reason_code" in found["errors"]


def test_minutes_that_did_not_pass_are_refused(cast: Cast, subtests: Subtests) -> None:
    request, helper = cast.in_service(), Api(cast.volunteer.user)
    for minutes in (0, -5, 100_000, "x", 10**30):
        with subtests.test(str(minutes)):
            found = problem(helper.act(request, "complete", minutes=minutes), 400, "invalid")
            assert "minutes" in found["errors"]


def test_a_fault_of_ours_says_nothing_about_itself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(actions, "place_request", broken)
    caller = Api(cast.resident)
    caller.client.raise_request_exception = False
    response = caller.post("/service-requests/", wish())
    problem(response, 500, "error")
    assert b"swordfish" not in response.content


def test_a_moment_at_the_ends_of_the_calendar_is_refused(cast: Cast, subtests: Subtests) -> None:
    request, desk = cast.place(), Api(cast.dispatcher)
    for moment in ("0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31", "9999-12-31T23:00:00+08:00"):
        with subtests.test(moment):
            found = problem(
                Api(cast.resident).post("/service-requests/", wish(preferred_start=moment)), 400, "invalid"
            )
            assert "preferred_start" in found["errors"]
            found = problem(desk.act(request, "extend", due_at=moment, reason="x"), 400, "invalid")
            assert "due_at" in found["errors"]
