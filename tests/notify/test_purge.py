"""What was said is deleted after a month, a code once it is of no use; that something was said stays."""

from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import deliver, purge, queries, shown
from civic.notify.models import Message
from civic.notify.tasks import forget_secrets, purge_texts
from tests.notify.conftest import Tell
from tests.notify.gateways import REFUSED, Gateway

CODE = {"code": "123456", "minutes": 10}


def old(key: str, days: float) -> None:
    Message.objects.filter(dedupe_key=key).update(created_at=clock.now() - timedelta(days=days))


def test_texts_go_after_a_month_and_messages_without_account_go_whole(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    for key, fields in {
        "old": {"user": resident},
        "old in app": {"user": resident, "channel": "in_app"},
        "old to a number": {"phone": "+8613800001111"},
        "young": {"user": resident},
    }.items():
        tell(key, **fields)
        old(key, 29.9 if key == "young" else 30.1)
    deliver.sweep()
    assert purge_texts() == 3
    assert dict(Message.objects.values_list("dedupe_key", "params")) == {
        "old": {},
        "old in app": {},
        "young": {"who": "小王", "when": "3 点"},
    }
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert purge.texts() == 1  # goes on where it ended
    assert purge.texts() == 0


def test_a_walk_goes_on_batch_by_batch(resident: User, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    for number in range(5):
        tell(str(number), user=resident, channel="in_app")
        old(str(number), 31)
    assert purge.texts() == 5
    assert not Message.objects.exclude(params={}).exists()


def test_the_inbox_ends_where_nothing_is_kept(resident: User, tell: Tell) -> None:
    message = tell(user=resident, channel="in_app")
    assert queries.unread_count(resident) == 1
    Message.objects.filter(pk=message.pk).update(sent_at=clock.now() - timedelta(days=30))
    assert queries.inbox(resident) == []
    assert queries.unread_count(resident) == 0


def test_a_deleted_text_is_said_to_be_deleted(resident: User, tell: Tell) -> None:
    message = tell(user=resident)
    message.params = {}
    assert shown.show(message, "en").wording.body == "这条消息的内容已不再保留。"


def test_dead_messages_about_to_lose_their_text_are_not_replayed(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    gateway.failing.append(REFUSED)
    message = tell("k", user=resident)
    deliver.sweep()
    old("k", 29.5)
    assert deliver.replay([message.pk]) == 0
    old("k", 28)
    assert deliver.replay([message.pk]) == 1


def test_codes_that_could_not_be_sent_are_wiped_once_expired(
    db: None, tell: Tell, gateway: type[Gateway], settings: Settings
) -> None:
    gateway.failing.append(REFUSED)
    tell("code", phone="+8613800005678", template="sign_in.code", params=CODE)
    tell(
        "mail",
        email="a@example.org",
        channel="email",
        template="accounts.mail",
        params={"subject": "S", "body": "B"},
    )
    deliver.sweep()
    Message.objects.filter(dedupe_key="mail").update(state="dead", params={"subject": "S", "body": "B"})
    assert forget_secrets() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=settings.CODE_MINUTES)):
        assert purge.secrets() == 1
    assert Message.objects.get(dedupe_key="code").params == {}
    with time_machine.travel(clock.now() + timedelta(days=1)):
        settings.DEMO = True
        assert purge.secrets() == 0
        settings.DEMO = False
        assert purge.secrets() == 1
