"""What stands around every page: errors in words, the desk's phone, the style guide."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

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
