"""What somebody wants of each kind of message: which ways, and for staff whether one message a morning is enough.

Only what differs from the usual is kept. In the app everything can always be read: it is the record. What need not be
told at all (Kind.refusable) can be refused there, and is then not written.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import kinds, push
from civic.notify.enums import Channel, Choice
from civic.notify.kinds import Kind
from civic.notify.models import Preference

# What holds while nothing was chosen.
USUAL = {
    Channel.IN_APP: Choice.AT_ONCE,
    Channel.SMS: Choice.AT_ONCE,
    Channel.EMAIL: Choice.OFF,
    Channel.WEB_PUSH: Choice.AT_ONCE,  # of those who have a device that takes them
}


@dataclass(frozen=True)
class Question:
    """One thing a person can choose: this kind on this channel; `on` is the choice that a tick stands for."""

    kind: Kind
    channel: Channel
    on: Choice

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{self.kind.code}-{self.channel}"

    @property
    def off(self) -> Choice:
        """The choice without the tick."""
        return Choice.AT_ONCE if self.on == Choice.DIGEST else Choice.OFF

    @property
    def usual(self) -> Choice:
        """What holds while nothing was chosen."""
        return self.kind.usual_sms if self.channel == Channel.SMS else USUAL[self.channel]


def questions(user: User) -> list[Question]:
    """Returns what `user` can choose, by kind: text messages with a phone, mails with an address,
    notifications with a device that takes them; one query.
    """
    found, has_device = [], push.has_device(user)
    for kind in kinds.of(user):
        if kind.digest:
            found.append(Question(kind, Channel.IN_APP, Choice.DIGEST))
        if kind.refusable:
            found.append(Question(kind, Channel.IN_APP, Choice.AT_ONCE))
        if kind.by_sms and user.phone:
            found.append(Question(kind, Channel.SMS, Choice.AT_ONCE))
        if user.email:
            found.append(Question(kind, Channel.EMAIL, Choice.AT_ONCE))
        if has_device:
            found.append(Question(kind, Channel.WEB_PUSH, Choice.AT_ONCE))
    return found


def chosen(user: User) -> dict[tuple[str, str], str]:
    """Returns what `user` has chosen besides the usual, by kind and channel; one query."""
    rows = Preference.objects.filter(user=user).values_list("kind", "channel", "choice")
    return {(kind, channel): choice for kind, channel, choice in rows}


def of_many(kind: str, users: Collection[int]) -> dict[tuple[int, str], str]:
    """Returns what these users (ids) have chosen besides the usual for messages of `kind`, by user and channel; one
    query."""
    rows = Preference.objects.filter(kind=kind, user__in=users).values_list("user_id", "channel", "choice")
    return {(user, channel): choice for user, channel, choice in rows}


def answer(question: Question, kept: Mapping[tuple[str, str], str]) -> bool:
    """Returns whether the question is ticked, given what `chosen` returned."""
    return kept.get((question.kind.code, question.channel), question.usual) == question.on


def choose(user: User, ticked: Mapping[str, bool]) -> None:
    """Keeps the answers to all questions of `user` by their names; one that is missing counts as not ticked."""
    kept = chosen(user)
    with transaction.atomic():
        for question in questions(user):
            wanted = question.on if ticked.get(question.name) else question.off
            where: dict[str, Any] = {"user": user, "kind": question.kind.code, "channel": question.channel}
            if wanted == kept.get((question.kind.code, question.channel), question.usual):
                continue
            if wanted == question.usual:
                Preference.objects.filter(**where).delete()
            else:
                now = {"choice": wanted, "changed_at": clock.now()}
                Preference.objects.update_or_create(**where, defaults=now)
