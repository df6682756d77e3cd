"""How a wording would read: with the values of a real message about a case in one's own areas, else with examples."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Max

from civic.accounts.models import User
from civic.notify import sms_parts, subjects, templates, variables
from civic.notify.drafting import Words
from civic.notify.enums import Channel
from civic.notify.models import Message
from civic.notify.templates import Template

NEWEST: Final = 20_000  # messages looked through, so that a rare template does not read the whole table
LOOKED_AT: Final = 200
OFFERED: Final = 8


@dataclass(frozen=True)
class Case:
    """A real message of this template to try a wording on."""

    message_id: int
    label: str


@dataclass(frozen=True)
class Shown:
    """One language of a wording with the values filled in; for text messages with its length."""

    language: str
    title: str
    body: str
    length: sms_parts.Length | None
    for_gateway: str


def cases(user: User, template: Template) -> list[Case]:
    """Returns some newest messages of `template` about records in areas of `user`, one a record; three queries."""
    top = Message.objects.aggregate(top=Max("pk"))["top"] or 0
    found = Message.objects.filter(template=template.code, pk__gt=top - NEWEST).exclude(subject_id=None)
    rows = list(found.order_by("-pk").values_list("pk", "subject_kind", "subject_id")[:LOOKED_AT])
    by_kind: dict[str, dict[int, int]] = {}
    for pk, kind, subject in rows:
        if subject is not None:
            by_kind.setdefault(kind, {}).setdefault(subject, pk)
    return [
        Case(by_kind[kind][subject], label)
        for kind, ids in by_kind.items()
        for subject, label in subjects.in_scope(user, kind, ids).items()
    ][:OFFERED]


def show(user: User, template: Template, channel: str, words: Words, message_id: int | None) -> list[Shown]:
    """Returns both languages of `words`, which must be without problems; values from the message `message_id` where
    it is about something in areas of `user`.
    """
    stored = _stored(user, template, message_id) if message_id else None
    found = []
    for language, title, body in (("zh-hans", words.title_zh, words.zh), ("en", words.title_en, words.en)):
        values = variables.sample(template, stored, language)
        text, sms = body.format_map(values), channel == Channel.SMS
        found.append(
            Shown(
                language,
                "" if sms else title.format_map(values),
                sms_parts.signed(text) if sms else text,
                sms_parts.length(text) if sms else None,
                for_gateway(body) if sms else "",
            )
        )
    return found


def for_gateway(body: str) -> str:
    """Returns the text as gateways want it submitted: ${name} instead of {name}."""
    return body.format_map({name: f"${{{name}}}" for name in templates.names(body)})


def _stored(user: User, template: Template, message_id: int) -> dict[str, object] | None:
    message = Message.objects.filter(pk=message_id, template=template.code).first()
    if message is None or message.subject_id is None:
        return None
    if not subjects.in_scope(user, message.subject_kind, [message.subject_id]):
        return None
    return dict(message.params)
