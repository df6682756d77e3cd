"""What a phone may keep of a volunteer's pages, and how the app presents itself."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from civic.accounts.models import User
from civic.cases.models import CaseEvent
from civic.lib import clock
from requests_app import actions
from requests_app.models import Assignment, ServiceRequest
from requests_app.queries import desk_history, volunteer_offline
from tests.cast import Cast
from volunteers.models import ServiceRecord

NOON = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
PLAN = "/v/offline/plan.json"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON):
        yield


def browser(user: User) -> Client:
    """Returns a browser of `user`."""
    client = Client()
    client.force_login(user, "civic.accounts.backends.AccountBackend")
    return client


def today(cast: Cast) -> ServiceRequest:
    """Returns a request that the volunteer serves within the hour."""
    return cast.accepted(preferred_start=clock.now() + timedelta(minutes=5))


def test_todays_task_may_be_kept_with_the_forms_of_its_next_steps(cast: Cast) -> None:
    request, client = today(cast), browser(cast.volunteer.user)
    task = f"/v/tasks/{request.pk}/"
    pages = client.get(PLAN).json()["pages"]
    assert set(pages) == {"/v/tasks/", task, f"{task}check-in/", f"{task}complete/"}
    actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    later = client.get(PLAN).json()["pages"]
    assert set(later) == {"/v/tasks/", task, f"{task}complete/"}
    assert later[task] != pages[task]


def test_nothing_is_kept_once_the_task_is_over_or_somebody_elses(cast: Cast) -> None:
    request = today(cast)
    assert browser(cast.second.user).get(PLAN).json()["pages"] == {}
    assert browser(cast.resident).get(PLAN).json()["pages"] == {}
    actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    actions.act(request, "complete", actor=cast.volunteer.user, minutes=1)
    assert browser(cast.volunteer.user).get(PLAN).json()["pages"] == {}


def test_tomorrows_task_is_not_kept_yet(cast: Cast) -> None:
    cast.accepted(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    assert browser(cast.volunteer.user).get(PLAN).json()["pages"] == {}


def test_what_is_kept_ends_with_the_day_but_not_in_the_middle_of_an_evening(cast: Cast) -> None:
    for hours_from_noon, kept in ((0, 12), (5, 7), (10, 6)):
        with time_machine.travel(NOON + timedelta(hours=hours_from_noon), tick=False):
            assert volunteer_offline.plan(None).until - clock.now() == timedelta(hours=kept)


def test_two_people_have_different_marks_that_say_nothing(cast: Cast) -> None:
    marks = [browser(user).get(PLAN).json()["person"] for user in (cast.volunteer.user, cast.second.user)]
    assert marks[0] != marks[1]
    assert all(re.fullmatch(r"[\w-]{16}", mark) for mark in marks)


def test_the_plan_is_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    today(cast)
    with django_assert_num_queries(1):
        volunteer_offline.plan(cast.volunteer)


def test_a_wish_to_read_in_large_type_or_another_language_fetches_anew(cast: Cast) -> None:
    request, client = today(cast), browser(cast.volunteer.user)
    stamps = set()
    for cookies in ({}, {"elder": "1"}, {"django_language": "en"}):
        client.cookies.load(cookies)
        stamps.add(client.get(PLAN).json()["pages"][f"/v/tasks/{request.pk}/"])
    assert len(stamps) == 3


def test_the_manifest_is_in_the_language_asked_for(client: Client, db: None) -> None:
    names = {}
    for language in ("zh-hans", "en"):
        answer = client.get(f"/v/app/{language}.webmanifest")
        assert answer["Content-Type"] == "application/manifest+json"
        said = json.loads(answer.content)
        names[language] = said["name"]
        assert {icon["sizes"] for icon in said["icons"]} == {"192x192", "512x512"}
        assert any(icon.get("purpose") == "maskable" for icon in said["icons"])
    assert names["zh-hans"] != names["en"]
    assert client.get("/v/app/fr.webmanifest").status_code == 404


def test_the_worker_knows_its_files_and_may_not_be_kept(client: Client, db: None) -> None:
    answer = client.get("/v/worker.js")
    told = json.loads(answer.content.decode().split("self.TOLD = ")[1].split(";\n")[0])
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert told["version"] and all(path.startswith(told["statics"]) for path in told["files"])
    assert "worker-src 'self'" in answer["Content-Security-Policy"]


def test_the_page_without_network_says_nothing_about_anybody(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    page = client.get("/v/offline/").content.decode()
    assert cast.volunteer.user.name not in page
    assert "csrfmiddlewaretoken" not in page


def test_without_network_it_is_said_whether_a_task_is_kept(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    some, none = (client.get("/v/offline/", query).content.decode() for query in ({"tasks": ""}, {}))
    assert "今天的任务照样可以查看" in some
    assert "没有今天的任务" in none
    assert [page.split("<main")[1].count(reverse("v:tasks")) for page in (some, none)] == [
        2,
        1,
    ]  # button, tab


def test_signing_out_asks_the_browser_to_forget(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    assert "Clear-Site-Data" not in client.get("/accounts/logout/").headers
    assert client.post("/accounts/logout/").headers["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in client.post("/accounts/logout/").headers


# What a phone sends that was made without network


def sends(client: Client, path: str, *, waited: int, key: str = "k", **fields: str) -> Any:
    """Posts a form that was filled in `waited` seconds ago, as static/js/v_send.js does; the phone's clock is wrong."""
    made = 1_000_000
    headers = {"X-Requested-With": "outbox", "X-Sent-At": str(made + waited * 1000)}
    return client.post(path, {"form_key": key, "made_at": str(made), **fields}, headers=headers)


