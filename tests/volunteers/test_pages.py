"""Becoming a volunteer, the profile and the record, over HTTP."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from civic.accounts.models import Consent, User
from civic.lib import clock, codes
from tests.cast import SOUTH, WEST, Cast
from tests.requests_app.volunteer_browser import words
from volunteers import actions, queries
from volunteers.models import ServiceClass, Skill, Volunteer

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    """Returns an English-speaking browser of `user`."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def registration(**changes: Any) -> dict[str, Any]:
    """Returns what somebody types to register."""
    return {
        "form_key": codes.token(),
        "name": "周敏",
        "birth_date": "1990-05-31",
        "about": "周末有空",
        "terms": "on",
        **changes,
    }


def test_a_stranger_signs_in_first_and_comes_back(cast: Cast) -> None:
    response = Client().get(reverse("v:home"))
    assert unquote(response.url) == f"{reverse('account_login')}?next={reverse('v:home')}"


def test_who_is_no_volunteer_is_told_how_to_become_one(cast: Cast) -> None:
    client = browser(cast.neighbour)
    assert "Register" in words(client.get(reverse("v:home")))
    for name in ("v:tasks", "v:record", "v:profile", "v:part"):
        assert client.get(reverse(name)).url == reverse("v:home")
    assert client.post(reverse("v:pause")).url == reverse("v:home")


def test_registering_by_list_ends_waiting_for_approval(cast: Cast) -> None:
    client = browser(cast.neighbour)
    top = words(client.get(reverse("v:register") + "?all=1"))
    assert cast.district.label in top
    page = client.get(reverse("v:register"))  # the home area is known: its community
    assert cast.community.label in words(page)
    skill = Skill.objects.first()
    assert skill is not None
    law = ServiceClass.objects.get(code="law")
    fields = registration(skills=[skill.pk], service_classes=[law.pk], grid=cast.grid.pk, public_name="on")
    response = client.post(f"{reverse('v:register')}?in={cast.community.pk}", fields)
    assert response.url == reverse("v:home")
    made = Volunteer.objects.get(user=cast.neighbour)
    assert (made.state, made.area, made.skills) == ("applied", cast.grid, [skill.pk])
    assert made.service_classes == [law.pk]
    assert (made.lat, made.lon) == (cast.grid.centre_lat, cast.grid.centre_lon)
    assert set(Consent.objects.filter(user=cast.neighbour).values_list("purpose", flat=True)) >= {
        "terms",
        "public_name",
    }
    waiting = words(client.get(reverse("v:home")))
    assert "Waiting for approval" in waiting
    assert made.number in waiting
    assert client.get(reverse("v:register")).url == reverse("v:home")


def test_registering_where_the_phone_is_keeps_that_point(cast: Cast) -> None:
    client = browser(cast.neighbour)
    here = {"lat": SOUTH + 0.002, "lon": WEST + 0.003, "form_key": codes.token()}
    assert client.post(reverse("v:place"), here).url == reverse("v:register")
    page = client.get(reverse("v:register"))
    assert "Found by your phone" in words(page)
    client.post(f"{reverse('v:register')}?in={cast.community.pk}", registration())
    made = Volunteer.objects.get(user=cast.neighbour)
    assert (made.area, made.lat, made.lon) == (cast.grid, 34.002, 117.003)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " \u200b "}, "Please give your name."),
        ({"birth_date": ""}, "Please give your date of birth."),
        ({"birth_date": "31.5."}, "Please give the date like 1998-05-31."),
        (
            {"birth_date": (timezone.localdate() - timedelta(days=365 * 10)).isoformat()},
            "at least 14 years old",
        ),
        ({"birth_date": "1905-11-30"}, "Please check the year of birth."),
        ({"terms": ""}, "Without this we cannot register you."),
        ({"skills": ["99999"]}, "Select a valid choice."),
        ({"service_classes": ["99999"]}, "Select a valid choice."),
        ({"grid": "99999"}, "Select a valid choice."),
        ({"about": "x" * 201}, "200"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    cast: Cast, changes: dict[str, Any], told: str
) -> None:
    client = browser(cast.neighbour)
    response = client.post(f"{reverse('v:register')}?in={cast.community.pk}", registration(**changes))
    assert response.status_code == 400
    assert told in words(response)
    assert not Volunteer.objects.filter(user=cast.neighbour).exists()


