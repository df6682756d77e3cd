"""While Redis is away people sign in all the same, and every limit of it holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache, caches
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from civic import cache as forgiving
from civic.accounts import spare
from civic.accounts.models import SpareCount, User
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.notify.models import Message
from insight.privacy import sweep
from tests.accounts.conftest import PHONE, app_code, app_of, ask_code, last_code, texts, wrong
from tests.accounts.test_sign_in_by_phone import CONFIRM, NEW, confirm
from tests.accounts.test_sign_in_of_staff import inside, log_in
from tests.notify.gateways import Gateway
from tests.without_redis import redis_away  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_away")]


def test_a_code_is_asked_for_and_signs_in(client: Client) -> None:
    assert ask_code(client, NEW).headers["Location"] == CONFIRM
    assert confirm(client, last_code()).headers["Location"] == "/"
    assert client.get("/me/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/me/").status_code == 302


def test_the_page_delivers_the_code_itself_and_nothing_else(
    client: Client, settings: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.SMS_PROVIDER, settings.DEMO = "tests.notify.gateways.Gateway", True
    Gateway.reset()
    User.objects.create_user(phone=NEW)
    ordinary = Message.objects.create(
        dedupe_key="ordinary", event="x", template="request.placed", phone=NEW, channel="sms",
        params={"code": "X", "due": ""}, next_attempt_at=clock.now() - timedelta(hours=1),
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        ask_code(client)
    assert [(code, phone) for code, _parameters, phone in Gateway.took] == [("SIGN_IN_CODE", PHONE)]
    ordinary.refresh_from_db()
    assert ordinary.state == "pending"
    Gateway.reset()


def test_a_gateway_that_is_out_of_order_breaks_no_page(
    client: Client, settings: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.SMS_PROVIDER = "tests.notify.gateways.Gateway"
    Gateway.reset()
    Gateway.failing.append(OSError("no route"))
    with django_capture_on_commit_callbacks(execute=True):
        assert ask_code(client).status_code == 302
    assert Message.objects.get().state == "pending"
    Gateway.reset()


def test_a_phone_gets_five_codes_an_hour_and_again_after_it(client: Client) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        assert [ask_code(Client()).status_code for _ in range(6)] == [302] * 5 + [429]
        assert ask_code(client, NEW).status_code == 302
        now.shift(timedelta(hours=1, seconds=1))
        assert ask_code(client).status_code == 302


@pytest.mark.full
def test_an_address_gets_twenty_codes_an_hour() -> None:
    phones = [f"+861370000{number:04}" for number in range(21)]
    assert [ask_code(Client(), phone).status_code for phone in phones] == [302] * 20 + [429]


def test_five_wrong_codes_end_a_code(client: Client) -> None:
    ask_code(client)
    right = last_code()
    for _ in range(5):
        confirm(client, wrong(right))
    confirm(client, right)
    assert not inside(client)


def test_guesses_at_one_code_are_counted_whichever_copy_of_the_session_they_come_with(client: Client) -> None:
    ask_code(client)
    right, session = last_code(), client.session
    asked = dict(session.items())
    for _ in range(6):
        confirm(client, wrong(right))
        session.update(asked)  # as it was before the guess
        session.save()
    confirm(client, right)
    assert not inside(client)


@pytest.mark.parametrize("login", ["wang", pytest.param("13900001111", marks=pytest.mark.full)])
def test_ten_wrong_passwords_lock_the_account_for_fifteen_minutes(
    client: Client, staff: User, login: str
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        for _ in range(10):
            log_in(client, login, "wrong")
        assert "请 15 分钟后再试" in texts(log_in(client, login))
        now.shift(timedelta(minutes=15, seconds=5))
        log_in(client, login)
        assert inside(client)


def test_staff_get_in_with_password_and_app_and_each_code_of_it_opens_once(
    client: Client, staff: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    secret = app_of(staff)
    with time_machine.travel(datetime.now(UTC), tick=False):  # a code holds for half a minute
        code = app_code(secret)
        for browser, opened in ((client, True), (Client(), False)):
            assert log_in(browser).headers["Location"] == "/accounts/2fa/authenticate/"
            browser.post("/accounts/2fa/authenticate/", {"code": code})
            assert inside(browser) is opened


def test_a_count_stays_when_what_it_counts_is_rolled_back() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        cache.add("check-in:a", 0, 60)
        cache.incr("check-in:a")
        raise RuntimeError
    assert cache.get_many(["check-in:a", "check-in:b"]) == {"check-in:a": 1}


def test_counts_in_the_database_behave_as_in_redis() -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        assert (cache.add("check-in:a", 1, 60), cache.add("check-in:a", 5, 60)) == (True, False)
        assert cache.incr("check-in:a", 2) == 3
        now.shift(50)
        assert cache.touch("check-in:a", 60)
        now.shift(50)
        assert cache.get("check-in:a") == 3
        now.shift(11)
        assert cache.get("check-in:a", "none") == "none"
        with pytest.raises(ValueError, match="not found"):
            cache.incr("check-in:a")
        assert not cache.touch("check-in:a", 60)
        assert cache.add("check-in:a", [1.5, 0.5], 60)  # the old one has ended
        assert cache.get("check-in:a") == [1.5, 0.5]
        cache.set("check-in:a", True, 60)
        assert cache.get("check-in:a") is True
        assert (cache.delete("check-in:a"), cache.delete("check-in:a")) == (True, False)


def test_whatever_is_no_count_is_kept_nowhere(client: Client) -> None:
    cache.set("page", "x", 60)
    assert cache.get("page") is None
    assert cache.add("lock", 1, 60) is False
    assert spare.read_many([cache.make_key("page"), cache.make_key("lock")]) == {}


def test_neither_address_nor_phone_stands_in_a_count(client: Client) -> None:
    ask_code(client)
    keys = list(SpareCount.objects.values_list("key_hash", flat=True))
    assert len(keys) == 2  # of the phone and of the address
    assert all(len(key) == 64 for key in keys)
    assert keyed_hash(PHONE) not in keys


@pytest.mark.django_db(transaction=True)  # the sweep has to commit before the fixture tidies up
def test_counts_that_have_ended_are_swept(client: Client) -> None:
    ask_code(client)
    assert sweep.run()["spare counts"] == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=False):
        assert sweep.run()["spare counts"] == 2


@pytest.fixture
def leaving(settings: Any) -> Iterator[Any]:
    """A Redis that answers; call it to make it go away, and again to let it come back with what it had."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL}}
    server = settings.REDIS_URL

    def leave_or_return() -> None:
        if forgiving._resting.pop(server, None) is None:
            forgiving._resting[server] = float("inf")

    yield leave_or_return
    forgiving._resting.pop(server, None)
    forgiving._stale.pop(server, None)


