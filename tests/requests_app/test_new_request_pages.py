"""A new request over HTTP: drafts, refusals, consent, photos, sending once."""

from datetime import datetime, time, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from civic.accounts.models import Consent
from civic.evidence.owners import Owner
from civic.evidence.store import photos_of
from civic.lib import clock
from requests_app import actions, drafts, reference
from requests_app.forms.new import DoorForm, WhenForm
from requests_app.models import Category, Rating, RequestDraft, ServiceRequest
from tests.cast import Cast
from tests.requests_app.residents import ANSWERS, answer, browser, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_signed_in_resident_places_a_request_and_lands_on_the_confirmation(cast: Cast) -> None:
    client = browser(cast.resident)
    response = answer(client, cast)
    placed = ServiceRequest.objects.get()
    assert response.url == reverse("placed", args=[placed.code])
    assert (placed.area_id, placed.address) == (cast.community.pk, "荷花里小区 3 号楼 502")
    page = client.get(response.url).content.decode()
    assert placed.code in page
    assert reverse("track_qr", args=[placed.code]) in page
    assert Consent.objects.filter(user=cast.resident, purpose="terms").exists()


def test_the_kind_of_help_is_a_step_of_its_own(cast: Cast) -> None:
    client = browser()
    steps = [client.get(reverse("new_kinds")), client.get(reverse("new_what"), {"category": "errand"})]
    answer(client, cast, "what")
    steps.append(client.get(reverse("new_where")))
    assert [(page.context["step"], page.context["total"]) for page in steps] == [(1, 7), (2, 7), (3, 7)]


@pytest.mark.parametrize(("when", "told"), [("soon", "越快越好"), ("any", "时间可商量")])
def test_how_soon_it_is_wanted_reaches_the_volunteer(cast: Cast, when: str, told: str) -> None:
    answer(browser(cast.resident), cast, when={"when": when})
    placed = ServiceRequest.objects.get()
    actions.act(placed, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    client = browser(cast.volunteer.user)
    for name in ("v:home", "notify:inbox"):
        assert told in client.get(reverse(name)).content.decode(), name
    tomorrow = clock.now() + timedelta(days=1)
    placed.refresh_from_db()
    actions.act(placed, "amend", actor=cast.resident, preferred_start=tomorrow)
    assert told not in client.get(reverse("v:home")).content.decode()


def test_the_language_one_talks_best_reaches_who_has_accepted_and_nobody_before(cast: Cast) -> None:
    answer(resident := browser(cast.resident), cast, "what", "where", "when", "who", who={"speaks": "local"})
    assert "本地方言" in resident.get(reverse("new_check")).content.decode()
    answer(resident, cast, "check")
    placed = ServiceRequest.objects.get()
    placed = actions.act(placed, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    client, task = browser(cast.volunteer.user), reverse("v:task", args=[placed.pk])
    assert "本地方言" not in client.get(task).content.decode()
    actions.act(placed, "accept", actor=cast.volunteer.user, agreed_start=clock.now() + timedelta(days=1))
    assert "本地方言" in client.get(task).content.decode()


def test_sending_again_leads_to_the_same_request(cast: Cast) -> None:
    client = browser(cast.resident)
    first = answer(client, cast)
    assert client.get(reverse("new_send")).url == first.url
    assert client.post(reverse("new_check"), {"terms": "on"}).status_code == 302
    assert ServiceRequest.objects.count() == 1


def test_after_placing_a_new_draft_begins(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast)
    answer(client, cast)
    assert ServiceRequest.objects.count() == 2


def test_a_stranger_is_asked_for_the_phone_only_after_the_last_look(cast: Cast) -> None:
    client = browser()
    response = answer(client, cast)
    assert response.url == f"{reverse('account_login')}?next={reverse('new_send')}"
    assert ServiceRequest.objects.count() == 0
    client.force_login(cast.neighbour)
    assert client.get(reverse("new_send")).url.startswith("/requests/placed/")
    assert ServiceRequest.objects.get().beneficiary == cast.neighbour


def test_nothing_is_sent_before_the_last_look_was_confirmed(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast, "what", "where", "when", "who")
    assert client.get(reverse("new_send")).url == reverse("new_check")
    assert ServiceRequest.objects.count() == 0


def test_answers_are_kept_encrypted_and_gone_once_placed(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast, "what", "where")
    assert "荷花里" not in str(RequestDraft.objects.get().data)
    answer(client, cast, "when", "who", "check")
    assert RequestDraft.objects.get().data == {}


@pytest.mark.parametrize(
    "text", ["", "   \n\t ", "\x00\u202e", "字" * 10_001], ids=["empty", "blank", "marks", "long"]
)
def test_a_text_that_says_nothing_or_too_much_is_refused(cast: Cast, text: str) -> None:
    response = answer(browser(), cast, "what", what={"text": text})
    assert response.status_code == 400
    assert "error-summary" in response.content.decode()


def test_emoji_stay_and_control_characters_go(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast, what={"text": "请带\x00药 💊 谢谢\u202e"})
    assert ServiceRequest.objects.get().text == "请带药 💊 谢谢"


@pytest.mark.parametrize("code", ["", "nonsense", "learning"])
def test_an_unknown_or_retired_kind_of_help_is_refused(cast: Cast, code: str) -> None:
    Category.objects.filter(code="learning").update(retired_at=clock.now())
    reference.forget()
    assert answer(browser(), cast, "what", what={"category": code}).status_code == 400


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("91", "117"), ("nan", "117"), ("inf", "117"), ("10", "10"), ("", ""), ("x", "y")],
)
def test_a_point_off_the_earth_or_outside_the_city_is_refused(cast: Cast, lat: str, lon: str) -> None:
    url = reverse("new_where_here")
    response = browser().post(url, {"lat": lat, "lon": lon, "address": "荷花里"})
    assert response.status_code == 400
    found = browser().get(reverse("new_locate"), {"lat": lat, "lon": lon})
    assert found.status_code in {200, 400}
    assert found.json()["inside"] is False


