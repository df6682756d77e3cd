"""People choose by which way they hear of what; staff get one message a morning where they want it so."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import copies, deliver, digests, kinds, queries, shown, tasks, wishes
from civic.notify.models import Message, Preference
from tests.cast import Cast
from tests.notify.conftest import Tell
from tests.notify.gateways import Gateway

TEST = kinds.Kind("test", "Tests", lambda user: True, digest=True)


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    kinds.register(TEST)
    with translation.override("zh-hans"):
        yield


def test_one_chooses_on_the_settings_page_and_only_the_unusual_is_kept(
    cast: Cast, client: Client, settings: Settings
) -> None:
    client.force_login(cast.resident, "civic.accounts.backends.AccountBackend")
    page = client.get("/me/settings/messages/").content.decode()
    assert 'name="request-sms"' in page
    assert 'name="task-sms"' not in page  # no volunteer
    assert 'name="request-email"' not in page  # no address
    assert page.count(" checked") == 2  # text messages of requests and of this test's kind
    client.post("/me/settings/messages/", {"test-sms": "on", "test-in_app": "on"})
    kept = set(Preference.objects.values_list("kind", "channel", "choice"))
    assert kept == {("request", "sms", "off"), ("test", "in_app", "digest")}
    client.post("/me/settings/messages/", {"test-sms": "on", "request-sms": "on"})
    assert not Preference.objects.exists()


def test_a_turned_off_text_message_still_stands_in_the_app(cast: Cast, gateway: type[Gateway]) -> None:
    wishes.choose(cast.resident, {"test-sms": True})
    deliver.sweep()
    gateway.took.clear()
    cast.place()
    deliver.sweep()
    assert gateway.took == []
    assert queries.unread_count(cast.resident) == 1
    assert Message.objects.get(user=cast.resident, channel="sms").state == "skipped"


def test_volunteers_are_asked_about_offers_and_staff_about_the_desk(cast: Cast) -> None:
    def asked(user: User) -> set[str]:
        return {question.name for question in wishes.questions(user)} - {"test-sms", "test-in_app"}

    of_volunteers = {"request-sms", "offer-sms", "task-sms", "team-sms", "volunteer-sms"}
    assert asked(cast.volunteer.user) == of_volunteers | {"pool-in_app", "pool-sms"}
    assert asked(cast.dispatcher) == {"request-sms", "desk-in_app"}


def test_who_asked_for_mails_gets_a_copy_of_what_is_unread_once(
    foreigner: User, resident: User, tell: Tell, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tell("before the wish", user=foreigner, channel="in_app")
    wishes.choose(foreigner, {"test-email": True, "test-sms": True})
    tell("unread", user=foreigner, channel="in_app")
    tell("read", user=foreigner, channel="in_app")
    tell("later", user=foreigner, channel="in_app", not_before=clock.now() + timedelta(hours=1))
    tell("other kind", user=foreigner, channel="in_app", event="other.happened")
    tell("other person", user=resident, channel="in_app")
    Message.objects.filter(dedupe_key="read").update(read_at=clock.now())
    with django_assert_num_queries(1):
        assert copies.by_email() == 1
    assert copies.by_email() == 0
    assert tasks.sweep() == 1
    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == ("For 小王", ["ann@example.org"])
    assert Message.objects.get(channel="email").dedupe_key == "unread:email"


def test_one_message_a_morning_instead_of_many(foreigner: User, tell: Tell) -> None:
    wishes.choose(foreigner, {"test-in_app": True, "test-sms": True, "test-email": True})
    for number in range(3):
        tell(f"ordinary {number}", user=foreigner, channel="in_app")
    tell("urgent", user=foreigner, channel="in_app", urgent=True)
    assert queries.unread_count(foreigner) == 1  # the bell rings for the urgent one only
    assert len(queries.inbox(foreigner)) == 4
    assert copies.by_email() == 1  # as do mails
    assert tasks.write_digests() == 1
    digest = Message.objects.get(template="digest.morning", channel="in_app")
    worded = shown.show(digest, "en").wording
    assert (worded.title, worded.body) == ("This morning's summary", "3 in all. For {who}: 3.")
    assert shown.show(digest, "zh-hans").wording.body == "3 条：给 {who} 3。"
    assert worded.link == "/me/messages/"
    assert Message.objects.filter(template="digest.morning", channel="email", user=foreigner).count() == 1
    assert queries.unread_count(foreigner) == 2  # the urgent one and the digest
    tell("afterwards", user=foreigner, channel="in_app")
    assert digests.write_all() == 0  # once a day
    assert Message.objects.get(dedupe_key="afterwards").read_at is None
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert digests.write_all() == 1


def test_who_has_nothing_waiting_gets_no_digest(resident: User, tell: Tell) -> None:
    wishes.choose(resident, {"test-in_app": True, "test-sms": True})
    assert digests.write_all() == 0
    assert not Message.objects.exists()
