"""What a phone may keep of a volunteer's pages, and how the app presents itself."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from civic.accounts.models import User
from civic.lib import clock
from requests_app import actions
from requests_app.models import ServiceRequest
from requests_app.queries import volunteer_offline
from tests.cast import Cast

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


def test_signing_out_asks_the_browser_to_forget(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    assert "Clear-Site-Data" not in client.get("/accounts/logout/").headers
    assert client.post("/accounts/logout/").headers["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in client.post("/accounts/logout/").headers