@pytest.mark.parametrize(
    "point", [{"lat": "1", "lon": "1"}, {"lat": "91", "lon": "0"}, {"lat": "NaN", "lon": ""}]
)
def test_a_point_outside_the_city_leads_to_the_list(cast: Cast, point: dict[str, str]) -> None:
    response = browser(cast.neighbour).post(
        reverse("v:place"), {**point, "form_key": codes.token()}, follow=True
    )
    assert "outside the areas we serve" in response.content.decode()


@pytest.mark.parametrize("typed", ["0", "abc", "9" * 40, "-1", ""])
def test_a_link_to_no_area_begins_at_the_top_or_at_home(cast: Cast, typed: str) -> None:
    assert browser(cast.neighbour).get(f"{reverse('v:register')}?in={typed}").status_code == 200


def test_the_same_registration_twice_makes_one_volunteer(cast: Cast) -> None:
    client, fields = browser(cast.neighbour), registration()
    url = f"{reverse('v:register')}?in={cast.community.pk}"
    assert [client.post(url, fields).status_code for _again in range(2)] == [302, 302]
    assert Volunteer.objects.filter(user=cast.neighbour).count() == 1


@pytest.mark.parametrize(
    ("verb", "told"), [("refuse", "was not approved"), ("suspend", "standing as a volunteer is suspended")]
)
def test_refused_and_suspended_read_where_they_stand(cast: Cast, verb: str, told: str) -> None:
    person = cast.volunteer
    if verb == "refuse":
        user = cast.neighbour
        person = actions.register(actor=user, name="周敏", area=cast.grid, skills=[])
    actions.decide(person, verb, actor=cast.dispatcher, reason="…")
    assert told in words(browser(person.user).get(reverse("v:home")))


def test_the_profile_keeps_skills_words_and_the_consent_to_be_named(cast: Cast) -> None:
    client, one = browser(cast.volunteer.user), Skill.objects.all()[2]
    health = ServiceClass.objects.get(code="health").pk
    fields = {"form_key": codes.token(), "skills": [one.pk], "about": "会方言", "public_name": "on"}
    fields["service_classes"] = [health]
    assert client.post(reverse("v:profile"), fields).status_code == 302
    kept = Volunteer.objects.get(pk=cast.volunteer.pk)
    assert (kept.skills, kept.about, kept.service_classes) == ([one.pk], "会方言", [health])
    named = Consent.objects.filter(user=cast.volunteer.user, purpose="public_name", withdrawn_at=None)
    assert named.exists()
    page = client.get(reverse("v:profile")).content.decode()
    assert f'id="skill-{one.pk}" checked' in page
    client.post(reverse("v:profile"), {**fields, "form_key": codes.token(), "public_name": ""})
    assert not named.exists()


