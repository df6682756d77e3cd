"""Devices and API keys: one's own can be seen and ended, anybody else's do not exist."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from civic.accounts import actions
from civic.accounts.devices import device_name
from civic.accounts.models import ApiToken, User
from tests.accounts.conftest import ask_code, last_code, texts

WECHAT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0"
)
pytestmark = pytest.mark.django_db


def browser(phone: str, agent: str = "") -> Client:
    """Signs in by phone in a new browser."""
    client = Client(headers={"User-Agent": agent} if agent else None)
    ask_code(client, phone)
    client.post("/accounts/login/code/", {"code": last_code()})
    return client


def session_of(client: Client) -> UserSession:
    """Returns the row of this browser's session."""
    return UserSession.objects.get(session_key=client.session.session_key)


def signed_in(client: Client) -> bool:
    """Tells whether this browser still is."""
    return client.get("/accounts/sessions/").status_code == 200


def test_devices_are_listed_in_words(resident: User) -> None:
    phone, _other = browser(resident.phone, WECHAT), browser(resident.phone)
    page = texts(phone.get("/accounts/sessions/"))
    assert "WeChat · Android" in page
    assert "未知设备" in page
    assert page.count("本设备") == 1
    assert device_name("Mozilla/5.0 (iPhone) Version/17 Safari/604") == "Safari · iPhone"


def test_a_device_can_be_signed_out_from_another(resident: User) -> None:
    here, there = browser(resident.phone), browser(resident.phone)
    here.post(f"/accounts/sessions/{session_of(there).pk}/end/")
    assert not signed_in(there)
    assert signed_in(here)


def test_this_device_can_be_signed_out(resident: User) -> None:
    here = browser(resident.phone)
    assert (
        here.post(f"/accounts/sessions/{session_of(here).pk}/end/").headers["Location"] == "/accounts/login/"
    )
    assert not signed_in(here)


def test_somebody_elses_session_cannot_be_ended(resident: User) -> None:
    mine, theirs = browser(resident.phone), browser("+8613700001234")
    assert mine.post(f"/accounts/sessions/{session_of(theirs).pk}/end/").status_code == 404
    assert signed_in(theirs)


def test_all_other_devices_can_be_signed_out_at_once(resident: User) -> None:
    here, there, stranger = browser(resident.phone), browser(resident.phone), browser("+8613700001234")
    here.post("/accounts/sessions/end-others/")
    assert [signed_in(client) for client in (here, there, stranger)] == [True, False, True]


def test_closing_an_account_ends_its_sessions_and_keys(resident: User) -> None:
    here, key = browser(resident.phone), ApiToken.issue(resident)
    actions.deactivate(resident)
    assert key
    assert not signed_in(here)
    assert ApiToken.objects.get().revoked_at
    assert not UserSession.objects.exists()


def test_a_key_is_shown_once_and_can_be_revoked(resident: User) -> None:
    here = browser(resident.phone)
    page = here.post("/accounts/tokens/", {"name": "打印店"})
    key = page.context["new_token"]
    assert key in texts(page)
    listed = texts(here.get("/accounts/tokens/"))
    assert "打印店" in listed
    assert key not in listed
    token = ApiToken.objects.get()
    assert token.digest == ApiToken.digest_of(key)
    here.post(f"/accounts/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at


def test_somebody_elses_key_cannot_be_revoked(resident: User) -> None:
    ApiToken.issue(resident)
    stranger = browser("+8613700001234")
    assert stranger.post(f"/accounts/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_a_key_with_too_long_a_name_is_refused(resident: User) -> None:
    page = browser(resident.phone).post("/accounts/tokens/", {"name": "x" * 61})
    assert page.context["form"].errors
    assert not ApiToken.objects.exists()


def test_pages_that_change_something_take_posts_only(resident: User) -> None:
    here = browser(resident.phone)
    for path in ("sessions/1/end/", "sessions/end-others/", "tokens/1/revoke/"):
        assert here.get(f"/accounts/{path}").status_code == 405


def test_whoever_has_no_key_and_no_second_factor_is_not_led_to_them(resident: User) -> None:
    here = browser(resident.phone)
    led = [f'href="{path}"' for path in ("/accounts/2fa/", "/accounts/tokens/")]
    page = here.get("/accounts/sessions/").content.decode()
    assert [each in page for each in led] == [False, False]
    ApiToken.issue(resident)
    page = here.get("/accounts/sessions/").content.decode()
    assert [each in page for each in led] == [False, True]
