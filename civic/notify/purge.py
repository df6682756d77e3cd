"""Deleting what was said once nobody needs it: texts after MESSAGE_DAYS, codes once they have expired.

What remains of a message says that it was sent, when and by which way. Messages to numbers without an account go
whole: nothing would be left of them but the number.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q

from civic.lib import clock
from civic.notify import heartbeat, templates
from civic.notify.enums import MessageState
from civic.notify.models import UNDELIVERED, Heartbeat, Message
from civic.notify.wordings import SIGN_IN_CODE

NAME: Final = "notify.purge"
BATCH: Final = 5000
UNDELIVERED_SECRETS: Final = timedelta(days=1)


def texts() -> int:
    """Deletes the texts of messages older than setting MESSAGE_DAYS and returns how many messages it went through.

    Walks the key from where the last walk ended (kept with its heartbeat): messages are written in its order.
    """
    before = clock.now() - timedelta(days=settings.MESSAGE_DAYS)
    last, seen = _last(), 0
    while rows := list(
        Message.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "created_at")[:BATCH]
    ):
        old = _leading(rows, before)
        if old:
            found = Message.objects.filter(pk__gt=last, pk__lte=old[-1])
            found.filter(user=None).exclude(state__in=UNDELIVERED).delete()
            found.exclude(params={}).exclude(state__in=UNDELIVERED).update(params={})
            last, seen = old[-1], seen + len(old)
            heartbeat.beat(NAME, upto=last)
        if len(old) < len(rows):
            break
    heartbeat.beat(NAME, upto=last)
    return seen


def secrets() -> int:
    """Wipes codes that have expired and secrets that could not be delivered for a day; returns how many. None in
    demonstrations, where /dev/outbox/ shows them.
    """
    if settings.DEMO:
        return 0
    now = clock.now()
    secret = [each.code for each in templates.all_templates() if each.secret]
    expired = Q(template=SIGN_IN_CODE, created_at__lte=now - timedelta(minutes=settings.CODE_MINUTES))
    given_up = Q(template__in=secret, created_at__lte=now - UNDELIVERED_SECRETS)
    waiting = Message.objects.filter(state__in=[*UNDELIVERED, MessageState.DEAD]).exclude(params={})
    return waiting.filter(expired | given_up).update(params={})


def _leading(rows: list[tuple[int, datetime]], before: datetime) -> list[int]:
    """Returns the keys at the beginning of `rows` up to the first message that is not old enough."""
    old = []
    for pk, created_at in rows:
        if created_at > before:
            break
        old.append(pk)
    return old


def _last() -> int:
    """Returns the key up to which an earlier walk came."""
    facts = Heartbeat.objects.filter(pk=NAME).values_list("facts", flat=True).first() or {}
    return int(facts.get("upto", 0))
