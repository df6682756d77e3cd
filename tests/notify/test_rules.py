"""What keeps a message back: wishes, quiet hours, the budget of a phone; and what always passes."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import deliver, kinds, rules
from civic.notify.enums import Choice
from civic.notify.models import Message, Preference, SmsReceipt
from tests.notify.conftest import Tell
from tests.notify.gateways import Gateway

CODE = {"code": "123456", "minutes": 10}
PHONE = "+8613800005678"


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    """Returns a moment of November 2026 as the clocks of Shanghai show it (UTC+8, no summer time)."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute)


@pytest.fixture
def quiet(settings: Settings) -> None:
    settings.QUIET_HOURS = (22, 7)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (shanghai(2, 21, 59), None),
        (shanghai(2, 22), shanghai(3, 7)),
        (shanghai(3, 0), shanghai(3, 7)),
        (shanghai(3, 6, 59), shanghai(3, 7)),
        (shanghai(3, 7), None),
        (shanghai(3, 12), None),
    ],
)
def test_quiet_hours_end_in_the_morning(quiet: None, now: datetime, until: datetime | None) -> None:
    assert rules.end_of_quiet(now) == until


def test_quiet_hours_within_a_day_and_none_at_all(settings: Settings) -> None:
    settings.QUIET_HOURS = (12, 14)
    assert rules.end_of_quiet(shanghai(2, 13)) == shanghai(2, 14)
    assert rules.end_of_quiet(shanghai(2, 14)) is None
    settings.QUIET_HOURS = None
    assert rules.end_of_quiet(shanghai(2, 23)) is None


def test_at_night_ordinary_text_messages_wait_for_the_morning(
    quiet: None, resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    with time_machine.travel(shanghai(2, 23), tick=False) as now:
        tell(user=resident)
        assert deliver.sweep() == 1
        message = Message.objects.get()
        assert (message.state, message.attempts, message.next_attempt_at) == ("pending", 0, shanghai(3, 7))
        assert message.last_error == rules.QUIET
        assert deliver.sweep() == 0
        now.move_to(shanghai(3, 7))
        assert deliver.sweep() == 1
    assert len(gateway.took) == 1
    assert Message.objects.get().last_error == ""


def test_at_night_urgent_ones_codes_and_mails_pass(
    quiet: None, foreigner: User, tell: Tell, gateway: type[Gateway]
) -> None:
    with time_machine.travel(shanghai(2, 23), tick=False):
        tell("urgent", user=foreigner, urgent=True)
        tell("code", phone=PHONE, template="sign_in.code", params=CODE)
        tell("mail", user=foreigner, channel="email")
        deliver.sweep()
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_what_somebody_does_not_want_is_not_sent_and_says_so(
    resident: User, foreigner: User, tell: Tell, gateway: type[Gateway]
) -> None:
    kinds.register(kinds.Kind("test", "Tests", lambda user: True))
    Preference.objects.create(user=resident, kind="test", channel="sms", choice=Choice.OFF)
    tell("unwanted", user=resident)
    tell("by mail", user=foreigner, channel="email")
    tell("wanted", user=foreigner)
    deliver.sweep()
    states = dict(Message.objects.values_list("dedupe_key", "state"))
    assert states == {"unwanted": "skipped", "by mail": "sent", "wanted": "sent"}
    assert Message.objects.get(dedupe_key="unwanted").last_error == rules.NOT_WANTED
    assert deliver.sweep() == 0


def test_nobody_can_turn_off_codes(resident: User, tell: Tell, gateway: type[Gateway]) -> None:
    Preference.objects.create(user=resident, kind="sign_in", channel="sms", choice=Choice.OFF)
    tell(user=resident, template="sign_in.code", event="sign_in.code", params=CODE)
    deliver.sweep()
    assert len(gateway.took) == 1


def test_a_phone_gets_so_many_a_day_then_tomorrows_then_staff_hear_of_it(
    resident: User, tell: Tell, gateway: type[Gateway], settings: Settings
) -> None:
    settings.SMS_PER_PHONE_DAY = 2
    with time_machine.travel(shanghai(2, 10), tick=False) as now:
        for key in ("one", "two", "three"):
            tell(key, user=resident)
        tell("by number", phone=resident.phone)
        tell("other phone", phone="+8613800007777")
        deliver.sweep()
        assert len(gateway.took) == 3
        waiting = Message.objects.get(dedupe_key="three")
        assert (waiting.state, waiting.next_attempt_at) == ("pending", shanghai(3, 7))
        assert Message.objects.get(dedupe_key="by number").state == "pending"
        now.move_to(shanghai(3, 7))
        tell("of today", user=resident)
        Message.objects.filter(dedupe_key="of today").update(next_attempt_at=shanghai(3, 6))
        deliver.sweep()  # of today, three; by number finds the day full once more
    states = dict(Message.objects.values_list("dedupe_key", "state"))
    assert (states["of today"], states["three"], states["by number"]) == ("sent", "sent", "dead")
    assert Message.objects.get(dedupe_key="by number").last_error == rules.OVER_BUDGET_TWICE


def test_codes_and_urgent_ones_are_over_no_budget(
    resident: User, tell: Tell, gateway: type[Gateway], settings: Settings
) -> None:
    settings.SMS_PER_PHONE_DAY = 0
    tell("code", phone=PHONE, template="sign_in.code", params=CODE)
    tell("urgent", user=resident, urgent=True)
    tell("ordinary", user=resident)
    deliver.sweep()
    states = dict(Message.objects.values_list("dedupe_key", "state"))
    assert states == {"code": "sent", "urgent": "sent", "ordinary": "pending"}
    assert SmsReceipt.objects.count() == 2


def test_a_code_that_has_expired_is_neither_sent_nor_kept(
    db: None, tell: Tell, gateway: type[Gateway], settings: Settings
) -> None:
    tell(phone=PHONE, template="sign_in.code", params=CODE)
    with time_machine.travel(clock.now() + timedelta(minutes=settings.CODE_MINUTES)):
        deliver.sweep()
    message = Message.objects.get()
    assert (message.state, message.params, message.last_error) == ("skipped", {}, rules.EXPIRED)
    assert gateway.took == []
