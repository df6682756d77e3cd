"""Whoever asks for deletion is told so, and again when it was done, by a way that still reaches them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.notify import deliver, kinds, templates
from civic.notify.models import Message, SmsReceipt
from insight.privacy import deletion, sweep
from insight.privacy.told import ASKED, DONE
from tests.cast import Cast
from tests.notify.gateways import OUT_OF_ORDER, REFUSED, Gateway
from tests.privacy.traces import tables_that_say

pytestmark = pytest.mark.django_db
PHONE = "+8613800000002"  # the neighbour's


@pytest.fixture
def gateway(settings: Settings) -> Iterator[type[Gateway]]:
    """A gateway that remembers what it took."""
    settings.SMS_PROVIDER = "tests.notify.gateways.Gateway"
    Gateway.reset()
    yield Gateway
    Gateway.reset()


def after(days: float) -> Any:
    """Returns a block in which it is so many days later."""
    return time_machine.travel(clock.now() + timedelta(days=days), tick=False)


def told(template: str) -> list[Message]:
    """Returns the messages of `template`, the oldest first."""
    return list(Message.objects.filter(template=template).order_by("pk"))


def by_mail(cast: Cast) -> User:
    """Returns somebody with a mailbox and no phone."""
    user = User.objects.create_user(
        username="mail", email="zhou@example.org", name="周航", home_area=cast.grid
    )
    user.language = "en"
    user.save()
    return user


def test_the_wish_is_confirmed_in_the_app_and_on_the_phone_with_the_day(cast: Cast) -> None:
    with time_machine.travel("2026-11-02T12:00:00+08:00", tick=False):
        deletion.ask(cast.neighbour)
        deletion.ask(cast.neighbour)  # asked again: told once
    found = told(ASKED)
    assert [(each.channel, each.user_id) for each in found] == [
        ("in_app", cast.neighbour.pk),
        ("sms", cast.neighbour.pk),
    ]
    assert "将于 11 月 17 日注销" in templates.render(found[1], "zh-hans").body
    assert "17 Nov" in templates.render(found[1], "en").body
    assert templates.render(found[0], "zh-hans").link == "/me/data/delete/"


def test_nobody_can_turn_these_messages_off() -> None:
    assert kinds.of_event(ASKED) is kinds.of_event(DONE) is None


def test_the_end_is_told_to_the_phone_that_the_account_had_in_its_language(
    cast: Cast, gateway: type[Gateway]
) -> None:
    User.objects.filter(pk=cast.neighbour.pk).update(language="en")
    deletion.ask(cast.neighbour)
    with after(16):
        sweep.run()
        [message] = told(DONE)
        assert (message.channel, message.user_id, message.phone, message.language) == (
            "sms",
            None,
            PHONE,
            "en",
        )
        assert User.objects.get(pk=cast.neighbour.pk).phone == ""
        assert not told(ASKED)  # went with the account
        deliver.sweep()
        assert ("ACCOUNT_DELETION_DONE_EN", {}, PHONE) in gateway.took


def test_once_it_has_arrived_nothing_knows_the_number_any_more(cast: Cast, gateway: type[Gateway]) -> None:
    deletion.ask(cast.neighbour)
    with after(16):
        sweep.run()
        assert sweep.run()["farewells"] == 0  # not before it was sent
        assert tables_that_say(PHONE) == {"notify.message.phone"}
        deliver.sweep()
        receipts = SmsReceipt.objects.filter(phone_hash=keyed_hash(PHONE))
        assert receipts.exists()
        assert sweep.due()["farewells"] == 1
        assert sweep.run()["farewells"] == 1
    assert tables_that_say(PHONE) == set()
    assert not receipts.exists()
    assert not told(DONE)


@pytest.mark.parametrize("failure", [OUT_OF_ORDER, REFUSED])
def test_what_does_not_arrive_is_given_up_after_three_days(
    cast: Cast, gateway: type[Gateway], failure: Exception
) -> None:
    gateway.failing.append(failure)
    deletion.ask(cast.neighbour)
    with after(16):
        sweep.run()
        deliver.sweep()
    with after(18.9):
        assert sweep.run()["farewells"] == 0
        assert told(DONE)[0].state in {"pending", "dead"}
    with after(19.1):
        assert sweep.run()["farewells"] == 1
    assert tables_that_say(PHONE) == set()


def test_without_a_phone_it_is_told_by_mail(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    deletion.ask(by_mail(cast))
    assert [each.channel for each in told(ASKED)] == ["in_app", "email"]
    with after(16):
        sweep.run()
        deliver.sweep()
        assert [(mail.to, mail.subject) for mail in mailoutbox] == [
            (["zhou@example.org"], "Your account was deleted")
        ]
        sweep.run()
    assert tables_that_say("zhou@example.org", "周航") == set()


def test_without_phone_and_mailbox_it_is_told_in_the_app_while_there_is_one(cast: Cast) -> None:
    user = User.objects.create_user(username="bare", name="无名", home_area=cast.grid)
    deletion.ask(user)
    assert [each.channel for each in told(ASKED)] == ["in_app"]
    with after(16):
        assert sweep.run()["accounts"] == 1
    assert not told(DONE)


def test_a_deletion_that_cannot_be_carried_out_tells_of_nothing(cast: Cast) -> None:
    deletion.ask(cast.resident)
    cast.place()
    with after(16):
        assert sweep.run()["failed"] == 1
    assert not told(DONE)


def test_who_takes_it_back_hears_of_no_end(cast: Cast) -> None:
    deletion.ask(cast.neighbour)
    deletion.withdraw(cast.neighbour)
    with after(30):
        sweep.run()
    assert not told(DONE)
    deletion.ask(cast.neighbour)  # a new wish is confirmed anew
    assert len(told(ASKED)) == 4


def test_the_message_in_the_app_leads_to_where_it_is_taken_back(cast: Cast) -> None:
    deletion.ask(cast.neighbour)
    client = Client()
    client.force_login(cast.neighbour, "civic.accounts.backends.AccountBackend")
    assert "已收到注销申请" in client.get(reverse("notify:inbox")).content.decode()
    opened = client.post(reverse("notify:open", args=[told(ASKED)[0].pk]))
    assert (opened.status_code, opened["Location"]) == (302, reverse("privacy:delete"))