def test_the_map_is_given_the_tiles_of_the_settings_and_does_without(cast: Cast, settings: Any) -> None:
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings.MAP_TILE_URL = tiles
    assert f'data-tiles="{tiles}"' in browser().get(reverse("new_where_map")).content.decode()
    settings.MAP_TILE_URL = ""
    page = browser().get(reverse("new_where_map")).content.decode()
    assert "data-map " in page
    assert "data-tiles" not in page


@pytest.mark.parametrize(
    ("estate", "building", "door", "line"),
    [
        ("荷花里小区", "3 号楼", "502", "荷花里小区 3 号楼 502"),
        ("Garden Estate", "Building 7, entrance 3", "502", "Garden Estate, Building 7, entrance 3, 502"),
        ("Garden Estate", "", "502", "Garden Estate, 502"),
    ],
)
def test_the_parts_of_an_address_stand_apart_as_its_language_does(
    estate: str, building: str, door: str, line: str
) -> None:
    form = DoorForm({"estate": estate, "building": building, "door": door})
    assert form.is_valid()
    assert form.address() == line


def test_a_point_gives_the_grid_around_it(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast, "what")
    client.post(reverse("new_where_here"), {"lat": "34.005", "lon": "117.005", "address": "3 号楼下"})
    answer(client, cast, "when", "who", "check")
    placed = ServiceRequest.objects.get()
    assert (placed.area_id, placed.lat, placed.lon) == (cast.grid.pk, 34.005, 117.005)


@pytest.mark.parametrize("given", ["0", "999999999", "x", "-1", "9" * 40])
def test_an_area_that_does_not_exist_falls_back_to_the_list(cast: Cast, given: str) -> None:
    page = browser().get(reverse("new_where_pick"), {"in": given})
    assert page.status_code == 200
    assert cast.district.name in page.content.decode()


def test_times_that_have_passed_or_are_missing_are_refused(cast: Cast) -> None:
    today = timezone.localtime(clock.now()).date().isoformat()
    for when in (
        {"when": "day"},
        {"when": "day", "day": today, "part": "exact", "at": "00:00"},
        {"when": "day", "day": today, "part": "exact", "at": "25:99"},
        {"when": "day", "day": today, "part": "exact"},
        {"when": "day", "day": "2020-01-01", "part": "morning"},
        {"when": "sometime"},
        {"when": ""},
    ):
        assert answer(browser(), cast, "when", when=when).status_code == 400, when


