"""What stands around every page: errors in words, the desk's phone, the style guide."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from civic.areas import actions as area_actions
from civic.areas import queries as areas
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_page_that_does_not_exist_says_so_and_leads_home(client: Client) -> None:
    answered = client.get("/no/such/page/", headers={"Accept-Language": "en"})
    page = answered.content.decode()
    assert answered.status_code == 404
    assert "There is no such page" in page
    assert 'href="/"' in page


def test_a_form_without_its_token_says_what_to_do() -> None:
    answered = Client(enforce_csrf_checks=True).post(reverse("track_find"), {"code": "x"})
    assert answered.status_code == 403
    assert "页面打开太久了" in answered.content.decode()


def test_the_nearest_desk_s_phone_is_shown(cast: Cast) -> None:
    area_actions.change_area(cast.community, desk_phone="8888-3300")
    areas.forget()
    client = Client()
    assert "8888-1212" in client.get("/").content.decode()
    client.force_login(cast.resident)
    assert "tel:8888-3300" in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/", "/track/{code}/", "/about/privacy/", "/no/such/page/"])
def test_beside_the_phone_of_a_desk_stands_whose_it_is(cast: Cast, settings: Any, path: str) -> None:
    area_actions.change_area(cast.community, desk_phone="8888-3300")
    areas.forget()
    path = path.format(code=cast.place().code)
    client, english = Client(), {"Accept-Language": "en"}
    client.force_login(cast.resident)
    at_home = client.get(path, headers=english).content.decode()
    assert f"Desk of {cast.community.label}:" in at_home
    client.force_login(cast.person("新来的", "+8613800000091"))
    assert f"Desk of {settings.SITE_OWNER_EN}:" in client.get("/", headers=english).content.decode()


def test_large_letters_have_one_name_in_english(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.resident)
    for path in ("/", reverse("settings"), reverse("about", args=["accessibility"])):
        page = client.get(path, headers={"Accept-Language": "en"}).content.decode()
        words = strip_tags(page) + " ".join(re.findall(r'aria-label="([^"]*)"', page))
        assert "Large text" in words, path
        assert "elder" not in words.lower(), path


def test_the_style_guide_is_for_demonstrations_only(client: Client, settings: Any) -> None:
    settings.DEMO = True
    assert client.get(reverse("styleguide")).status_code == 200
    settings.DEMO = False
    assert client.get(reverse("styleguide")).status_code == 404


def test_pages_carry_no_inline_script_or_style(cast: Cast) -> None:
    request = cast.accepted()
    client = Client()
    client.force_login(cast.resident)
    for path in ("/", "/requests/new/what/?category=repair", f"/track/{request.code}/", "/me/settings/"):
        answered = client.get(path)
        page = answered.content.decode()
        assert " style=" not in page and "<style" not in page and "<script>" not in page, path
        assert "unsafe" not in answered["Content-Security-Policy"]


def test_an_address_for_forms_is_explained_to_who_opens_it(client: Client) -> None:
    answered = client.get(reverse("elder"), headers={"Accept-Language": "en"})
    assert (answered.status_code, answered.headers["Allow"]) == (405, "POST")
    assert "There is nothing to see at this address" in answered.content.decode()


def test_the_answer_to_a_form_is_reached_again_where_the_form_stands(client: Client) -> None:
    """Loading it anew, coming back to it or switching the language sends nothing a second time."""
    form = reverse("track_find")
    answered = client.post(form, {"code": "x"}, headers={"Referer": f"http://testserver{form}?q=1"})
    assert answered.status_code == 400
    page = answered.content.decode()
    assert f'data-here="{form}?q=1"' in page
    assert f'name="next" value="{form}?q=1"' in page
    elsewhere = client.post(form, {"code": "x"}, headers={"Referer": "https://elsewhere.example/x"})
    assert 'data-here="/"' in elsewhere.content.decode()
    assert "data-here" not in client.get(form).content.decode()


def test_what_a_phone_has_no_room_for_stands_behind_more(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:volunteers"), headers={"Accept-Language": "en"}).content.decode()
    menu = page.partition("more-sections")[2].partition("</details>")[0]
    assert "on-narrow" in menu
    for name in ("volunteers", "approvals"):
        assert f'class="narrow-only" href="{reverse(f"desk:{name}")}"' in menu