def test_what_was_done_without_network_counts_from_when_it_was_done(cast: Cast) -> None:
    request = today(cast)
    client, task = browser(cast.volunteer.user), f"/v/tasks/{request.pk}/"
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        answer = sends(client, f"{task}check-in/", waited=5400, code=request.check_in_code)
        assert answer.json()["done"].startswith("12:30")
        answer = sends(client, f"{task}complete/", waited=600, minutes="75", note="好了")
        assert answer.status_code == 200, answer.content
    part = Assignment.objects.get()
    assert part.checked_in_at == NOON + timedelta(minutes=30)
    assert part.completed_at == NOON + timedelta(minutes=110)
    assert part.minutes == 75
    waited = CaseEvent.objects.filter(kind="request", case_id=request.pk).values_list(
        "facts__waited_minutes", flat=True
    )
    assert [minutes for minutes in waited if minutes] == [90, 10]
    shown = desk_history.story(ServiceRequest.objects.get(), cast.dispatcher, staff=True)
    assert "1.5 小时后补报" in repr(shown)


def test_the_ledger_says_when_the_service_ended_not_when_that_was_told(cast: Cast) -> None:
    request = today(cast)
    client, task = browser(cast.volunteer.user), f"/v/tasks/{request.pk}/"
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        sends(client, f"{task}check-in/", waited=0, key="in", code=request.check_in_code)
    with time_machine.travel(NOON + timedelta(hours=8), tick=False):
        answer = sends(client, f"{task}complete/", waited=5 * 3600, key="out", minutes="60")
        assert answer.status_code == 200, answer.content
    line = ServiceRecord.objects.get()
    assert (line.started_at, line.ended_at) == (NOON + timedelta(hours=2), NOON + timedelta(hours=3))
    assert (line.minutes, line.recorded_at) == (60, NOON + timedelta(hours=8))


def test_a_form_that_is_sent_again_is_the_same_however_long_that_took(cast: Cast) -> None:
    request = today(cast)
    client, path = browser(cast.volunteer.user), f"/v/tasks/{request.pk}/check-in/"
    for waited in (120, 300, 900):
        assert sends(client, path, waited=waited, code=request.check_in_code).status_code == 200
    verbs = CaseEvent.objects.filter(kind="request", case_id=request.pk).values_list("verb", flat=True)
    assert list(verbs).count("check_in") == 1


