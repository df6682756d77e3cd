"""Residents and volunteers: phone, code, signed in; the account is made when the code is right."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from civic.accounts.actions import update_profile
from civic.accounts.models import User
from civic.lib.crypto import keyed_hash
from civic.notify.models import Message
from tests.accounts.conftest import PASSWORD, PHONE, ask_code, last_code, texts, wrong

CONFIRM = "/accounts/login/code/"
NEW = "+8613700001234"
pytestmark = pytest.mark.django_db


def confirm(client: Client, code: str, **more: Any) -> Any:
    """Types a code into the second step."""
    return client.post(CONFIRM, {"code": code, **more})


def test_an_unknown_phone_gets_an_account_when_the_code_is_right(client: Client) -> None:
    assert ask_code(client, "137 0000 1234").headers["Location"] == CONFIRM
    assert not User.objects.exists()
    assert "137****1234" in texts(client.get(CONFIRM))
    assert confirm(client, last_code()).headers["Location"] == "/"
    user = User.objects.get()
    assert (user.phone, user.language, user.is_staff) == (NEW, "zh-hans", False)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_going_on_is_recorded_as_consent_to_the_notice_in_force(
    client: Client, resident: User, settings: Any
) -> None:
    for version in ("1", "1", "2"):
        settings.PRIVACY_VERSION = version
        browser = Client()
        ask_code(browser)
        confirm(browser, last_code())
    assert list(resident.consents.order_by("pk").values_list("purpose", "version")) == [
        ("terms", "1"),
        ("terms", "2"),
    ]


def test_a_known_phone_signs_in_to_its_account(client: Client, resident: User) -> None:
    ask_code(client)
    confirm(client, f" {last_code()[:3]}-{last_code()[3:]} ")
    assert client.session["_auth_user_id"] == str(resident.pk)


@pytest.mark.parametrize("known", [False, True])
def test_large_text_chosen_before_the_first_sign_in_is_kept_with_the_account(
    client: Client, known: bool
) -> None:
    if known:  # by a request somebody placed for them, say
        User.objects.create_user(phone=PHONE)
    client.cookies["elder"] = "1"
    ask_code(client)
    confirm(client, last_code())
    user = User.objects.get(phone_hash=keyed_hash(PHONE))
    assert user.elder_mode is True
    update_profile(user, elder_mode=False)
    client.logout()
    client.cookies["elder"] = "1"
    ask_code(client)
    confirm(client, last_code())
    user.refresh_from_db()
    assert user.elder_mode is False  # they have chosen since


def test_the_code_is_texted_through_the_outbox_in_the_language_of_the_page(client: Client) -> None:
    client.post("/language/", {"language": "en"})
    ask_code(client)
    message = Message.objects.get()
    assert (message.channel, message.phone, message.language, message.urgent) == ("sms", PHONE, "en", True)
    assert re.fullmatch(r"\d{6}", last_code())


@pytest.mark.parametrize(
    "typed", ["", "12345", "+1 202 555 0123", "010-88881234", "<script>", "1" * 400, "١٢٣"]
)
def test_what_is_no_mobile_number_gets_an_answer_and_no_code(client: Client, typed: str) -> None:
    response = ask_code(client, typed)
    assert response.status_code == 200
    assert response.context["form"].errors["phone"]
    assert not Message.objects.exists()


def test_wrong_codes_say_how_many_tries_are_left_and_the_fifth_ends_it(client: Client) -> None:
    ask_code(client)
    code = last_code()
    for left in (4, 3, 2, 1):
        assert f"还可以再试 {left} 次" in texts(confirm(client, wrong(code)))
    ended = confirm(client, wrong(code))
    assert ended.headers["Location"] == "/accounts/login/"
    assert "输错次数太多" in texts(client.get("/accounts/login/"))
    confirm(client, code)
    assert "_auth_user_id" not in client.session


def test_guesses_at_once_are_counted_outside_the_session(client: Client) -> None:
    ask_code(client)
    code, session = last_code(), client.session
    frozen = dict(session["account_login"])
    for _ in range(5):
        confirm(client, wrong(code))
        session = client.session
        session["account_login"] = frozen  # what a parallel request would still have seen
        session.save()
    confirm(client, code)
    assert "_auth_user_id" not in client.session


def test_an_expired_code_says_so(client: Client) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        ask_code(client)
        now.shift(timedelta(minutes=10, seconds=1))
        response = confirm(client, last_code())
        assert response.headers["Location"] == "/accounts/login/"
        assert "验证码已过期" in texts(client.get("/accounts/login/"))
    assert "_auth_user_id" not in client.session


def test_a_used_code_says_so(client: Client) -> None:
    ask_code(client)
    code = last_code()
    confirm(client, code)
    client.logout()
    response = confirm(client, code)
    assert response.headers["Location"] == "/accounts/login/"
    assert "验证码已用过或已失效" in texts(client.get("/accounts/login/"))


def test_a_code_works_only_in_the_browser_that_asked_for_it(client: Client) -> None:
    ask_code(client)
    other = Client()
    confirm(other, last_code())
    assert "_auth_user_id" not in other.session


def test_looking_at_the_second_step_without_a_code_leads_to_the_first(client: Client) -> None:
    assert client.get(CONFIRM).headers["Location"] == "/accounts/login/"


def test_a_new_code_voids_the_old_one(client: Client) -> None:
    ask_code(client)
    old = last_code()
    assert client.post(CONFIRM, {"resend": "1"}).headers["Location"] == CONFIRM
    new = last_code()
    if old != new:
        confirm(client, old)
        assert "_auth_user_id" not in client.session
    confirm(client, new)
    assert "_auth_user_id" in client.session


def test_new_codes_are_sent_twice_at_most(client: Client) -> None:
    ask_code(client)
    statuses = [client.post(CONFIRM, {"resend": "1"}).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    assert Message.objects.count() == 3


def test_a_phone_gets_five_codes_an_hour_and_again_after_it(client: Client) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        statuses = [ask_code(Client()).status_code for _ in range(6)]
        assert statuses == [302] * 5 + [429]
        assert Message.objects.count() == 5
        assert ask_code(client, NEW).status_code == 302
        now.shift(timedelta(hours=1, seconds=1))
        assert ask_code(client).status_code == 302


def test_an_address_gets_twenty_codes_an_hour(client: Client) -> None:
    phones = [f"+861370000{number:04}" for number in range(21)]
    statuses = [ask_code(Client(), phone).status_code for phone in phones]
    assert statuses == [302] * 20 + [429]
    refusal = ask_code(client, NEW)
    assert "请求验证码的次数太多" in texts(refusal)


def test_a_refusal_for_too_many_codes_ends_when_redis_is_emptied(client: Client) -> None:
    for _ in range(6):
        last = ask_code(Client())
    assert last.status_code == 429
    cache.clear()
    assert ask_code(client).status_code == 302


def test_a_code_on_its_way_survives_an_emptied_redis(client: Client) -> None:
    ask_code(client)
    cache.clear()
    confirm(client, last_code())
    assert "_auth_user_id" in client.session


def test_a_closed_account_is_told_so_and_not_signed_in(client: Client, resident: User) -> None:
    resident.is_active = False
    resident.save()
    ask_code(client)
    response = client.post(CONFIRM, {"code": last_code()}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/inactive/"
    assert "账号已停用" in texts(response)
    assert "_auth_user_id" not in client.session


def test_staff_do_not_get_in_by_phone_alone(client: Client, staff: User) -> None:
    ask_code(client, staff.phone, next="/desk/")
    response = confirm(client, last_code(), next="/desk/")
    assert response.headers["Location"] == "/accounts/staff/?next=%2Fdesk%2F"
    assert "_auth_user_id" not in client.session
    assert staff.check_password(PASSWORD)


def test_signing_in_goes_on_where_it_was_asked_for(client: Client) -> None:
    page = client.get("/accounts/login/?next=/requests/new/check/")
    assert 'name="next" value="/requests/new/check/"' in texts(page)
    step = ask_code(client, next="/requests/new/check/")
    assert step.headers["Location"] == f"{CONFIRM}?next=%2Frequests%2Fnew%2Fcheck%2F"
    done = confirm(client, last_code(), next="/requests/new/check/")
    assert done.headers["Location"] == "/requests/new/check/"


def test_what_was_begun_before_signing_in_is_still_in_the_session(client: Client) -> None:
    session = client.session
    session["draft"] = 17
    session.save()
    client.cookies["sessionid"] = session.session_key
    ask_code(client)
    confirm(client, last_code())
    assert client.session["draft"] == 17
    assert client.session.session_key != session.session_key


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example", "http:///x"],
)
def test_a_redirect_to_elsewhere_is_refused(client: Client, target: str) -> None:
    assert "evil" not in ask_code(client, next=target).headers["Location"]
    assert confirm(client, last_code(), next=target).headers["Location"] == "/"


def test_somebody_signed_in_is_sent_on(signed_in: Client) -> None:
    assert signed_in.get("/accounts/login/").headers["Location"] == "/"
    assert signed_in.get(f"{CONFIRM}?next=/me/").headers["Location"] == "/me/"


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/staff/", CONFIRM, "/elder/"])
@pytest.mark.parametrize("word", ["evil", "a:b", "%00", "admin:index"])
def test_a_word_that_is_no_path_leads_home_instead_of_breaking_the_page(
    signed_in: Client, path: str, word: str
) -> None:
    send = signed_in.post if path == "/elder/" else signed_in.get
    assert send(f"{path}?next={word}").headers["Location"] == "/"


def test_a_form_without_csrf_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/login/", {"phone": PHONE}).status_code == 403
    assert not Message.objects.exists()
