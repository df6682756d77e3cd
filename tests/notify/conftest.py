"""A wording, a gateway and people to send to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from civic.accounts.models import User
from civic.celery import app as celery
from civic.notify import kinds, templates
from civic.notify.models import Message
from civic.notify.outbox import Draft, enqueue
from tests.notify.gateways import Gateway

NOTE = "test.note"
Tell = Callable[..., Message]


@pytest.fixture(autouse=True)
def wordings() -> Iterator[None]:
    """Whatever a test registers is gone after it; one wording is there for all."""
    kept, kept_kinds = dict(templates._templates), dict(kinds._kinds)
    templates.register(
        NOTE,
        zh="{who} 在 {when} 有消息",
        en="News of {who} at {when}",
        title_zh="给 {who}",
        title_en="For {who}",
        sms_code="SMS_7",
        link=lambda message: f"/about/{message.subject_id}/" if message.subject_id else "",
    )
    yield
    templates._templates.clear()
    templates._templates.update(kept)
    kinds._kinds.clear()
    kinds._kinds.update(kept_kinds)


@pytest.fixture(autouse=True)
def gateway(settings: Settings) -> Iterator[type[Gateway]]:
    """The gateway of every test here; outside demonstrations unless a test says so."""
    settings.DEMO = False
    settings.SMS_PROVIDER = "tests.notify.gateways.Gateway"
    settings.SMS_PER_PHONE_DAY = 1000
    Gateway.reset()
    yield Gateway
    Gateway.reset()


@pytest.fixture
def resident(db: None) -> User:
    """Somebody with a phone who reads Chinese."""
    return User.objects.create_user(phone="+8613800005678", name="陈阿姨", language="zh-hans")


@pytest.fixture
def foreigner(db: None) -> User:
    """Somebody with a phone and an address who reads English."""
    return User.objects.create_user(
        phone="+8613800009999", name="Ann", language="en", email="ann@example.org"
    )


def draft(key: str, **fields: Any) -> Draft:
    """Returns a text message draft, with `fields` instead of the usual."""
    usual: dict[str, Any] = {
        "event": "test.happened",
        "template": NOTE,
        "channel": "sms",
        "params": {"who": "小王", "when": "3 点"},
        "dedupe_key": key,
    }
    return Draft(**{**usual, **fields})


@pytest.fixture
def tell(db: None) -> Tell:
    """Writes one message in a transaction of its own and returns its row."""

    def write(key: str = "k", **fields: Any) -> Message:
        with transaction.atomic():
            enqueue(draft(key, **fields))
        return Message.objects.get(dedupe_key=key)

    return write


@pytest.fixture
def celery_broker() -> Iterator[Callable[[str], None]]:
    """Points the Celery application to another broker for this test."""
    kept = celery.conf.broker_url

    def point(url: str) -> None:
        celery.pool.force_close_all()
        celery.amqp._producer_pool = None
        celery._pool = None
        celery.conf.broker_url = celery.conf.broker_write_url = url

    yield point
    point(kept)
