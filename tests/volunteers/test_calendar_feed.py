"""The calendar a volunteer's own program fetches: what stands in it, who gets it, how it ends."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from civic.accounts.actions import deactivate
from civic.accounts.models import AccessLog
from civic.cases.models import CaseEvent, OnceKey
from civic.lib import clock, codes
from insight.privacy import deletion
from requests_app import actions, limiter
from requests_app.models import Assignment, Category, ServiceRequest
from tests.cast import Cast
from tests.requests_app.volunteer_browser import browser, words
from volunteers import feeds
from volunteers.models import CalendarFeed, Volunteer

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 7, 1, 9, tzinfo=SHANGHAI)
PAGE = "/v/profile/calendar/"


def make(volunteer: Volunteer, form_key: str = "") -> Any:
    """Presses "Make an address"; returns the answer, the only one that shows it."""
    return browser(volunteer).post(PAGE, {"form_key": form_key or codes.token()})


def address(volunteer: Volunteer) -> str:
    """Returns the path of a new address of the volunteer's calendar."""
    shown: str = make(volunteer).context["address"]
    assert shown.startswith("http://testserver/v/calendar/") and shown.endswith(".ics")
    return shown.removeprefix("http://testserver")


def fetch(path: str, **headers: str) -> Any:
    """Fetches as a calendar program does: no session, no cookies."""
    return Client().get(path, headers=headers)


def events(path: str) -> list[Any]:
    """Returns the events of the calendar at `path`."""
    return Calendar.from_ical(fetch(path).content).walk("VEVENT")


def test_an_accepted_task_stands_there_with_its_time_and_nothing_of_the_resident(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False):
        request = cast.accepted(preferred_start=MORNING + timedelta(days=2), preferred_end=None)
        answer = fetch(address(cast.volunteer))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    part = Assignment.objects.get()
    assert event["DTSTART"].dt == MORNING + timedelta(days=2)
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=part.expected_minutes)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", ServiceRequest.objects.get().version)
    assert event["LAST-MODIFIED"].dt == event["DTSTAMP"].dt == MORNING
    assert event["URL"] == f"http://testserver/v/tasks/{request.pk}/"
    text = answer.content.decode().replace("\r\n ", "")
    assert str(request.category) in text and cast.community.label in text
    for secret in (
        request.address,
        request.beneficiary_name,
        request.text,
        request.check_in_code,
        request.code,
    ):
        assert secret and secret not in text
    assert "BEGIN:VTIMEZONE" in text and "TZID:Asia/Shanghai" in text
    assert cast.grid.label not in text


def test_lines_are_folded_at_75_octets_and_words_escaped(cast: Cast) -> None:
    Category.objects.update(name="陪同，陪伴; 上门, 看望" * 3)
    cast.accepted()
    content = fetch(address(cast.volunteer)).content
    assert content.endswith(b"\r\n") and b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert "\\; 上门\\, 看望" in content.decode().replace("\r\n ", "")
    assert "陪同，陪伴; 上门, 看望" in Calendar.from_ical(content).walk("VEVENT")[0]["SUMMARY"]


