"""The chosen language, and every page of accounts in both languages."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from civic.accounts.models import User
from civic.accounts.urls import urlpatterns
from tests.accounts.conftest import app_of, ask_code, last_code, texts

pytestmark = pytest.mark.django_db

PAGES = [
    "sessions/",
    "tokens/",
    "2fa/",
    "2fa/totp/deactivate/",
    "2fa/passkeys/",
    "2fa/passkeys/add/",
    "2fa/reauthenticate/",
    "2fa/recovery/generate/",
    "logout/",
    "reauthenticate/",
    "password/",
]


def test_the_chosen_language_is_kept_and_wins_over_the_browser(client: Client, resident: User) -> None:
    client.force_login(resident, "civic.accounts.backends.AccountBackend")
    assert 'lang="zh-Hans"' in texts(client.get("/accounts/sessions/"))
    client.post("/language/", {"language": "en", "next": "/accounts/sessions/"})
    resident.refresh_from_db()
    assert resident.language == "en"
    client.cookies.pop("django_language")
    page = client.get("/accounts/sessions/", headers={"Accept-Language": "zh-CN"})
    assert 'lang="en"' in texts(page)
    assert page.headers["Content-Language"] == "en"


def test_without_a_choice_the_cookie_then_the_browser_decide(client: Client) -> None:
    assert 'lang="en"' in texts(client.get("/accounts/login/", headers={"Accept-Language": "en-GB"}))
    client.post("/language/", {"language": "zh-hans"})
    assert 'lang="zh-Hans"' in texts(client.get("/accounts/login/", headers={"Accept-Language": "en-GB"}))


def test_a_language_chosen_before_signing_in_stays_afterwards(client: Client, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(language="zh-hans")
    client.post("/language/", {"language": "en"})
    ask_code(client)
    client.post("/accounts/login/code/", {"code": last_code()})
    resident.refresh_from_db()
    assert resident.language == "en"
    assert 'lang="en"' in texts(client.get("/accounts/sessions/"))
    client.post("/accounts/logout/")
    User.objects.filter(pk=resident.pk).update(language="zh-hans")
    ask_code(client)  # the cookie still says English; nobody has chosen it this time
    client.post("/accounts/login/code/", {"code": last_code()})
    resident.refresh_from_db()
    assert resident.language == "zh-hans"


def test_an_unknown_language_changes_nothing(signed_in: Client, resident: User) -> None:
    signed_in.post("/language/", {"language": "tlh"})
    resident.refresh_from_db()
    assert resident.language == ""


def test_the_language_switch_does_not_lead_elsewhere(client: Client) -> None:
    target = client.post("/language/", {"language": "en", "next": "https://evil.example/"}).headers[
        "Location"
    ]
    assert target == "/"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_in_both_languages(client: Client, staff: User, path: str, language: str) -> None:
    app_of(staff)
    User.objects.update(language=language)
    client.force_login(staff, "civic.accounts.backends.AccountBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 9e9}]
    session["account_authentication_methods_user"] = str(staff.pk)
    session.save()
    response = client.get("/accounts/" + path)
    page = texts(response)
    assert response.status_code == 200
    assert "base_narrow.html" in [template.name for template in response.templates]
    assert " style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["login/", "staff/", "inactive/"])
def test_pages_of_the_entrance_are_public(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 200


def test_the_code_page_is_made_for_a_phone(client: Client) -> None:
    ask_code(client)
    page = texts(client.get("/accounts/login/code/"))
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "password/reset/", "password/set/", "phone/change/", "social/"],
)
def test_what_we_do_not_serve_of_allauth_is_not_there(signed_in: Client, path: str) -> None:
    assert signed_in.get(f"/accounts/{path}").status_code == 404


def test_every_route_is_named_and_mounted_once() -> None:
    names = [route.name for route in urlpatterns if isinstance(route, URLPattern)]
    assert len(set(names)) == len(names) == len(urlpatterns)
    assert all(get_resolver().reverse_dict.getlist(name) for name in names)