def test_pausing_stops_offers_and_starting_again_brings_them_back(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    for wanted, active in (("0", False), ("1", True)):
        client.post(reverse("v:pause"), {"active": wanted, "form_key": codes.token()})
        assert Volunteer.objects.get(pk=cast.volunteer.pk).active is active


def test_moving_the_point_changes_it_within_the_own_district_only(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    client.post(reverse("v:place"), {"lat": "34.009", "lon": "117.001", "form_key": codes.token()})
    assert Volunteer.objects.get(pk=cast.volunteer.pk).lat == 34.009
    for lat, lon in ((1, 1), (34.01, 117.03)):  # nowhere, and the next district
        client.post(reverse("v:place"), {"lat": lat, "lon": lon, "form_key": codes.token()})
    assert Volunteer.objects.get(pk=cast.volunteer.pk).lat == 34.009


def test_a_refused_volunteer_cannot_change_the_profile(cast: Cast) -> None:
    person = actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[])
    actions.decide(person, "refuse", actor=cast.dispatcher, reason="…")
    client = browser(cast.neighbour)
    assert "Keep changes" not in words(client.get(reverse("v:profile")))
    assert client.post(reverse("v:profile"), {"form_key": codes.token(), "about": "x"}).status_code == 409


def test_the_record_tells_confirmed_from_waiting_hours(cast: Cast) -> None:
    cast.closed()
    cast.completed(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    page = browser(cast.volunteer.user).get(reverse("v:record"))
    text = words(page)
    assert text.count("1 min") == 2
    assert "confirmed" in text
    assert "waiting" in text
    hours = page.context["hours"]
    assert (hours.confirmed, hours.pending, hours.services) == (1, 1, 1)
    assert "荷花里" not in page.content.decode()


def test_the_record_pages_by_cursor_and_ignores_nonsense(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("volunteers.queries.RECORDS_A_PAGE", 1)
    cast.completed()
    cast.completed(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    client = browser(cast.volunteer.user)
    first = client.get(reverse("v:record"))
    second = client.get(reverse("v:record") + first.context["older"])
    assert len(first.context["lines"]) == len(second.context["lines"]) == 1
    assert first.context["lines"] != second.context["lines"]
    assert second.context["older"] == ""
    for nonsense in ("abc", "-1", "9" * 40, "٣"):
        assert client.get(f"{reverse('v:record')}?before={nonsense}").status_code == 200


def test_an_empty_record_says_what_to_do(cast: Cast) -> None:
    assert "Your first hour stands here" in words(browser(cast.volunteer.user).get(reverse("v:record")))


def test_volunteering_is_explained_before_anybody_signs_in(cast: Cast) -> None:
    stranger = Client(headers={"accept-language": "en"})
    assert reverse("v:welcome") in stranger.get(reverse("home")).content.decode()
    page = stranger.get(reverse("v:welcome"))
    assert "An hour of yours" in words(page) and "I am a volunteer already: sign in" in words(page)
    sign_in = stranger.get(reverse("v:register"), follow=True)
    assert "requests or your volunteering" in words(sign_in)
    assert browser(cast.neighbour).get(reverse("v:welcome")).url == reverse("v:home")


def test_settings_and_wishes_for_messages_keep_the_shell_one_comes_from(cast: Cast) -> None:
    client = browser(cast.volunteer.user)
    profile = client.get(reverse("v:profile")).content.decode()
    for name in ("settings", "notify:wanted"):
        inside = f"{reverse(name)}?in=v"
        assert inside in profile
        assert 'class="tabs no-print"' in client.get(inside).content.decode()
        assert 'class="tabs no-print"' not in client.get(reverse(name)).content.decode()
    kept = {"name": "张建国", "home_area": "", "language": "en"}
    assert client.post(f"{reverse('settings')}?in=v", kept).url == f"{reverse('settings')}?in=v"
    assert (
        f"{reverse('notify:wanted')}?in=v" in client.get(f"{reverse('notify:inbox')}?in=v").content.decode()
    )


def test_a_day_cannot_hold_more_than_its_week(cast: Cast) -> None:
    client, typed = browser(cast.volunteer.user), {"form_key": codes.token(), "radius_m": ""}
    page = client.post(reverse("v:wishes"), {**typed, "daily_limit": 2, "weekly_limit": 1})
    assert page.status_code == 400 and "More in a day than in the whole week" in words(page)
    typed["form_key"] = codes.token()
    assert client.post(reverse("v:wishes"), {**typed, "daily_limit": 1, "weekly_limit": 1}).status_code == 302


def test_units_and_dates_are_said_as_everywhere(cast: Cast) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(cast.volunteer.user)
    assert "500 米" in words(client.get(reverse("v:wishes")))
    until = cast.volunteer.insured_until
    assert until is not None
    assert f"{until.year} 年 {until.month} 月 {until.day} 日" in words(client.get(reverse("v:profile")))


def test_a_minute_is_said_in_minutes() -> None:
    with translation.override("en"):
        said = [queries.Hours(minutes, 0, 0).confirmed_words for minutes in (1, 60, 75, 62_610)]
    assert said == ["1 min", "1 h", "1.25 h", "1043.5 h"]