def test_a_task_keeps_its_uid_and_its_sequence_grows(cast: Cast) -> None:
    request = cast.accepted(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    path = address(cast.volunteer)
    (before,) = events(path)
    later = clock.now() + timedelta(days=3)
    actions.act(request, "amend", actor=cast.dispatcher, agreed_start=later)
    (open_terms,) = events(path)
    assert open_terms["STATUS"] == "TENTATIVE"
    actions.act(request, "confirm", actor=cast.volunteer.user)
    (after,) = events(path)
    assert before["UID"] == open_terms["UID"] == after["UID"]
    assert before["SEQUENCE"] < open_terms["SEQUENCE"] < after["SEQUENCE"]
    assert after["DTSTART"].dt == later.replace(microsecond=0)
    assert (after["STATUS"], after["TRANSP"]) == ("CONFIRMED", "OPAQUE")


@pytest.mark.parametrize("who", ["volunteer", "resident"])
def test_what_falls_through_is_cancelled_not_gone(cast: Cast, who: str) -> None:
    request = cast.accepted()
    path = address(cast.volunteer)
    if who == "volunteer":
        actions.act(request, "give_up", actor=cast.volunteer.user, reason_code="ill")
    else:
        actions.act(request, "cancel", actor=cast.resident)
    (event,) = events(path)
    assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")


def test_a_service_that_is_over_stands_as_it_was_for_thirty_days(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as travel:
        request = cast.accepted(preferred_start=MORNING + timedelta(minutes=10), preferred_end=None)
        actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
        travel.move_to(MORNING + timedelta(minutes=47))
        actions.act(request, "complete", actor=cast.volunteer.user, minutes=45)
        path = address(cast.volunteer)
        (event,) = events(path)
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (MORNING, MORNING + timedelta(minutes=45))
        travel.move_to(MORNING + timedelta(days=29))
        assert len(events(path)) == 1
        travel.move_to(MORNING + timedelta(days=31))
        assert events(path) == []


def test_nobody_elses_tasks_stand_there(cast: Cast) -> None:
    cast.accepted()
    assert events(address(cast.second)) == []


def test_what_has_not_changed_is_not_sent_again(cast: Cast) -> None:
    request = cast.accepted()
    path = address(cast.volunteer)
    etag = fetch(path)["ETag"]
    same = fetch(path, if_none_match=etag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    actions.act(request, "cancel", actor=cast.resident)
    assert fetch(path, if_none_match=etag).status_code == 200


def test_no_proxy_keeps_it_and_no_other_site_learns_the_address(cast: Cast) -> None:
    answer = fetch(address(cast.volunteer))
    assert {"private", "no-cache"} <= set(answer["Cache-Control"].split(", "))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies
    assert Client().head(reverse("v:feed", args=["x"])).status_code == 404
    assert Client().post(reverse("v:feed", args=["x"])).status_code in {403, 405}


def test_the_address_is_shown_once_and_kept_nowhere(cast: Cast) -> None:
    form_key = codes.token()
    path = make(cast.volunteer, form_key).context["address"]
    key = path.rpartition("/")[2].removesuffix(".ics")
    assert len(key) >= 43  # 256 bits
    feed = CalendarFeed.objects.get()
    assert feed.digest == feeds.digest_of(key) and key not in repr(vars(feed))
    assert not OnceKey.objects.filter(reference__contains=key[:12]).exists()
    assert not any(key in repr(event.facts) for event in CaseEvent.objects.all())
    assert key not in browser(cast.volunteer).get(PAGE).content.decode()
    again = make(cast.volunteer, form_key)  # the page loaded anew: nothing happens
    assert key not in again.content.decode() and again.context["address"] == ""
    assert fetch(path).status_code == 200


def test_a_new_address_kills_the_old_one_and_revoked_is_like_wrong(cast: Cast) -> None:
    old, new = address(cast.volunteer), address(cast.volunteer)
    assert (fetch(old).status_code, fetch(new).status_code) == (404, 200)
    browser(cast.volunteer).post(PAGE, {"form_key": codes.token(), "what": "drop"})
    revoked, wrong = fetch(new), fetch("/v/calendar/wrong.ics")
    assert revoked.status_code == wrong.status_code == 404
    assert words(revoked) == words(wrong) and dict(revoked.headers) == dict(wrong.headers)
    verbs = CaseEvent.objects.filter(kind="volunteer", case_id=cast.volunteer.pk).order_by("seq")
    assert list(verbs.values_list("verb", flat=True))[-3:] == ["make_feed", "make_feed", "drop_feed"]


def test_nothing_is_shown_of_an_account_that_is_closed_or_deleted(cast: Cast) -> None:
    closed, deleted = address(cast.volunteer), address(cast.second)
    deactivate(cast.volunteer.user)
    assert fetch(closed).status_code == 404
    asked = deletion.ask(cast.second.user)
    with time_machine.travel(asked.due_at + timedelta(minutes=1)):
        assert deletion.carry_out(asked.pk)
    assert fetch(deleted).status_code == 404
    assert not CalendarFeed.objects.filter(volunteer=cast.second).exists()


def test_readings_are_logged_once_a_day_and_told_to_the_volunteer(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as travel:
        path = address(cast.volunteer)
        fetch(path)
        fetch(path)
        log = AccessLog.objects.filter(subject_kind="volunteer", subject_id=cast.volunteer.pk)
        assert [(entry.user_id, entry.fields) for entry in log] == [(cast.volunteer.user_id, ["calendar"])]
        assert "Last fetched today" in words(browser(cast.volunteer).get(PAGE))
        travel.move_to(MORNING + timedelta(hours=16))  # past midnight
        fetch(path)
        assert log.all().count() == 2


def test_who_asks_too_often_waits_wrong_addresses_apart(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    path = address(cast.volunteer)
    monkeypatch.setattr(limiter, "CALENDAR", limiter.CALENDAR._replace(most=2))
    monkeypatch.setattr(limiter, "CALENDAR_FROM_ADDRESS", limiter.CALENDAR_FROM_ADDRESS._replace(most=1))
    assert [fetch("/v/calendar/wrong.ics").status_code for _ in range(2)] == [404, 429]
    answers = [fetch(path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "3600"


def test_the_calendar_is_in_the_language_of_its_owner(cast: Cast) -> None:
    cast.accepted()
    path = address(cast.volunteer)
    cast.volunteer.user.language = "zh-hans"
    cast.volunteer.user.save()
    (event,) = events(path)
    assert event["SUMMARY"].startswith("志愿服务：")