def test_a_day_and_part_become_wished_times(cast: Cast) -> None:
    client = browser(cast.resident)
    day = timezone.localtime(clock.now() + timedelta(days=2)).date()
    answer(client, cast, when={"when": "day", "day": day.isoformat(), "part": "afternoon"})
    placed = ServiceRequest.objects.get()
    assert placed.preferred_start is not None and placed.preferred_end is not None
    wished = [timezone.localtime(at) for at in (placed.preferred_start, placed.preferred_end)]
    assert [(at.date(), at.hour) for at in wished] == [(day, 13), (day, 18)]


@pytest.mark.parametrize("headcount", ["0", "51", "x", "", "-3", "1.5"])
def test_an_impossible_number_of_helpers_is_refused(cast: Cast, headcount: str) -> None:
    assert answer(browser(), cast, "who", who={"headcount": headcount}).status_code == 400


@pytest.mark.parametrize("number", ["12345", "+1 202 555 0100", "138000", "电话"])
def test_a_broken_or_foreign_phone_of_somebody_else_is_refused(cast: Cast, number: str) -> None:
    who = {"who": "other", "other_name": "陈桂兰", "other_phone": number, "reason": "unwell"}
    assert answer(browser(), cast, "who", who=who).status_code == 400


def test_a_request_for_a_neighbour_names_both_and_the_reason(cast: Cast) -> None:
    client = browser(cast.neighbour)
    who = {"who": "other", "other_name": "陈桂兰", "other_phone": "13800000001", "reason": "unwell"}
    answer(client, cast, who=who)
    placed = ServiceRequest.objects.get()
    assert (placed.proxy, placed.beneficiary) == (cast.neighbour, cast.resident)
    assert placed.on_behalf_reason
    page = client.get(reverse("track", args=[placed.code])).content.decode()
    assert reverse("track_cancel", args=[placed.code]) in page
    refused = client.post(reverse("track_rate", args=[placed.code]), {"solved": "yes", "stars": "5"})
    assert refused.status_code == 302
    assert not Rating.objects.exists()


def test_a_sensitive_kind_of_help_needs_its_own_consent(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast, "what", "where", "when", "who", what={"category": "medical"})
    assert client.post(reverse("new_check"), {"terms": "on"}).status_code == 400
    assert client.post(reverse("new_check"), {"terms": "on", "sensitive": "on"}).status_code == 302
    assert Consent.objects.filter(user=cast.resident, purpose="sensitive").exists()


def test_photos_sent_before_signing_in_come_along(cast: Cast) -> None:
    client = browser()
    sent = client.post(reverse("new_photo"), {"file": picture()})
    assert sent.status_code == 200
    answer(client, cast)
    client.force_login(cast.resident)
    client.get(reverse("new_send"))
    placed = ServiceRequest.objects.get()
    assert [str(photo.pk) for photo in photos_of("request", placed.pk)] == [sent.json()["id"]]


def test_photos_come_with_the_form_when_there_is_no_script(cast: Cast) -> None:
    client = browser()
    response = client.post(
        reverse("new_what"), {**ANSWERS["what"], "photos_files": [picture(), picture()], "add_photos": "1"}
    )
    assert response.url == reverse("new_what")
    page = client.get(reverse("new_what")).content.decode()
    assert page.count('class="photo"') == 2


def test_a_file_that_is_no_photo_is_refused_and_the_seventh_too(cast: Cast) -> None:
    client = browser()
    bad = SimpleUploadedFile("evil.svg", b"<svg onload='x'/>", "image/svg+xml")
    refused = client.post(reverse("new_photo"), {"file": bad})
    assert refused.status_code == 400
    assert refused.json()["detail"]
    assert client.post(reverse("new_photo")).status_code == 400
    for _ in range(6):
        assert client.post(reverse("new_photo"), {"file": picture()}).status_code == 200
    assert client.post(reverse("new_photo"), {"file": picture()}).status_code == 400


