"""The progress page, its acts, home and settings over HTTP: who sees what, who may do what."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from civic.accounts.models import Consent
from civic.lib import clock
from requests_app import actions, figures
from requests_app.enums import RequestState
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.requests_app.residents import browser
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db


def test_code_and_digits_open_the_timeline_and_nothing_personal(cast: Cast) -> None:
    request = cast.accepted()
    client, url = browser(), reverse("track", args=[request.code])
    assert "digits" in client.get(url).content.decode()
    client.post(url, {"digits": cast.resident.phone[-4:]})
    page = client.get(url).content.decode()
    assert request.code in page
    for secret in (
        cast.resident.name,
        request.address,
        request.title,
        request.text,
        request.check_in_code,
        cast.volunteer.user.name,
        cast.volunteer.number,
        "13800000001",
    ):
        assert secret not in page
    assert reverse("track_cancel", args=[request.code]) not in page


def test_what_was_proved_is_forgotten_after_an_hour(cast: Cast) -> None:
    request = cast.place()
    client, url = browser(), reverse("track", args=[request.code])
    client.post(url, {"digits": "0001"})
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert "digits" in client.get(url).content.decode()


def test_five_wrong_digits_lock_the_code_for_everybody_even_with_the_right_ones(cast: Cast) -> None:
    request = cast.place()
    url = reverse("track", args=[request.code])
    statuses = [browser().post(url, {"digits": "9999"}).status_code for _ in range(5)]
    assert statuses == [403, 403, 403, 403, 429]
    locked = browser().post(url, {"digits": "0001"})
    assert (locked.status_code, locked["Retry-After"]) == (429, "3600")
    assert browser(cast.resident).get(url).status_code == 200


def test_a_code_that_does_not_exist_answers_like_wrong_digits(cast: Cast) -> None:
    url = reverse("track", args=["QH-0000-0000-0000"])
    statuses = [browser().post(url, {"digits": "9999"}).status_code for _ in range(5)]
    assert statuses == [403, 403, 403, 403, 429]


def test_thirty_wrong_digits_lock_the_visitors_address_not_the_proxys(cast: Cast, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    url, there, elsewhere = reverse("track", args=[cast.place().code]), "203.0.113.7", "203.0.113.8"
    for number in range(30):
        unknown = reverse("track", args=[f"QH-0000-0000-{number:04}"])
        browser().post(unknown, {"digits": "9999"}, headers={"x-forwarded-for": there})
    assert browser().post(url, {"digits": "0001"}, headers={"x-forwarded-for": there}).status_code == 429
    assert browser().post(url, {"digits": "0001"}, headers={"x-forwarded-for": elsewhere}).status_code == 302


@pytest.mark.parametrize("digits", ["", "12", "abcd", "12345", "１２３４５"])
def test_what_are_no_four_digits_are_refused_without_counting(cast: Cast, digits: str) -> None:
    url = reverse("track", args=[cast.place().code])
    for _ in range(6):
        assert browser().post(url, {"digits": digits}).status_code == 400


def test_the_code_is_found_however_it_is_typed(cast: Cast) -> None:
    request = cast.place()
    typed = request.code.lower().replace("-", " ")
    assert browser().post(reverse("track_find"), {"code": typed}).url == reverse("track", args=[request.code])
    assert browser().post(reverse("track_find"), {"code": "what?"}).status_code == 400


def test_another_resident_proves_themselves_and_may_not_act(cast: Cast) -> None:
    request = cast.accepted()
    other = browser(cast.neighbour)
    assert "digits" in other.get(reverse("track", args=[request.code])).content.decode()
    for name in ("track_rate", "track_cancel", "track_amend", "track_reopen", "track_concern", "placed"):
        assert other.get(reverse(name, args=[request.code])).status_code == 404, name
    assert other.post(reverse("track_no_show", args=[request.code])).status_code == 404


def test_who_comes_is_named_only_with_consent(cast: Cast, settings: Any) -> None:
    request = cast.accepted()
    url = reverse("track", args=[request.code])
    page = browser(cast.resident).get(url).content.decode()
    assert cast.volunteer.number in page
    assert cast.volunteer.user.name not in page
    Consent.objects.create(user=cast.volunteer.user, purpose="public_name", version=settings.CONSENT_VERSION)
    assert cast.volunteer.user.name in browser(cast.resident).get(url).content.decode()


def test_who_came_is_still_named_once_it_is_rated(cast: Cast, settings: Any) -> None:
    Consent.objects.create(user=cast.volunteer.user, purpose="public_name", version=settings.CONSENT_VERSION)
    request = cast.closed()
    assert "张建国" in browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()
    assert "张建国" not in by_code(request, cast)


def test_a_minor_is_never_named_whatever_they_agreed_to(cast: Cast, settings: Any) -> None:
    request, user = cast.accepted(), cast.volunteer.user
    Consent.objects.create(user=user, purpose="public_name", version=settings.CONSENT_VERSION)
    born = timezone.localdate() - timedelta(days=16 * 365)
    Volunteer.objects.filter(pk=cast.volunteer.pk).update(birth_date=born)
    page = browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()
    assert user.name not in page
    assert cast.volunteer.number in page


def test_nobody_is_shown_before_somebody_accepted(cast: Cast) -> None:
    request = cast.offered()
    page = browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()
    assert cast.volunteer.number not in page


def test_the_live_part_answers_304_while_nothing_changed(cast: Cast) -> None:
    request = cast.offered()
    client, url = browser(cast.resident), reverse("track_part", args=[request.code])
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    actions.act(request, "accept", actor=cast.volunteer.user)
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200
    assert browser().get(url).status_code == 404


def test_the_qr_code_is_a_picture_and_only_of_a_code(cast: Cast) -> None:
    request = cast.place()
    answered = browser().get(reverse("track_qr", args=[request.code]))
    assert answered["Content-Type"] == "image/svg+xml"
    assert b"style=" not in answered.content
    assert browser().get(reverse("track_qr", args=["nonsense"])).status_code == 404


def by_code(request: ServiceRequest, cast: Cast) -> str:
    """Returns the page as whoever knows code and digits reads it."""
    client, url = browser(), reverse("track", args=[request.code])
    client.post(url, {"digits": cast.resident.phone[-4:]})
    return client.get(url).content.decode()


def test_who_came_by_code_is_offered_to_sign_in_for_what_is_left_to_do(cast: Cast) -> None:
    request, helper = cast.accepted(), cast.volunteer.user
    assert "登录后可以看谁来" in by_code(request, cast)
    actions.act(request, "check_in", actor=helper, code=request.check_in_code)
    actions.act(request, "complete", actor=helper)
    assert "登录后评价" in by_code(request, cast)
    actions.act(request, "rate", actor=cast.resident, solved="yes", stars=5)
    assert "没解决？登录后申请重办" in by_code(request, cast)
    with clock.at(clock.now() + timedelta(days=16)):
        page = by_code(request, cast)
    assert request.code in page
    assert reverse("account_login") not in page.split("<main")[1]


def test_urging_is_the_next_thing_to_do_only_when_something_is_late(cast: Cast) -> None:
    request = cast.accepted()
    client, url = browser(cast.resident), reverse("track", args=[request.code])
    calm = client.get(url).content.decode()
    assert calm.index("改时间") < calm.index("催办")
    with clock.at(request.act_by + timedelta(minutes=1)):
        late = client.get(url).content.decode()
    assert late.index("催办") < late.index("改时间")


# Acts


def test_a_rating_without_answers_says_what_is_missing_where_it_is_missing(cast: Cast) -> None:
    request = cast.completed()
    refused = browser(cast.resident).post(reverse("track_rate", args=[request.code]), {"comment": ""})
    page = refused.content.decode()
    assert refused.status_code == 400
    for field in ("solved", "stars"):
        assert f'href="#id_{field}"' in page
        assert f'id="id_{field}"' in page
    assert ">Solved<" not in page
    assert ">Stars<" not in page


def test_the_code_for_the_door_is_gone_once_everybody_has_checked_in(cast: Cast) -> None:
    request = cast.in_service()
    page = browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()
    assert request.check_in_code
    assert request.check_in_code not in page


def test_rating_closes_and_a_second_one_is_refused_in_words(cast: Cast) -> None:
    request = cast.completed()
    client, url = browser(cast.resident), reverse("track_rate", args=[request.code])
    assert client.post(url, {"solved": "yes"}).status_code == 400
    assert client.post(url, {"solved": "yes", "stars": "6"}).status_code == 400
    assert client.post(url, {"solved": "yes", "stars": "5", "comment": "谢谢"}).status_code == 302
    request.refresh_from_db()
    assert request.state == RequestState.CLOSED
    for method, sent in ((client.post, {"solved": "no", "stars": "1"}), (client.get, {})):
        again = method(url, sent)
        assert (again.status_code, again["Location"]) == (302, reverse("track", args=[request.code]))
        assert "您已经评价过了" in client.get(again["Location"]).content.decode()


def test_cancel_reopen_and_change_go_through_the_table(cast: Cast) -> None:
    client = browser(cast.resident)
    first, second, third = cast.place(), cast.closed(), cast.accepted(cast.second)
    client.post(reverse("track_cancel", args=[first.code]), {"reason": "好了"})
    client.post(reverse("track_reopen", args=[second.code]), {"reason": "又漏了"})
    day = timezone.localtime(clock.now() + timedelta(days=5)).date().isoformat()
    client.post(
        reverse("track_amend", args=[third.code]), {"when": "day", "day": day, "part": "exact", "at": "09:30"}
    )
    for each in (first, second, third):
        each.refresh_from_db()
    assert (first.state, second.state) == (RequestState.CANCELLED, RequestState.SUBMITTED)
    assert third.agreed_start is not None
    assert timezone.localtime(third.agreed_start).strftime("%F %H:%M") == f"{day} 09:30"


def test_changing_the_time_begins_with_the_time_that_holds(cast: Cast) -> None:
    request = cast.accepted()
    agreed = timezone.localtime(request.agreed_start)
    page = browser(cast.resident).get(reverse("track_amend", args=[request.code])).content.decode()
    assert f'value="{agreed.date().isoformat()}" selected' in page
    assert f'value="{agreed:%H:%M}"' in page


def test_another_time_needs_a_day(cast: Cast) -> None:
    url = reverse("track_amend", args=[cast.place().code])
    for sent in ({"when": "any"}, {"when": "day", "day": ""}):
        assert browser(cast.resident).post(url, sent).status_code == 400


def test_changing_a_part_of_the_day_begins_with_that_part(cast: Cast) -> None:
    tomorrow = timezone.localtime(clock.now()).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)

    def shown(begin: float, end: float | None = None) -> tuple[object, object]:
        day = tomorrow.replace(hour=0)
        ends = day + timedelta(hours=end) if end is not None else None
        request = cast.place(preferred_start=day + timedelta(hours=begin), preferred_end=ends)
        form = browser(cast.resident).get(reverse("track_amend", args=[request.code])).context["form"]
        actions.act(request, "cancel", actor=cast.resident)
        assert request.expected_minutes < 180
        return form["part"].value(), form["at"].value()

    assert shown(18, 21) == ("evening", None)
    assert shown(14.5, 18) == ("afternoon", None)  # asked for when it had begun already
    assert shown(17.5, 18) == ("exact", time(17, 30))  # a fixed time that ends with the afternoon
    assert shown(9) == ("exact", time(9))


def test_a_no_show_is_reported_half_an_hour_after_the_start_and_not_before(cast: Cast) -> None:
    request = cast.accepted()
    client, url = browser(cast.resident), reverse("track_no_show", args=[request.code])
    client.post(url)
    client.post(url, {"assignment": "9" * 5000})  # more digits than Python reads
    request.refresh_from_db()
    assert request.state == RequestState.ACCEPTED
    assert request.agreed_start is not None
    with clock.at(request.agreed_start + timedelta(minutes=31)):
        page = client.get(reverse("track", args=[request.code])).content.decode()
        assert url in page
        client.post(url)
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED


def test_the_home_page_shows_ones_own_open_requests_only(cast: Cast) -> None:
    cast.place(title="帮忙取药")
    assert "帮忙取药" in browser(cast.resident).get("/").content.decode()
    assert "帮忙取药" not in browser(cast.neighbour).get("/").content.decode()
    assert "帮忙取药" not in browser().get("/").content.decode()


def test_figures_come_from_the_records_and_keep_silent_when_there_are_few(cast: Cast) -> None:
    assert figures.compute().any is False
    cast.closed()
    known = figures.compute()
    assert (known.received, known.volunteers) == (1, 1)
    assert (known.stars, known.wait_minutes, known.in_time_percent) == (None, None, None)


def test_home_counts_ratings_and_calls_them_so(cast: Cast) -> None:
    known = figures.Figures(
        received=30, in_time_percent=None, stars=4.6, ratings=21, volunteers=None, wait_minutes=None
    )
    cache.set("home-figures", (clock.now(), known))
    page = browser().get("/").content.decode()
    cache.delete("home-figures")
    assert "居民打分 21 次" in page and "位居民" not in page


def test_home_and_progress_take_few_queries(cast: Cast) -> None:
    requests = [cast.place() for _ in range(3)] + [cast.accepted()]
    client = browser(cast.resident)
    client.get("/")
    for path, most in (("/", 8), (reverse("track", args=[requests[-1].code]), 16), (reverse("me"), 8)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path)
        assert len(queries) <= most, (path, [query["sql"][:120] for query in queries])


def test_my_requests_are_paged_by_cursor(cast: Cast) -> None:
    for number in range(22):
        cast.place(title=f"第{number}件")
    client = browser(cast.resident)
    first = client.get(reverse("me")).content.decode()
    assert "第21件" in first and "第1件<" not in first
    last = min(ServiceRequest.objects.order_by("-pk").values_list("pk", flat=True)[:20])
    second = client.get(reverse("me"), {"before": last}).content.decode()
    assert "第1件<" in second and "第21件" not in second


def test_settings_are_kept_and_nonsense_is_refused(cast: Cast) -> None:
    client, url = browser(cast.resident), reverse("settings")
    said = {"name": "桂兰", "home_area": cast.community.pk, "language": "en", "elder_mode": "on"}
    assert client.post(url, said).status_code == 302
    cast.resident.refresh_from_db()
    assert (
        cast.resident.name,
        cast.resident.home_area,
        cast.resident.language,
        cast.resident.elder_mode,
    ) == (
        "桂兰",
        cast.community,
        "en",
        True,
    )
    assert client.post(url, {**said, "home_area": cast.street.pk}).status_code == 400
    assert client.post(url, {**said, "language": "tlh"}).status_code == 400


def test_elder_mode_is_remembered_and_leads_nowhere_else(cast: Cast) -> None:
    client = browser(cast.resident)
    response = client.post(reverse("elder"), {"on": "1", "next": "https://evil.example/"})
    assert response.url == "/"
    cast.resident.refresh_from_db()
    assert cast.resident.elder_mode is True
    assert b'class="' in client.get("/").content and b" elder" in client.get("/").content
    assert client.get(reverse("elder")).status_code == 405


@pytest.mark.parametrize("path", ["/about/privacy/", "/about/accessibility/", "/about/numbers/"])
def test_pages_about_the_service_are_open_to_everybody(cast: Cast, path: str) -> None:
    assert browser().get(path).status_code == 200
    assert browser().get("/about/nothing/").status_code == 404


def test_every_resident_page_names_emergency_numbers_and_the_desk(cast: Cast, settings: Any) -> None:
    for path in ("/", "/requests/new/", "/track/", "/about/privacy/"):
        page = browser().get(path).content.decode()
        for number in ("110", "119", "120", settings.SITE_DESK_PHONE):
            assert f"tel:{number}" in page, path


def test_the_owner_shows_a_square_that_checks_the_volunteer_in(cast: Cast, client: Client) -> None:
    case = cast.accepted()
    client.force_login(cast.resident)
    page = client.get(reverse("track", args=[case.code])).content.decode()
    assert reverse("track_door_qr", args=[case.code]) in page
    assert client.get(reverse("track_door_qr", args=[case.code])).headers["Content-Type"] == "image/svg+xml"
    client.force_login(cast.neighbour)
    assert client.get(reverse("track_door_qr", args=[case.code])).status_code == 404
    client.force_login(cast.volunteer.user)
    filled = client.get(reverse("v:check_in", args=[case.pk]), {"code": case.check_in_code}).content.decode()
    assert f'value="{case.check_in_code}"' in filled


def test_saving_ones_name_does_not_switch_off_the_large_text_chosen_in_this_browser(cast: Cast) -> None:
    client = browser(cast.resident)
    client.cookies["elder"] = "1"
    assert client.get(reverse("settings")).context["form"]["elder_mode"].value() is True
