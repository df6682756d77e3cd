"""Delivering the outbox: claim under a lease, send outside any transaction, mark.

Any number of sweepers may run. A claim is one short transaction with SKIP LOCKED; it gives each message a
lease, and every later write names that lease, so a sweeper that was away too long (stopped, slow gateway) can
neither send nor mark what another has taken over. A killed sweeper's messages come back when their lease
ends. What remains possible, as with every gateway without idempotency keys: killed between the gateway's
answer and the mark, a message is sent again.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from civic.lib import clock
from civic.lib.backing_off import wait_after
from civic.notify import rules, templates
from civic.notify.channels import CannotDeliver, NobodyThere, channel_for
from civic.notify.enums import MessageState
from civic.notify.models import UNDELIVERED, Message, SmsReceipt

log = logging.getLogger("civic.notify")

LEASE: Final = timedelta(seconds=120)
SEND_AT_MOST: Final = timedelta(seconds=30)  # no send is begun with less than this left of the lease
MAX_ATTEMPTS: Final = 12  # with the steps below: about three and a half hours of trying
FIRST_RETRY: Final = timedelta(seconds=10)
LONGEST_RETRY: Final = timedelta(hours=1)  # DESIGN section 4
ERROR_LENGTH: Final = 500


def sweep(limit: int = 50) -> int:
    """Delivers up to `limit` messages that are due, urgent ones first, and returns how many it took; 0 means
    none is due.

    Never raises for a message: a failure is written on it.
    """
    return _deliver(claim(limit))


def urgent(limit: int) -> int:
    """Delivers up to `limit` urgent messages that are due, the oldest first, and returns how many it took: for whoever
    cannot leave it to a sweeper."""
    return _deliver(claim(limit, urgent_only=True))


def _deliver(claimed: list[Message]) -> int:
    off = rules.turned_off(claimed)
    for position, message in enumerate(claimed):
        if _lease_runs_out(message):
            _put_back(claimed[position:])
            break
        _attempt(message, off)
    return len(claimed)


def claim(limit: int, *, urgent_only: bool = False) -> list[Message]:
    """Takes up to `limit` due messages under a lease and returns them with their users: 3 queries, 1 short
    transaction.
    """
    now = clock.now()
    due = Message.objects.filter(state__in=UNDELIVERED, next_attempt_at__lte=now).order_by(
        "next_attempt_at", "id"
    )
    due = due.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    with transaction.atomic():
        found = list(due.filter(urgent=True)[:limit])
        if len(found) < limit and not urgent_only:
            found += due.filter(urgent=False)[: limit - len(found)]
        lease = now + LEASE
        Message.objects.filter(pk__in=[message.pk for message in found]).update(
            state=MessageState.SENDING, lease_until=lease, next_attempt_at=lease
        )
    for message in found:
        message.lease_until = lease
    return found


def replay(ids: Collection[int]) -> int:
    """Sends dead messages again, from the first attempt; returns how many of `ids` were. Those whose text is about
    to be deleted, or is already, stay dead.
    """
    youngest = clock.now() - timedelta(days=settings.MESSAGE_DAYS - 1)
    dead = Message.objects.filter(pk__in=ids, state=MessageState.DEAD, created_at__gt=youngest)
    return dead.update(state=MessageState.PENDING, attempts=0, next_attempt_at=clock.now())


def retry_after(attempts: int) -> timedelta:
    """Returns how long to wait after the `attempts`-th failure: 10 s, 20 s, 40 s, ... at most 1 h."""
    return wait_after(attempts, first=FIRST_RETRY, longest=LONGEST_RETRY)


def language_of(message: Message) -> str:
    """Returns the language to word `message` in: its own, else its recipient's, else the product's."""
    if message.language:
        return message.language
    return (message.user.language if message.user else "") or settings.LANGUAGE_CODE


def _attempt(message: Message, off: rules.Off = frozenset()) -> None:
    """Makes one attempt unless the rules keep it back. It is counted before sending, so that a message that kills
    its sweeper dies in the end too.
    """
    kept_back = rules.stop(message, off)
    if kept_back is not None:
        _keep_back(message, kept_back)
        return
    if not _held(message).update(attempts=F("attempts") + 1):
        return  # another sweeper has it
    message.attempts += 1
    if message.attempts > MAX_ATTEMPTS:
        _bury(message, gettext_noop("gave up: every sweeper that tried to send it stopped working"))
        return
    language = language_of(message)
    try:
        receipt = channel_for(message.channel).deliver(message, language)
    except NobodyThere as nobody:
        _keep_back(message, rules.Stop(str(nobody)))
    except (CannotDeliver, templates.CannotRender) as error:
        _bury(message, str(error))
    except Exception as error:  # whatever a gateway raises is a reason to try later, never to stop the sweep
        log.warning("message %s: attempt %s failed", message.pk, message.attempts, exc_info=True)
        _fail(message, f"{type(error).__name__}: {error}")
    else:
        _mark_sent(message, language, receipt)


def _mark_sent(message: Message, language: str, receipt: SmsReceipt | None) -> None:
    """Marks it, wipes what was secret in it, and keeps the receipt (that also when another has taken it meanwhile:
    the gateway has it).
    """
    columns = {"state": MessageState.SENT, "sent_at": clock.now(), "language": language, "last_error": ""}
    with transaction.atomic():
        if receipt is not None:
            receipt.save(force_insert=True)
        _held(message).update(lease_until=None, **columns, **_wiped(message))


def _keep_back(message: Message, stop: rules.Stop) -> None:
    """Puts it off, or ends it unsent: "skipped" where that is as it should be, dead where staff should know."""
    if stop.failed:
        _bury(message, stop.reason)
        return
    columns: dict[str, object] = {"lease_until": None, "last_error": stop.reason}
    if stop.until is None:
        columns |= {"state": MessageState.SKIPPED, **_wiped(message)}
    else:
        columns |= {"state": MessageState.PENDING, "next_attempt_at": stop.until}
    _held(message).update(**columns)


def _wiped(message: Message) -> dict[str, object]:
    """Returns the column that wipes a secret (a code that was used or has expired), nothing for the rest and in
    demonstrations, where /dev/outbox/ shows them.
    """
    return {"params": {}} if templates.get(message.template).secret and not settings.DEMO else {}


def _fail(message: Message, reason: str) -> None:
    """Puts it off, or buries it after the last attempt."""
    if message.attempts >= MAX_ATTEMPTS:
        _bury(message, reason)
        return
    _held(message).update(
        state=MessageState.PENDING,
        lease_until=None,
        next_attempt_at=clock.now() + retry_after(message.attempts),
        last_error=reason[:ERROR_LENGTH],
    )


def _bury(message: Message, reason: str) -> None:
    """Ends it visibly: dead with the reason, for staff to replay."""
    log.error("message %s is dead: %s", message.pk, reason)
    _held(message).update(state=MessageState.DEAD, lease_until=None, last_error=reason[:ERROR_LENGTH])


def _put_back(messages: Collection[Message]) -> None:
    """Frees what this sweep will not get to, for the next one to take at once."""
    for message in messages:
        _held(message).update(state=MessageState.PENDING, lease_until=None, next_attempt_at=clock.now())


def _held(message: Message) -> models.QuerySet[Message]:
    """Returns the row only while it is under the very lease this sweeper was given."""
    return Message.objects.filter(pk=message.pk, state=MessageState.SENDING, lease_until=message.lease_until)


def _lease_runs_out(message: Message) -> bool:
    lease: datetime | None = message.lease_until
    return lease is None or clock.now() + SEND_AT_MOST > lease
