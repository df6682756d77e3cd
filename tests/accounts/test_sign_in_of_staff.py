"""Staff: password, then a second factor; without one nothing opens but setting it up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse

from civic.accounts.admin_site import CivicAdminSite
from civic.accounts.models import User
from tests.accounts.conftest import PASSWORD, PHONE, app_code, app_of, texts

LOGIN = "/accounts/staff/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def strict(settings: Any) -> None:
    """As in production: the second factor is needed."""
    settings.STAFF_SECOND_FACTOR = True


def log_in(client: Client, login: str = "wang", password: str = PASSWORD, **more: Any) -> Any:
    """Types name and password."""
    return client.post(LOGIN, {"login": login, "password": password, **more})


def inside(client: Client) -> bool:
    """Tells whether somebody is signed in."""
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["wang", "13900001111", "+86 139 0000 1111"])
def test_name_or_phone_and_password_sign_in(client: Client, staff: User, login: str) -> None:
    assert log_in(client, login, next="/desk/").headers["Location"] == "/desk/"
    assert client.session["_auth_user_id"] == str(staff.pk)


def test_a_staff_session_ends_with_the_browser(client: Client, staff: User) -> None:
    log_in(client)
    assert client.session.get_expire_at_browser_close()


@pytest.mark.parametrize("login", ["wang", "nobody", "13900001111", "13700000000"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_words(
    client: Client, staff: User, login: str
) -> None:
    page = texts(log_in(client, login, "wrong"))
    assert "用户名或密码不正确" in page
    assert not inside(client)


@pytest.mark.parametrize("login", ["wang", "13900001111"])
def test_ten_wrong_passwords_lock_the_account_for_fifteen_minutes(
    client: Client, staff: User, login: str
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        for _ in range(10):
            log_in(client, login, "wrong")
        assert "请 15 分钟后再试" in texts(log_in(client, login))
        now.shift(timedelta(minutes=14, seconds=55))
        log_in(client, login)
        assert not inside(client)
        now.shift(timedelta(seconds=10))
        log_in(client, login)
        assert inside(client)


def test_a_lock_is_on_one_account_only(client: Client, staff: User) -> None:
    other = User.objects.create_user("li", PASSWORD, phone="+8613900002222")
    for _ in range(10):
        log_in(client, "13900001111", "wrong")
    log_in(client, "13900002222")
    assert client.session["_auth_user_id"] == str(other.pk)


def test_nine_wrong_passwords_do_not_lock(client: Client, staff: User) -> None:
    for _ in range(9):
        log_in(client, password="wrong")
    log_in(client)
    assert inside(client)


def test_a_lock_ends_when_redis_is_emptied(client: Client, staff: User) -> None:
    for _ in range(11):
        log_in(client, password="wrong")
    cache.clear()
    log_in(client)
    assert inside(client)


def test_a_closed_account_does_not_open(client: Client, staff: User) -> None:
    User.objects.update(is_active=False)
    assert log_in(client).headers["Location"] == "/accounts/inactive/"
    assert not inside(client)


def test_somebody_closed_while_signed_in_is_out_at_once(client: Client, staff: User) -> None:
    log_in(client)
    User.objects.update(is_active=False)
    assert client.get("/accounts/sessions/").status_code == 302


def test_the_second_factor_is_asked_for_and_needed(client: Client, staff: User, strict: None) -> None:
    secret = app_of(staff)
    assert log_in(client, next="/desk/").headers["Location"] == "/accounts/2fa/authenticate/"
    assert not inside(client)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "验证码不正确" in texts(wrong)
    done = client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    assert done.headers["Location"] == "/desk/"
    assert inside(client)
    assert client.get("/accounts/sessions/").status_code == 200


def test_ten_wrong_second_factors_lock_too(client: Client, staff: User) -> None:
    secret = app_of(staff)
    log_in(client)
    for _ in range(10):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    refusal = client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    assert "请 15 分钟后再试" in texts(refusal)
    assert not inside(client)


def test_leaving_at_the_second_factor_goes_back_to_the_start(client: Client, staff: User) -> None:
    app_of(staff)
    log_in(client)
    assert client.get(LOGIN).headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.post("/accounts/logout/", {"next": LOGIN}).headers["Location"] == LOGIN
    assert client.get(LOGIN).status_code == 200


def test_a_recovery_code_works_once(client: Client, staff: User, strict: None) -> None:
    secret = app_of(staff)
    log_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    client.post("/accounts/2fa/recovery/generate/")
    code = client.get("/accounts/2fa/recovery/").context["unused_codes"][0]
    assert code in texts(client.get("/accounts/2fa/recovery/download/"))
    for expected in (True, False):
        browser = Client()
        log_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        assert inside(browser) is expected


def test_staff_without_second_factor_are_sent_to_set_one_up(
    client: Client, staff: User, strict: None
) -> None:
    log_in(client)
    for path in (
        "/",
        "/accounts/sessions/",
        "/accounts/tokens/",
        "/accounts/password/",
        "/accounts/2fa/recovery/",
    ):
        assert client.get(path).headers["Location"] == "/accounts/2fa/", path
    page = texts(client.get("/accounts/2fa/"))
    assert "须先启用两步验证" in page


def test_setting_up_the_app_opens_the_house(client: Client, staff: User, strict: None) -> None:
    log_in(client)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "验证码不正确" in texts(wrong)
    done = client.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)})
    assert done.headers["Location"] == "/accounts/2fa/recovery/"
    assert client.get("/accounts/2fa/recovery/").status_code == 200
    assert client.get("/accounts/sessions/").status_code == 200


def test_the_secret_of_the_app_is_encrypted_at_rest(staff: User) -> None:
    secret = app_of(staff)
    authenticator = Authenticator.objects.get()
    assert secret not in str(authenticator.data)
    assert authenticator.data["secret"].startswith("e1.")


def test_a_session_from_before_must_use_the_second_factor_and_cannot_add_another(
    client: Client, staff: User, strict: None
) -> None:
    log_in(client)
    secret = app_of(staff)  # set up elsewhere in the meantime
    assert (
        client.get("/accounts/2fa/passkeys/add/")
        .headers["Location"]
        .startswith("/accounts/2fa/reauthenticate/")
    )
    assert client.get("/").headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2F"
    client.post("/accounts/2fa/reauthenticate/", {"code": app_code(secret), "next": "/"})
    assert client.get("/accounts/sessions/").status_code == 200


def test_the_api_refuses_a_session_without_second_factor(
    staff: User, strict: None, rf: RequestFactory
) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    from civic.accounts.middleware import SecondFactorRequired

    request = rf.get("/api/v1/service-requests/")
    request.user, request.session = staff, SessionStore()
    answer = SecondFactorRequired(lambda r: None).process_view(request, None, (), {})  # type: ignore[arg-type,return-value]
    assert answer is not None
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")


def test_residents_are_not_asked_for_a_second_factor(signed_in: Client, strict: None) -> None:
    assert signed_in.get("/accounts/sessions/").status_code == 200


def test_staff_cannot_remove_their_last_second_factor(client: Client, staff: User, strict: None) -> None:
    secret = app_of(staff)
    log_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    assert "请先添加另一种方式" in texts(client.get("/accounts/2fa/totp/deactivate/"))
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_others_may_remove_it(client: Client, staff: User) -> None:
    secret = app_of(staff)
    log_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_changing_sign_in_asks_for_the_password_again_after_a_while(client: Client, staff: User) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        log_in(client)
        assert client.get("/accounts/2fa/totp/activate/").status_code == 200
        now.shift(timedelta(minutes=6))
        asked = client.get("/accounts/2fa/totp/activate/")
        assert asked.headers["Location"].startswith("/accounts/reauthenticate/?next=")
        wrong = client.post(asked.headers["Location"], {"password": "wrong"})
        assert "密码不正确" in texts(wrong)
        right = client.post(asked.headers["Location"], {"password": PASSWORD})
        assert right.headers["Location"] == "/accounts/2fa/totp/activate/"
        assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_the_password_is_changed_by_those_who_have_one(client: Client, staff: User) -> None:
    log_in(client)
    new = "four quick brown foxes"
    page = client.post(
        "/accounts/password/", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    )
    assert page.context["form"].errors
    client.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    staff.refresh_from_db()
    assert staff.check_password(new)


def test_residents_have_no_password_page(signed_in: Client) -> None:
    assert signed_in.get("/accounts/password/").status_code == 404


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/accounts/sessions/", "/accounts/login/?next=%2Faccounts%2Fsessions%2F"),
        ("/accounts/tokens/?a=1", "/accounts/login/?next=%2Faccounts%2Ftokens%2F%3Fa%3D1"),
    ],
)
def test_pages_need_sign_in_by_default(client: Client, path: str, target: str) -> None:
    assert client.get(path).headers["Location"] == target


def test_pages_of_the_console_ask_for_the_password(client: Client, rf: RequestFactory) -> None:
    from civic.accounts.middleware import sign_in_url

    assert sign_in_url(rf.get("/desk/queue/"), "/desk/queue/") == "/accounts/staff/?next=%2Fdesk%2Fqueue%2F"


def test_a_fragment_asked_for_after_the_session_ended_moves_the_whole_page(client: Client) -> None:
    response = client.get(
        "/accounts/sessions/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/me/"}
    )
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=%2Fme%2F"


@pytest.mark.full
def test_the_second_factor_can_be_off_only_in_a_demo() -> None:
    import os
    import subprocess
    import sys

    def start(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "import django; django.setup()"],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "civic.settings", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    refused = start(DEMO="0", STAFF_SECOND_FACTOR="0")
    assert refused.returncode != 0
    assert "STAFF_SECOND_FACTOR=0 cannot be used without DEMO=1" in refused.stderr
    assert start(DEMO="1", STAFF_SECOND_FACTOR="0").returncode == 0


def test_the_admin_lets_in_only_those_who_answer_for_the_city(
    make_staff: Any, city: Any, rf: RequestFactory, settings: Any
) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    site, request = CivicAdminSite(), rf.get("/admin/")
    request.session = SessionStore()
    users = {
        "boss": make_staff("boss", "admin", city.city),
        "district": User.objects.create_user("district", is_staff=True),
        "root": User.objects.create_superuser("root"),
        "resident": User.objects.create_user("resident", phone=PHONE),
    }
    expected = {"boss": True, "district": False, "root": True, "resident": False}
    for name, allowed in expected.items():
        request.user = users[name]
        assert site.has_permission(request) is allowed, name
    settings.STAFF_SECOND_FACTOR = True
    request.user = users["boss"]
    assert not site.has_permission(request)
    with pytest.raises(PermissionDenied):
        site.login(request)
    anonymous = rf.get("/admin/login/?next=/admin/accounts/")
    anonymous.user = User(is_active=False)
    from django.contrib.auth.models import AnonymousUser

    anonymous.user = AnonymousUser()
    target = site.login(anonymous).headers["Location"]
    assert target == f"{reverse('account_staff_login')}?next=%2Fadmin%2Faccounts%2F"
