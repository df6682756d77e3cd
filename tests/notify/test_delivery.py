"""Delivery: each message once, retries that wait longer and longer, the dead visible, nothing lost with a
sweeper.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import deliver, heartbeat, tasks
from civic.notify.models import Message
from civic.notify.outbox import enqueue
from tests.faults.plant import database_url
from tests.notify.conftest import NOTE, Tell, draft
from tests.notify.gateways import OUT_OF_ORDER, REFUSED, Gateway

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)

# After which wait each next attempt comes, in seconds: doubling from 10 s, never longer than an hour.
WAITS = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_a_text_message_goes_to_the_gateway_as_template_parameters_and_number(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    tell(user=resident)
    assert deliver.sweep() == 1
    assert gateway.took == [("SMS_7", {"who": "小王", "when": "3 点"}, "+8613800005678")]
    message = Message.objects.get()
    assert (message.state, message.attempts, message.language) == ("sent", 1, "zh-hans")
    assert message.sent_at is not None
    assert message.lease_until is None
    assert deliver.sweep() == 0


def test_a_number_without_account_is_reached(db: None, tell: Tell, gateway: type[Gateway]) -> None:
    tell(phone="+8613800007777")
    deliver.sweep()
    assert gateway.took[0][2] == "+8613800007777"


def test_a_mail_is_worded_in_the_recipients_language(foreigner: User, tell: Tell, settings: Settings) -> None:
    settings.SITE_URL = "https://civic.example"
    tell(user=foreigner, channel="email", params={"who": "Wang", "when": NOON}, subject_id=7)
    deliver.sweep()
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["ann@example.org"], "For Wang")
    assert sent.body == "News of Wang at 2 Nov 12:00\n\nhttps://civic.example/about/7/"


def test_urgent_messages_go_first_then_the_oldest(resident: User, tell: Tell, gateway: type[Gateway]) -> None:
    for key, urgent in [("first", False), ("second", False), ("code", True)]:
        tell(key, user=resident, urgent=urgent, params={"who": key, "when": ""})
    assert [deliver.sweep(1) for _ in range(4)] == [1, 1, 1, 0]
    assert [parameters["who"] for _code, parameters, _phone in gateway.took] == ["code", "first", "second"]


def test_a_message_waits_for_its_time(resident: User, tell: Tell, gateway: type[Gateway]) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        tell(user=resident, not_before=NOON + timedelta(hours=9))
        now.shift(timedelta(hours=8, minutes=59))
        assert deliver.sweep() == 0
        now.shift(timedelta(minutes=1))
        assert deliver.sweep() == 1
    assert len(gateway.took) == 1


def test_a_failing_gateway_is_tried_again_after_longer_and_longer_waits_until_the_message_is_dead(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    gateway.failing.append(OUT_OF_ORDER)
    with time_machine.travel(NOON, tick=False) as now:
        tell(user=resident)
        for seconds in WAITS:
            assert deliver.sweep() == 1
            assert Message.objects.get().state == "pending"
            assert deliver.sweep() == 0
            now.shift(timedelta(seconds=seconds, milliseconds=-1))
            assert deliver.sweep() == 0
            now.shift(timedelta(milliseconds=1))
        assert deliver.sweep() == 1
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("dead", 12)
    assert message.last_error == "TryLater: gateway answers 503"


def test_any_error_of_a_gateway_means_later_and_does_not_stop_the_others(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    gateway.meanwhile.append(lambda: 1 // 0)
    tell("bad luck", user=resident)
    tell("fine", user=resident)
    assert deliver.sweep() == 2
    assert Message.objects.get(dedupe_key="bad luck").last_error.startswith("ZeroDivisionError")
    assert Message.objects.get(dedupe_key="fine").state == "sent"


def test_what_the_gateway_refuses_for_good_is_dead_at_once(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    gateway.failing.append(REFUSED)
    tell(user=resident)
    deliver.sweep()
    message = Message.objects.get()
    assert (message.state, message.last_error) == ("dead", "gateway refuses this number")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"channel": "sms"}, "the recipient has no phone number"),
        ({"channel": "email"}, "the recipient has no e-mail address"),
        ({"channel": "pigeon"}, "no channel 'pigeon'"),
    ],
)
def test_somebody_who_cannot_be_reached_is_a_dead_message_with_the_reason(
    db: None, tell: Tell, fields: dict[str, str], reason: str
) -> None:
    tell(user=User.objects.create_user("nobody"), **fields)
    deliver.sweep()
    assert Message.objects.get().last_error == reason


@pytest.mark.parametrize(
    "change", [{"template": "gone"}, {"params": {"who": "小王"}}, {"template": "accounts.mail"}]
)
def test_a_message_that_no_wording_fits_any_more_is_dead(
    resident: User, tell: Tell, change: dict[str, object]
) -> None:
    message = tell(user=resident)
    Message.objects.filter(pk=message.pk).update(**change)
    deliver.sweep()
    assert Message.objects.get().state == "dead"


def test_the_dead_are_replayed_and_nobody_else(resident: User, tell: Tell, gateway: type[Gateway]) -> None:
    gateway.failing.append(REFUSED)
    dead = tell("dead", user=resident)
    deliver.sweep()
    gateway.failing.clear()
    sent = tell("sent", user=resident)
    deliver.sweep()
    assert deliver.replay([dead.pk, sent.pk]) == 1
    assert deliver.sweep() == 1
    assert len(gateway.took) == 2
    dead.refresh_from_db()
    assert (dead.state, dead.attempts, dead.last_error) == ("sent", 1, "")


def test_codes_are_wiped_once_sent_but_for_demonstrations(db: None, tell: Tell, settings: Settings) -> None:
    for demo, kept in [(False, {}), (True, {"code": "123456", "minutes": 10})]:
        settings.DEMO = demo
        params = {"code": "123456", "minutes": 10}
        message = tell(f"code {demo}", phone="+8613800005678", template="sign_in.code", params=params)
        deliver.sweep()
        message.refresh_from_db()
        assert message.params == kept


def test_a_claim_is_three_statements(
    resident: User, tell: Tell, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tell(user=resident)
    with django_assert_num_queries(5):  # with SAVEPOINT and RELEASE of the test's own transaction
        claimed = deliver.claim(50)
    with django_assert_num_queries(0):
        assert claimed[0].user == resident


def test_a_sweeper_that_was_away_too_long_neither_sends_nor_marks_what_another_took(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for key in ("one", "two", "three"):
            tell(key, user=resident, params={"who": key, "when": ""})

        def stopped_while_another_works() -> None:
            now.shift(deliver.LEASE)
            assert deliver.sweep() == 3
            Message.objects.filter(dedupe_key="one").update(last_error="marked by the other")

        gateway.meanwhile.append(stopped_while_another_works)
        assert deliver.sweep() == 3
    by_message = Counter(parameters["who"] for _code, parameters, _phone in gateway.took)
    assert by_message == {"one": 2, "two": 1, "three": 1}  # "one" was already on its way
    assert Message.objects.get(dedupe_key="one").last_error == "marked by the other"
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_a_sweeper_that_lost_a_message_does_not_send_it(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    tell(user=resident)
    (claimed,) = deliver.claim(10)
    Message.objects.update(lease_until=clock.now() + timedelta(hours=1))
    deliver._attempt(claimed)
    assert gateway.took == []


def test_a_slow_gateway_makes_the_sweeper_give_the_rest_back(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        tell("one", user=resident)
        tell("two", user=resident)
        gateway.meanwhile.append(
            lambda: now.shift(deliver.LEASE - deliver.SEND_AT_MOST + timedelta(seconds=1))
        )
        assert deliver.sweep() == 2
        left = Message.objects.get(dedupe_key="two")
        assert (left.state, left.attempts) == ("pending", 0)
        assert deliver.sweep() == 1


def test_a_message_that_kills_every_sweeper_is_dead_in_the_end(resident: User, tell: Tell) -> None:
    message = tell(user=resident)
    Message.objects.filter(pk=message.pk).update(attempts=deliver.MAX_ATTEMPTS)
    deliver.sweep()
    message.refresh_from_db()
    assert message.state == "dead"
    assert "stopped working" in message.last_error


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_killed_worker_comes_back_when_its_lease_ends(gateway: type[Gateway]) -> None:
    with transaction.atomic():
        params = {"code": "123456", "minutes": 10}
        enqueue(draft("k", phone="+8613800005678", template="sign_in.code", params=params))
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from civic.notify import deliver; deliver.sweep()",
        ],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "SMS_PROVIDER": "tests.notify.gateways.SilentGateway",
            "DJANGO_SETTINGS_MODULE": "civic.settings_test",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "reached\n"
        assert deliver.sweep() == 0  # held by the worker
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.kill()
        worker.communicate(timeout=10)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("sending", 1)
    assert deliver.sweep() == 0
    with time_machine.travel(clock.now() + deliver.LEASE):
        assert deliver.sweep() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, len(gateway.took)) == ("sent", 2, 1)


@pytest.mark.django_db(transaction=True)
def test_four_sweepers_at_once_send_each_message_exactly_once(gateway: type[Gateway]) -> None:
    names = {str(number) for number in range(120)}
    with transaction.atomic():
        enqueue(*(draft(name, phone="+8613800005678", params={"who": name, "when": ""}) for name in names))
    gate = threading.Barrier(4, timeout=10)

    def sweep() -> None:
        try:
            gate.wait()
            while deliver.sweep(10):
                pass
        finally:
            connection.close()

    sweepers = [threading.Thread(target=sweep) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join(timeout=30)
        assert not sweeper.is_alive()
    sent = Counter(parameters["who"] for _code, parameters, _phone in gateway.took)
    assert sent == Counter(names)
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_the_task_works_until_nothing_is_due_and_leaves_a_sign_of_life(
    resident: User, tell: Tell, gateway: type[Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    for number in range(5):
        tell(str(number), user=resident)
    assert heartbeat.last("notify.sweep") is None
    assert not heartbeat.is_fresh("notify.sweep")
    assert tasks.sweep() == 5
    assert len(gateway.took) == 5
    assert heartbeat.is_fresh("notify.sweep")
    assert tasks.sweep() == 0  # and again, over the same row
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert not heartbeat.is_fresh("notify.sweep")


def test_a_task_out_of_time_hands_on_to_the_next(
    resident: User, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 1)
    called: list[int] = []
    monkeypatch.setattr("civic.notify.waking.publish", lambda: called.append(1))
    for number in range(3):
        tell(str(number), user=resident)
    assert tasks.sweep(seconds=0) == 1
    assert called == [1]


def test_wordings_are_chosen_when_sent_not_when_written(
    foreigner: User, tell: Tell, gateway: type[Gateway]
) -> None:
    tell(user=foreigner, channel="email")
    User.objects.filter(pk=foreigner.pk).update(language="zh-hans")
    deliver.sweep()
    assert mail.outbox[0].subject == "给 小王"
    assert Message.objects.get(template=NOTE).language == "zh-hans"
