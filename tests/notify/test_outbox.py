"""Messages are written with what they tell about: once, in one query, or not at all."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext_lazy
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import waking
from civic.notify.models import Message
from civic.notify.outbox import COLUMNS, enqueue
from civic.notify.templates import CannotRender
from tests.notify.conftest import Tell, draft

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


def test_the_columns_written_are_the_columns_of_the_model() -> None:
    assert set(COLUMNS) | {"id"} == {field.column for field in Message._meta.concrete_fields}


def test_many_messages_are_one_query(
    resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        written = enqueue(*(draft(f"k{number}", user=resident) for number in range(20)))
    assert written == 20 == Message.objects.count()


def test_nothing_to_tell_asks_the_database_nothing(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic(), django_assert_num_queries(0):
        assert enqueue() == 0


def test_the_same_obligation_is_written_once(resident: User, tell: Tell) -> None:
    first = tell("offer:17:made", user=resident)
    with transaction.atomic():
        written = enqueue(draft("offer:17:made", user=resident, params={"who": "别人", "when": "4 点"}))
    assert written == 0
    assert Message.objects.get().params == first.params == {"who": "小王", "when": "3 点"}


@pytest.mark.django_db(transaction=True)
def test_writing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError, match="inside the transaction"):
        enqueue(draft("k", phone="+8613800005678"))


def test_a_message_falls_with_its_transaction(resident: User) -> None:
    with pytest.raises(RuntimeError, match="the act failed"), transaction.atomic():
        enqueue(draft("k", user=resident))
        raise RuntimeError("the act failed")
    assert not Message.objects.exists()


def test_in_app_messages_are_delivered_by_being_there(resident: User, tell: Tell) -> None:
    with clock.at(NOON):
        message = tell(user=resident, channel="in_app")
    assert (message.state, message.sent_at, message.attempts) == ("sent", NOON, 0)


def test_phone_and_address_are_not_readable_in_the_table(db: None, tell: Tell) -> None:
    tell("to phone", phone="+8613800005678")
    tell("to mail", email="ann@example.org", channel="email")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM notify_message m")
        rows = "".join(row[0] for row in cursor.fetchall())
    assert "13800005678" not in rows
    assert "ann@example.org" not in rows
    assert Message.objects.get(dedupe_key="to phone").phone == "+8613800005678"


def test_only_values_the_wording_says_are_kept(resident: User, tell: Tell) -> None:
    message = tell(user=resident, params={"who": "小王", "when": "3 点", "diagnosis": "secret"})
    assert message.params == {"who": "小王", "when": "3 点"}


def test_moments_days_and_translations_are_kept_to_be_shown_later(resident: User, tell: Tell) -> None:
    message = tell(user=resident, params={"who": gettext_lazy("Messages"), "when": NOON})
    assert message.params["who"] == {"zh": "消息", "en": "Messages"}
    assert message.params["when"] == {"$at": "2026-11-02T04:00:00+00:00"}


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"template": "no.such"}, CannotRender, "no message template"),
        ({"params": {"who": "小王"}}, CannotRender, "needs a value for 'when'"),
        ({"params": {"who": object(), "when": ""}}, TypeError, "cannot be a parameter"),
        ({"params": {"who": "", "when": datetime(2026, 1, 1)}}, ValueError, "time zone"),
        ({"dedupe_key": ""}, ValueError, "dedupe_key"),
        ({"phone": ""}, ValueError, "neither account nor address"),
        ({"channel": "email"}, ValueError, "neither account nor address"),
        ({"channel": "in_app"}, ValueError, "only an account has an inbox"),
        (
            {"template": "accounts.mail", "params": {"subject": "", "body": ""}},
            ValueError,
            "no approved text",
        ),
    ],
)
def test_a_message_that_could_never_arrive_is_refused_at_once(
    db: None, fields: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words), transaction.atomic():
        enqueue(draft("k", **{"phone": "+8613800005678", **fields}))
    assert not Message.objects.exists()


def test_the_database_refuses_a_message_to_nobody_and_a_hold_without_end(resident: User, tell: Tell) -> None:
    message = tell(user=resident)
    with pytest.raises(IntegrityError, match="has_recipient"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(user=None)
    with pytest.raises(IntegrityError, match="lease_while_sending"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state="sending")


def test_a_commit_wakes_the_sweeper_once_however_much_that_is_urgent_was_written(
    resident: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        enqueue(draft("a", user=resident, urgent=True))
        enqueue(draft("b", user=resident), draft("c", user=resident, urgent=True))
    assert len(callbacks) == 1


def test_what_can_wait_for_the_next_sweep_wakes_nobody(
    resident: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        enqueue(draft("a", user=resident))
        enqueue(draft("b", user=resident, channel="in_app", urgent=True))
    assert callbacks == []


def test_a_burst_of_commits_publishes_one_task_until_a_sweep_begins(tasks_waiting: Callable[[], int]) -> None:
    waking.publish()
    waking.publish()
    assert tasks_waiting() == 1
    waking.woken()
    waking.publish()
    assert tasks_waiting() == 2


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_a_dead_broker_neither_stops_nor_slows_whoever_writes(
    celery_broker: Callable[[str], None], caplog: pytest.LogCaptureFixture, broker: str
) -> None:
    celery_broker(broker)
    started = time.monotonic()
    waking.publish()
    assert time.monotonic() - started < 5
    assert "next regular sweep delivers" in caplog.text


def test_a_dead_cache_neither_stops_the_writer_nor_the_sweeper(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    working = settings.CACHES
    settings.CACHES = {"default": {**working["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    try:
        waking.publish()
        waking.woken()
    finally:
        settings.CACHES = working
    assert "nothing is cached while Redis does not answer" in caplog.text
    assert cache.get("anything") is None


def _together(count: int, act: Callable[[], object]) -> None:
    """Runs `act` in `count` threads that start at the same moment, each with a connection of its own."""
    gate = threading.Barrier(count, timeout=10)

    def run() -> None:
        try:
            gate.wait()
            with transaction.atomic():
                act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_eight_writers_of_one_obligation_write_one_row() -> None:
    def write() -> None:
        enqueue(draft("offer:17:made", phone="+8613800005678"))

    with connection.cursor() as cursor:  # first without the guard: the race is real
        cursor.execute("ALTER TABLE notify_message DROP CONSTRAINT notify_message_once")
        cursor.execute("CREATE INDEX notify_message_unguarded ON notify_message (dedupe_key)")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("civic.notify.outbox._ONCE", "")
            _together(8, write)
        assert Message.objects.count() == 8
        Message.objects.all().delete()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM notify_message")
            cursor.execute("DROP INDEX notify_message_unguarded")
            cursor.execute(
                "ALTER TABLE notify_message ADD CONSTRAINT notify_message_once UNIQUE (dedupe_key)"
            )
    _together(8, write)
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_enqueue_speed_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    user = User.objects.create_user(phone="+8613800005678")
    batches, size = 200, 3
    soon = clock.now() + timedelta(hours=1)
    started = time.perf_counter()
    for batch in range(batches):
        with transaction.atomic():
            params = {"who": "小王", "when": soon}
            enqueue(*(draft(f"{batch}:{n}", user=user, channel="in_app", params=params) for n in range(size)))
    seconds = time.perf_counter() - started
    with capsys.disabled():
        figure = {"messages/s": round(batches * size / seconds), "per transaction": size}
        print(f"\nenqueue {json.dumps(figure)}")  # noqa: T201
    assert Message.objects.count() == batches * size
    assert batches * size / seconds > 100