def test_a_session_ended_while_redis_was_away_stays_ended(resident: User, leaving: Any) -> None:
    browser = Client()
    browser.force_login(resident, "civic.accounts.backends.AccountBackend")
    key = browser.session.session_key
    assert browser.get("/me/").status_code == 200  # Redis has the session now
    stolen = Client()
    stolen.cookies["sessionid"] = key
    assert stolen.get("/me/").status_code == 200
    leaving()
    assert browser.post("/accounts/logout/").status_code == 302
    leaving()
    assert stolen.get("/me/").status_code == 302


def test_what_was_replaced_while_redis_was_away_is_read_anew(leaving: Any) -> None:
    cache.set("a", "old", 60)
    cache.set("allauth:rl:b", [1], 60)
    leaving()
    cache.set_many({"a": "new"}, 60)
    cache.set("allauth:rl:b", [2], 60)
    assert cache.get("a") is None
    leaving()
    assert cache.get("a") is None
    assert cache.get("allauth:rl:b") == [1]  # a count goes on where it stood
    assert not forgiving._stale[caches["default"]._cache._server]


def test_no_more_than_so_many_keys_are_remembered(leaving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgiving, "MOST_STALE", 3)
    leaving()
    for number in range(5):
        cache.delete(f"key{number}")
    remembered = forgiving._stale[caches["default"]._cache._server]
    assert [key.rpartition(":")[2] for key in remembered] == ["key2", "key3", "key4"]
