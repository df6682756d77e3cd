"""Whether a message may go out now: what the person chose, the quiet hours, the budget of a phone.

Asked when a message is to be delivered, never when it is written, so that placing a request pays nothing for it.
Sign-in codes and account mails always pass until they expire; what is urgent passes quiet hours and budget.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from civic.lib import clock
from civic.notify import kinds, templates
from civic.notify.enums import Channel, Choice
from civic.notify.models import Message, Preference, SmsReceipt
from civic.notify.templates import CannotRender
from civic.notify.wordings import SIGN_IN_CODE

NOT_WANTED: Final = gettext_noop("The recipient does not want this kind of message this way.")
EXPIRED: Final = gettext_noop("The code had expired.")
QUIET: Final = gettext_noop("Waits for the end of the quiet hours.")
OVER_BUDGET: Final = gettext_noop("This phone has had its text messages of the day; waits until tomorrow.")
OVER_BUDGET_TWICE: Final = gettext_noop("This phone had its text messages of two days.")
DISTURBING: Final = frozenset({Channel.SMS, Channel.WEB_PUSH})  # make a phone ring: not at night
MORNING: Final = 7  # hour at which what was put off to the next day goes out where there are no quiet hours


@dataclass(frozen=True)
class Stop:
    """Why a message does not go out now: until when it waits; without `until` it never does, and `failed` says that
    this is something for staff to see.
    """

    reason: str
    until: datetime | None = None
    failed: bool = False


Off = frozenset[tuple[int, str, str]]


def turned_off(messages: Collection[Message]) -> Off:
    """Returns which (user, kind, channel) of the recipients of `messages` are turned off; one query."""
    users = {message.user_id for message in messages if message.user_id is not None}
    if not users:
        return frozenset()
    rows = Preference.objects.filter(user_id__in=users, choice=Choice.OFF)
    return frozenset(rows.values_list("user_id", "kind", "channel"))


def stop(message: Message, off: Off) -> Stop | None:
    """Returns what keeps `message` back now, None when it may go; one query for ordinary text messages."""
    if _is_secret(message):
        return Stop(EXPIRED) if _is_expired(message) else None
    kind = kinds.of_event(message.event)
    if kind and (message.user_id, kind.code, message.channel) in off:
        return Stop(NOT_WANTED)
    if message.urgent or message.channel not in DISTURBING:
        return None
    now = clock.now()
    if quiet_until := end_of_quiet(now):
        return Stop(QUIET, quiet_until)
    if message.channel == Channel.SMS and over_budget(message, now):
        tomorrow = _next_morning(now)
        if message.created_at < _midnight(now):
            return Stop(OVER_BUDGET_TWICE, failed=True)
        return Stop(OVER_BUDGET, tomorrow)
    return None


def end_of_quiet(now: datetime) -> datetime | None:
    """Returns when the quiet hours end that `now` lies in, None outside of them (setting QUIET_HOURS)."""
    if settings.QUIET_HOURS is None:
        return None
    begin, end = settings.QUIET_HOURS
    local = timezone.localtime(now)
    inside = begin <= local.hour < end if begin < end else local.hour >= begin or local.hour < end
    if not inside:
        return None
    stop_at = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return stop_at if stop_at > local else stop_at + timedelta(days=1)


def over_budget(message: Message, now: datetime) -> bool:
    """True when the phone of `message` has had setting SMS_PER_PHONE_DAY text messages today; one query."""
    phone_hash = message.phone_hash or (message.user.phone_hash if message.user else None)
    if not phone_hash:
        return False
    sent = SmsReceipt.objects.filter(phone_hash=phone_hash, handed_at__gte=_midnight(now))
    return sent.count() >= settings.SMS_PER_PHONE_DAY


def _is_secret(message: Message) -> bool:
    try:
        return templates.get(message.template).secret
    except CannotRender:
        return False  # delivery will say so


def _is_expired(message: Message) -> bool:
    ends = message.created_at + timedelta(minutes=settings.CODE_MINUTES)
    return message.template == SIGN_IN_CODE and clock.now() >= ends


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _next_morning(now: datetime) -> datetime:
    hour = settings.QUIET_HOURS[1] if settings.QUIET_HOURS else MORNING
    return _midnight(now) + timedelta(days=1, hours=hour)
