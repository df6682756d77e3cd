"""Serving over HTTP: check-in, completion with photos, giving up, breaking off, safety."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from redis import Redis

from civic.cases.models import CaseText
from civic.evidence.store import photos_of, store_photo
from civic.lib import clock, codes, spoken
from requests_app import actions, limiter
from requests_app.models import Assignment, Block, Concern, ServiceRequest
from tests.cast import SOUTH, WEST, Cast
from tests.requests_app.volunteer_browser import browser, send, words
from tests.without_redis import redis_away  # noqa: F401
from volunteers.models import ServiceRecord

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture() -> SimpleUploadedFile:
    """Returns a small photo as a browser sends it."""
    content = io.BytesIO()
    Image.new("RGB", (80, 60), "#446688").save(content, "JPEG")
    return SimpleUploadedFile("IMG_1.jpg", content.getvalue(), "image/jpeg")


def test_check_in_by_place_within_500_metres(cast: Cast) -> None:
    request = cast.accepted()
    response = send(browser(cast.volunteer), "check_in", request, lat=SOUTH + 0.005, lon=WEST + 0.006)
    assert response.url == reverse("v:task", args=[request.pk])
    assert Assignment.objects.get().check_in_by == "place"


def test_check_in_by_the_residents_code_in_any_width(cast: Cast) -> None:
    request = cast.accepted()
    wide = request.check_in_code.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert send(browser(cast.volunteer), "check_in", request, code=f" {wide} ").status_code == 302
    assert Assignment.objects.get().check_in_by == "code"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Enter the resident's code, or say why."),
        ({"lat": SOUTH + 0.02, "lon": WEST + 0.005}, "You seem to be 1.7 km away."),
        ({"code": "12"}, "The code has six digits."),
        ({"code": "abcdef"}, "The code has six digits."),
        ({"lat": "91", "lon": "0"}, "less than or equal to 90"),
        ({"lat": "NaN", "lon": "0"}, "Enter a number."),
    ],
)
def test_what_does_not_suffice_for_a_check_in_is_said_beside_the_field(
    cast: Cast, fields: dict[str, Any], told: str
) -> None:
    request = cast.accepted()
    response = send(browser(cast.volunteer), "check_in", request, **fields)
    assert response.status_code == 400
    assert told in words(response)
    assert "position" not in words(response)  # nobody was asked for one
    assert Assignment.objects.get().state == "accepted"


def test_a_wrong_code_is_refused_and_a_reason_lets_in(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    wrong = "000000" if request.check_in_code != "000000" else "111111"
    assert "This is not the resident's code." in words(send(client, "check_in", request, code=wrong))
    assert send(client, "check_in", request, reason="We meet at the hospital").status_code == 302
    assert Assignment.objects.get().check_in_by == "reason"


def wrong_codes(request: ServiceRequest, client: Client, times: int) -> list[int]:
    """Types as many wrong codes, each another, and returns the statuses."""
    others = [code for n in range(times + 1) if (code := f"{n:06}") != request.check_in_code]
    return [send(client, "check_in", request, code=code).status_code for code in others[:times]]


def test_the_same_wrong_code_once_more_is_not_counted_again(cast: Cast) -> None:
    """A phone that sends twice, or a thumb that presses twice, locks nobody out."""
    request, client = cast.accepted(), browser(cast.volunteer)
    again = [wrong_codes(request, client, 1)[0] for _each in range(6)]
    assert again == [400] * 6
    assert send(client, "check_in", request, code=request.check_in_code).status_code == 302


def test_five_wrong_codes_lock_codes_for_a_quarter_of_an_hour(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    assert wrong_codes(request, client, 5) == [400, 400, 400, 400, 429]
    locked = send(client, "check_in", request, code=request.check_in_code)
    assert locked.status_code == 429
    assert "Too many wrong codes: for 15 minutes none is taken." in words(locked)
    assert Assignment.objects.get().state == "accepted"
    kept = limiter.key(limiter.CODE_AT_DOOR, str(Assignment.objects.get().pk))
    with Redis.from_url(settings.REDIS_URL) as redis:
        assert 890 < redis.ttl(cache.make_key(kept)) <= 900
    cache.delete(kept)
    assert send(client, "check_in", request, code=request.check_in_code).status_code == 302


@pytest.mark.parametrize(
    ("fields", "way"),
    [
        ({"lat": SOUTH + 0.005, "lon": WEST + 0.006}, "place"),
        ({"reason": "She does not find the code"}, "reason"),
        ({"reason": "She does not find the code", "code": "000000"}, "reason"),
    ],
)
def test_while_codes_are_locked_place_and_reason_still_let_in(
    cast: Cast, fields: dict[str, Any], way: str
) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    wrong_codes(request, client, 5)
    assert send(client, "check_in", request, **fields).status_code == 302
    assert Assignment.objects.get().check_in_by == way


def test_wrong_codes_of_one_volunteer_lock_nobody_else(cast: Cast) -> None:
    request = cast.accepted(cast.volunteer, cast.second)
    assert wrong_codes(request, browser(cast.volunteer), 5)[-1] == 429
    other = send(browser(cast.second), "check_in", request, code=request.check_in_code)
    assert other.status_code == 302


@pytest.mark.usefixtures("redis_away")
def test_wrong_codes_are_counted_while_redis_is_away(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    with time_machine.travel(clock.now(), tick=False) as now:
        assert wrong_codes(request, client, 5) == [400, 400, 400, 400, 429]
        locked = send(client, "check_in", request, code=request.check_in_code)
        assert locked.status_code == 429
        assert "Too many wrong codes: for 15 minutes none is taken." in words(locked)
        assert Assignment.objects.get().state == "accepted"
        now.shift(15 * 60 + 1)
        assert send(client, "check_in", request, code=request.check_in_code).status_code == 302


@pytest.mark.usefixtures("redis_away")
def test_digits_of_the_phone_are_limited_while_redis_is_away(cast: Cast) -> None:
    request, stranger = cast.place(), Client()
    path = reverse("track", args=[request.code])
    statuses = [stranger.post(path, {"digits": f"{n:04}"}).status_code for n in range(1000, 1006)]
    assert statuses[-1] == 429
    assert stranger.post(path, {"digits": "0001"}).status_code == 429  # the right ones, too late


def test_the_page_warns_who_checks_in_long_before_the_start(cast: Cast) -> None:
    request = cast.accepted()
    page = browser(cast.volunteer).get(reverse("v:check_in", args=[request.pk]))
    assert "Check in only when you are there." in words(page)


def test_minutes_can_be_lowered_never_raised(cast: Cast) -> None:
    request, client = cast.in_service(), browser(cast.volunteer)
    with clock.at(clock.now() + timedelta(minutes=40, seconds=20)):
        page = client.get(reverse("v:complete", args=[request.pk]))
        assert 'value="41"' in page.content.decode()
        assert 'max="41"' in page.content.decode()
        too_much = send(client, "complete", request, minutes=60)
        assert too_much.status_code == 400
        assert "At most 41 minutes have passed since check-in." in words(too_much)
        assert send(client, "complete", request, minutes=0).status_code == 400
        assert send(client, "complete", request, minutes="many").status_code == 400
        assert send(client, "complete", request, minutes=35, note="Took the lift").status_code == 302
    assert ServiceRecord.objects.get().minutes == 35
    done = words(client.get(reverse("v:task", args=[request.pk])))
    assert "They count as soon as the resident has answered." in done


def test_completing_takes_photos_sent_before_and_with_the_form(cast: Cast) -> None:
    request, client = cast.in_service(), browser(cast.volunteer)
    before = client.post(reverse("v:photo"), {"file": picture()}).json()
    assert before["url"]
    response = send(client, "complete", request, minutes=1, photos=[before["id"]], photos_files=[picture()])
    assert response.status_code == 302
    assert len(photos_of("request", request.pk)) == 2
    assert "photos" in client.get(response.url).content.decode()


def test_without_a_script_photos_are_sent_and_crossed_out_with_the_form(cast: Cast) -> None:
    request, client = cast.in_service(), browser(cast.volunteer)
    page = send(client, "complete", request, minutes=1, note="one", add_photos="1", photos_files=[picture()])
    assert page.status_code == 200
    kept = page.context["photos"]
    assert len(kept) == 1
    assert "one" in words(page)
    fields = {"minutes": 1, "photos": [str(kept[0].pk)]}
    page = send(client, "complete", request, **fields, remove_photo=str(kept[0].pk))
    assert page.context["photos"] == []
    assert Assignment.objects.get().state == "in_service"


def test_what_is_no_photo_is_refused_with_a_reason(cast: Cast) -> None:
    request, client = cast.in_service(), browser(cast.volunteer)
    fake = SimpleUploadedFile("a.jpg", b"<svg/>", "image/jpeg")
    assert client.post(reverse("v:photo"), {"file": fake}).status_code >= 400
    assert client.post(reverse("v:photo"), {}).status_code == 400
    fake.seek(0)
    page = send(client, "complete", request, minutes=1, photos_files=[fake])
    assert page.status_code == 400
    assert "a.jpg" in words(page)
    assert Assignment.objects.get().state == "in_service"


def test_a_photo_is_taken_back_by_its_sender_only(cast: Cast) -> None:
    mine = browser(cast.volunteer)
    photo = mine.post(reverse("v:photo"), {"file": picture()}).json()
    browser(cast.second).post(reverse("v:photo_remove"), {"id": photo["id"]})
    assert mine.get(photo["url"]).status_code == 200
    assert mine.post(reverse("v:photo_remove"), {"id": "nonsense"}).status_code == 204
    mine.post(reverse("v:photo_remove"), {"id": photo["id"]})
    assert mine.get(photo["url"]).status_code == 404


def test_giving_up_asks_for_a_reason_and_frees_the_slot(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    page = send(client, "give_up", request)
    assert page.status_code == 400
    assert "Please choose one." in words(page)
    assert send(client, "give_up", request, reason_code="ill", note="Fever").status_code == 302
    assert Assignment.objects.get().state == "given_up"
    assert "You gave this back." in words(client.get(reverse("v:task", args=[request.pk])))
    assert send(client, "give_up", request, reason_code="ill").status_code == 409


def test_leaving_early_keeps_the_minutes(cast: Cast) -> None:
    request, client = cast.in_service(), browser(cast.volunteer)
    with clock.at(clock.now() + timedelta(minutes=22)):
        assert "23 min so far are kept" in words(client.get(reverse("v:give_up", args=[request.pk])))
        send(client, "give_up", request, reason_code="family")
    assert ServiceRecord.objects.get().minutes == 23


def test_only_who_serves_alone_can_break_off(cast: Cast) -> None:
    alone, client = cast.in_service(), browser(cast.volunteer)
    assert "It cannot be done" in words(client.get(reverse("v:task", args=[alone.pk])))
    assert send(client, "abort", alone, outcome="again").status_code == 400
    assert send(client, "abort", alone, outcome="cancel", reason="Nobody lives here").status_code == 302
    alone.refresh_from_db()
    assert alone.state == "cancelled"
    together = cast.in_service(
        cast.volunteer, cast.second, preferred_start=clock.now() + timedelta(days=3), preferred_end=None
    )
    assert "It cannot be done" not in words(client.get(reverse("v:task", args=[together.pk])))
    refused = send(client, "abort", together, outcome="again", reason="x")
    assert refused.status_code == 403
    assert "Others serve here too" in words(refused)


def test_a_concern_reaches_the_desk_and_may_end_all_meetings(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    assert send(client, "concern", request).status_code == 400
    key = codes.token()
    fields = {"form_key": key, "text": "The dog is not on a lead.", "block": "on"}
    url = reverse("v:concern", args=[request.pk])
    assert [client.post(url, fields).status_code for _again in range(2)] == [302, 302]
    assert Concern.objects.get().by == cast.volunteer.user
    assert CaseText.objects.filter(name="concern", body="The dog is not on a lead.").exists()
    assert Block.objects.get().volunteer == cast.volunteer


def test_never_again_is_one_press_and_no_words(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    assert send(client, "block", request).status_code == 302
    assert Block.objects.filter(volunteer=cast.volunteer).exists()


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("check_in", {"reason": "x"}),
        ("complete", {"minutes": 1}),
        ("give_up", {"reason_code": "ill"}),
        ("abort", {"reason": "x", "outcome": "again"}),
        ("concern", {"text": "x"}),
        ("block", {}),
        ("confirm", {}),
        ("decline", {}),
    ],
)
def test_nobody_acts_on_what_was_never_put_to_them(cast: Cast, name: str, facts: dict[str, Any]) -> None:
    request = cast.accepted()
    assert send(browser(cast.second), name, request, **facts).status_code == 404
    assert send(browser(cast.volunteer), name, 10**9, **facts).status_code == 404


@pytest.mark.parametrize("name", ["check_in", "complete", "give_up", "abort"])
def test_a_page_whose_time_has_passed_leads_back_to_the_task(cast: Cast, name: str) -> None:
    request = cast.completed()
    client = browser(cast.volunteer)
    assert client.get(reverse(f"v:{name}", args=[request.pk])).url == reverse("v:task", args=[request.pk])


def test_a_released_volunteer_loses_sight_of_the_address(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    actions.act(request, "reassign", actor=cast.dispatcher)
    page = client.get(reverse("v:task", args=[request.pk]))
    assert "You need not go any more." in words(page)
    assert "荷花里" not in page.content.decode()
    assert send(client, "check_in", request, reason="x").status_code == 409


def test_the_record_is_read_in_ones_own_language_and_a_minute_is_told_once(cast: Cast) -> None:
    with clock.at(clock.now().replace(second=5)):
        cast.completed()
    record = browser(cast.volunteer).get(reverse("v:record"))
    line = ServiceRecord.objects.get()
    assert line.content == "帮居民跑一趟腿"
    assert "Run an errand for a resident" in words(record)
    assert "–" not in words(record).split("Run an errand")[1].split("min")[0]


def test_a_service_that_is_over_says_when_it_was(cast: Cast) -> None:
    request, helper = cast.in_service(), cast.volunteer.user
    began = Assignment.objects.get().checked_in_at
    assert began is not None
    with clock.at(began + timedelta(minutes=50)):
        actions.act(request, "complete", actor=helper)
        actions.act(request, "rate", actor=cast.resident, solved="yes", stars=5)
        page = words(browser(cast.volunteer).get(reverse("v:task", args=[request.pk])))
        ended = spoken.clock_time(clock.now())
        assert f"{spoken.moment(began, weekday=True)} – {ended}" in page
        assert spoken.moment(Assignment.objects.get().agreed_start) not in page


def test_what_was_said_stands_in_the_page_above_its_own(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    page = client.get(send(client, "check_in", request, code=request.check_in_code).url).content.decode()
    said = page.index("Thank you for coming.")
    assert page.index("<main") < said < page.index("task-head")


def test_photos_of_the_work_stand_with_what_was_done_and_say_who_took_them(cast: Cast) -> None:
    request, client = cast.in_service(), browser(cast.volunteer)
    typed = {"minutes": 1, "note": "Medicine is on the shelf", "photos_files": [picture()]}
    assert send(client, "complete", request, **typed).status_code == 302
    task = client.get(reverse("v:task", args=[request.pk]))
    assert task.context["task"].photos == []
    assert "Photos you took" in words(task) and "Medicine is on the shelf" in words(task)
    resident = Client(headers={"accept-language": "en"})
    resident.force_login(cast.resident)
    progress = resident.get(reverse("track", args=[request.code]))
    assert progress.context["photos"] == []
    assert "Taken by the volunteer, done" in words(progress)
    assert "Medicine" not in words(progress), "the note is for the desk"


def test_photos_that_came_with_a_request_stay_with_what_was_asked_for(cast: Cast) -> None:
    photo = store_photo(picture(), uploader=cast.resident)
    request = cast.completed(photos=[photo.pk])
    task = browser(cast.volunteer).get(reverse("v:task", args=[request.pk])).context["task"]
    assert [each.pk for each in task.photos] == [photo.pk] and task.works == []