def test_nobody_can_have_come_before_they_accepted_or_more_than_a_day_ago(cast: Cast) -> None:
    request = today(cast)
    client, path = browser(cast.volunteer.user), f"/v/tasks/{request.pk}/check-in/"
    answer = sends(client, path, waited=25 * 3600, code=request.check_in_code)
    assert answer.status_code == 400 and "一天以前" in answer.json()["refused"]
    assert sends(client, path, waited=23 * 3600, code=request.check_in_code).status_code == 200
    part = Assignment.objects.get()
    assert part.checked_in_at == part.accepted_at


def test_nobody_can_have_come_long_before_the_agreed_start(cast: Cast) -> None:
    request = cast.accepted(preferred_start=clock.now() + timedelta(hours=5))
    client, path = browser(cast.volunteer.user), f"/v/tasks/{request.pk}/check-in/"
    with time_machine.travel(NOON + timedelta(hours=6), tick=False):
        assert sends(client, path, waited=5 * 3600, code=request.check_in_code).status_code == 200
    part = Assignment.objects.get()
    assert part.checked_in_at == part.agreed_start - timedelta(hours=1) > part.accepted_at


def test_what_is_refused_is_said_in_words_and_keeps_the_key_for_another_try(cast: Cast) -> None:
    request = today(cast)
    client, path = browser(cast.volunteer.user), f"/v/tasks/{request.pk}/check-in/"
    answer = sends(client, path, waited=60, code="000000" if request.check_in_code != "000000" else "111111")
    assert answer.status_code == 400 and answer.json()["refused"]
    assert sends(client, path, waited=60, code="12").status_code == 400
    assert sends(client, path, waited=60, code=request.check_in_code).json()["done"]
    late = sends(client, path, waited=60, key="other", code=request.check_in_code)
    assert late.status_code == 409 and late.json()["refused"]


@pytest.mark.parametrize("made_at", ["", "x", "-5", "9" * 30, "²"])
def test_nonsense_about_the_time_counts_as_now(cast: Cast, made_at: str) -> None:
    request = today(cast)
    client = browser(cast.volunteer.user)
    body = {"form_key": "k", "made_at": made_at, "code": request.check_in_code}
    headers = {"X-Requested-With": "outbox", "X-Sent-At": "5"}
    assert client.post(f"/v/tasks/{request.pk}/check-in/", body, headers=headers).status_code == 200
    assert clock.now() - Assignment.objects.get().checked_in_at < timedelta(minutes=1)


def test_a_form_kept_for_thousands_of_years_is_refused_as_any_that_is_too_old(cast: Cast) -> None:
    request, client = today(cast), browser(cast.volunteer.user)
    body = {"form_key": "k", "made_at": "0", "code": request.check_in_code}
    headers = {"X-Requested-With": "outbox", "X-Sent-At": "9" * 15}
    answer = client.post(f"/v/tasks/{request.pk}/check-in/", body, headers=headers)
    assert answer.status_code == 400 and answer.json()["refused"]
    assert Assignment.objects.get().checked_in_at is None


def test_the_form_to_finish_with_is_shown_early_only_to_a_phone_that_keeps_it(cast: Cast) -> None:
    request, client = today(cast), browser(cast.volunteer.user)
    path = f"/v/tasks/{request.pk}/complete/"
    assert client.get(path).status_code == 302
    assert client.get(path, headers={"X-Requested-With": "keep"}).status_code == 200


def test_what_is_under_way_is_kept_whatever_its_day(cast: Cast) -> None:
    request = cast.in_service(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    task = f"/v/tasks/{request.pk}/"
    pages = browser(cast.volunteer.user).get(PLAN).json()["pages"]
    assert set(pages) == {"/v/tasks/", task, f"{task}complete/"}