def test_a_removed_photo_is_gone_and_another_browser_cannot_see_it(cast: Cast) -> None:
    client = browser()
    sent = client.post(reverse("new_photo"), {"file": picture()}).json()
    assert client.get(sent["url"]).status_code == 200
    assert browser().get(sent["url"]).status_code in {302, 404}
    client.post(reverse("new_photo_remove"), {"id": sent["id"]})
    assert sent["id"] not in client.get(reverse("new_what") + "?category=errand").content.decode()


def test_what_is_typed_is_kept_before_next_is_pressed(cast: Cast) -> None:
    client = browser()
    assert client.post(reverse("new_keep"), ANSWERS["what"]).status_code == 204
    assert "代买一袋米" in client.get(reverse("new_what")).content.decode()
    assert client.post(reverse("new_keep"), {"category": "errand", "text": "  "}).status_code == 204
    assert "代买一袋米" in client.get(reverse("new_what")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_presses_of_send_at_once_place_one_request(cast: Cast) -> None:
    client = browser(cast.resident)
    answer(client, cast, "what", "where", "when", "who")
    token = RequestDraft.objects.get().token
    with drafts.editing(token, cast.resident) as draft:
        draft.answers["check"] = {"terms": True, "sensitive": False}
    gate, placed = Barrier(4), []

    def send() -> None:
        gate.wait(timeout=10)
        placed.append(drafts.place(token, actor=cast.resident, uploader=Owner(cast.resident.pk, "")))
        connection.close()

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert ServiceRequest.objects.count() == 1
    assert {each.pk for each in placed if each} == {ServiceRequest.objects.get().pk}
    assert len(placed) == 4


@pytest.mark.parametrize(
    ("at", "is_asked"),
    [("05:59", True), ("06:00", False), ("22:00", False), ("22:01", True), ("03:00", True)],
)
def test_a_time_at_night_is_asked_back_about_and_not_forbidden(cast: Cast, at: str, is_asked: bool) -> None:
    client = browser(cast.resident)
    day = (timezone.localdate(clock.now()) + timedelta(days=2)).isoformat()
    wish = {"when": "day", "day": day, "part": "exact", "at": at}
    response = answer(client, cast, "what", "where", "when", when=wish)
    page = response.content.decode()
    assert (response.status_code, 'name="at_night"' in page, "夜间" in page) == (
        (400, True, True) if is_asked else (302, False, False)
    )
    response = answer(client, cast, "when", "who", "check", when={**wish, "at_night": "on"})
    placed = ServiceRequest.objects.get()
    assert timezone.localtime(placed.preferred_start).strftime("%H:%M") == at
    change = reverse("track_amend", args=[placed.code])
    assert (
        'name="at_night"' in client.get(change).content.decode()
    ) is is_asked  # what holds is not asked again
    later = {**wish, "at": "23:30"}
    assert client.post(change, later).status_code == 400
    assert client.post(change, {**later, "at_night": "on"}).status_code == 302


def test_a_yes_to_the_night_does_not_outlive_it(cast: Cast) -> None:
    day = (timezone.localdate(clock.now()) + timedelta(days=2)).isoformat()
    for wish in ({"part": "exact", "at": "10:00"}, {"part": "morning", "at": "03:00"}, {"when": "any"}):
        form = WhenForm({"when": "day", "day": day, "at_night": "on", **wish})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["at_night"] is False


@pytest.mark.parametrize(
    ("now", "day", "part"),
    [
        ("07:00", 0, "morning"),
        ("11:40", 0, "afternoon"),
        ("17:40", 0, "evening"),
        ("20:40", 1, "morning"),
    ],
)
def test_no_time_gone_by_is_offered_as_the_first_choice(cast: Cast, now: str, day: int, part: str) -> None:
    today = timezone.localdate(clock.now())
    hour, minute = now.split(":")
    with clock.at(datetime.combine(today, time(int(hour), int(minute)), timezone.get_current_timezone())):
        assert WhenForm.soonest() == {"day": (today + timedelta(days=day)).isoformat(), "part": part}
        assert WhenForm({"when": "day", **WhenForm.soonest()}).is_valid()
