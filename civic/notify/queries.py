"""Reading messages: a person's inbox, the outbox's figures, dead letters, what was sent lately (demonstrations)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import CharField, Count, Exists, Func, Min, OuterRef, Q, QuerySet, Value

from civic.accounts.models import User
from civic.accounts.queries import user_by_phone
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.notify.enums import Channel, Choice, MessageState
from civic.notify.models import UNDELIVERED, Message, Preference

UNREAD_SHOWN_AT_MOST = 99
DEAD_COUNTED_AT_MOST = 1000


def inbox(user: User, *, before: int | None = None, limit: int = 20) -> list[Message]:
    """Returns the in-app messages of `user` that may be shown by now, newest first; `before` continues after
    that id.
    """
    found = _shown(user).order_by("-id")
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[:limit])


def unread(user: User) -> QuerySet[Message]:
    """Returns those of `user` not read yet."""
    return _shown(user).filter(read_at=None)


def collected(user: User) -> QuerySet[Message]:
    """Returns the unread ones that `user` wants together in the morning: ordinary ones of kinds chosen so."""
    return unread(user).filter(_together(user))


def unread_count(user: User) -> int:
    """Returns how many unread ones ring the bell, counting to 100 at most: it shows "99+"; one query."""
    return unread(user).exclude(_together(user)).order_by()[: UNREAD_SHOWN_AT_MOST + 1].count()


def message_in_inbox(user: User, message_id: int) -> Message | None:
    """Returns the in-app message of `user` with this id, None for anybody else's."""
    return _shown(user).filter(pk=message_id).first()


def dead() -> QuerySet[Message]:
    """Returns the messages that were given up, newest first."""
    return Message.objects.filter(state=MessageState.DEAD).order_by("-id")


def dead_count() -> int:
    """Returns how many there are, counting to 1,000 at most; one query over the index of the dead."""
    return dead().order_by()[:DEAD_COUNTED_AT_MOST].count()


def dead_by_reason() -> list[tuple[str, int]]:
    """Returns the reasons of the newest 1,000 dead messages with how many died of each, the most frequent first."""
    reasons = dead().values_list("last_error", flat=True)[:DEAD_COUNTED_AT_MOST]
    return Counter(reasons).most_common()


@dataclass(frozen=True)
class Waiting:
    """How the outbox of one channel stands: `waiting` may go out now, `put_off` later (retries, quiet hours)."""

    channel: str
    waiting: int
    put_off: int
    dead: int
    oldest_due_at: datetime | None


def outbox_figures() -> list[Waiting]:
    """Returns the figures of every channel with messages undelivered or dead; two queries over partial indexes.

    `oldest_due_at` is since when the oldest of those that may go out has waited: more than a minute means that no
    sweeper works. Those being sent count as put off until their lease ends.
    """
    now = clock.now()
    due, later = Q(next_attempt_at__lte=now), Q(next_attempt_at__gt=now)
    undelivered = Message.objects.filter(state__in=UNDELIVERED).values("channel").order_by("channel")
    found = {
        row["channel"]: Waiting(row["channel"], row["due"], row["later"], 0, row["oldest"])
        for row in undelivered.annotate(
            due=Count("pk", filter=due),
            later=Count("pk", filter=later),
            oldest=Min("next_attempt_at", filter=due),
        )
    }
    for channel, count in dead().order_by("channel").values_list("channel").annotate(rows=Count("pk")):
        kept = found.get(channel, Waiting(channel, 0, 0, 0, None))
        found[channel] = replace(kept, dead=count)
    return list(found.values())


def newest_sent_out(phone: str = "", limit: int = 50) -> list[Message]:
    """Returns the newest messages of all people, or those to one E.164 number, with users; for /dev/outbox/
    only.
    """
    if not settings.DEMO:
        return []
    found = Message.objects.select_related("user").order_by("-id")
    if not phone:
        return list(found[:limit])
    to_number = list(found.filter(phone_hash=keyed_hash(phone))[:limit])
    user = user_by_phone(phone)
    to_account = list(found.filter(user=user)[:limit]) if user else []
    both = {message.pk: message for message in to_number + to_account}
    return sorted(both.values(), key=lambda message: message.pk, reverse=True)[:limit]


def _together(user: User) -> Q:
    kind = Func(OuterRef("event"), Value("."), Value(1), function="split_part", output_field=CharField())
    wishes = Preference.objects.filter(user=user, channel=Channel.IN_APP, choice=Choice.DIGEST, kind=kind)
    return Q(Exists(wishes), urgent=False)


def _shown(user: User) -> QuerySet[Message]:
    """What may be shown by now and is still kept (civic.notify.purge)."""
    now = clock.now()
    since = now - timedelta(days=settings.MESSAGE_DAYS)
    return Message.objects.filter(user=user, channel=Channel.IN_APP, sent_at__gt=since, sent_at__lte=now)
