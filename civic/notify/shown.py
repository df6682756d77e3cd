"""Messages as people see them: worded in a language, with where they went."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.lib import phone as phones
from civic.notify import deliver, subjects, templates
from civic.notify.enums import Channel
from civic.notify.models import Message, SmsReceipt
from civic.notify.templates import CannotRender, Rendered
from civic.notify.wordings import SIGN_IN_CODE

EVENTS = {
    "accounts.code": gettext_lazy("Sign-in code"),
    "sign_in.code": gettext_lazy("Sign-in code"),
    "accounts.mail": gettext_lazy("Mail about the account"),
}


@dataclass(frozen=True)
class Shown:
    """One message ready for a page; `matter` is what its reader calls the thing it is about, where that is theirs."""

    message: Message
    wording: Rendered
    matter: str = ""

    @property
    def code(self) -> str:
        """The sign-in code in it, if any."""
        return str(self.message.params.get("code", "")) if self.message.template == SIGN_IN_CODE else ""

    @property
    def to(self) -> str:
        """The person, number or address it goes to; reads the recipient, so select it when showing many."""
        message, user = self.message, self.message.user
        if message.channel == Channel.IN_APP:
            return str(user or "")
        if message.channel == Channel.EMAIL:
            return message.email or (user.email if user else "")
        return message.phone or (user.phone if user else "")


def show(message: Message, language: str) -> Shown:
    """Returns `message` worded in `language`; where the wording is gone (codes are wiped once sent), says so."""
    try:
        wording = templates.render(message, language)
    except CannotRender:
        wording = Rendered("", _("This message is no longer kept."), "", language)
    return Shown(message, wording)


def show_own(messages: Iterable[Message], user: User, language: str) -> list[Shown]:
    """Returns messages to `user` worded in `language`, each with the matter; one query for every kind of matter."""
    ids: dict[str, set[int]] = {}
    page = list(messages)
    for message in page:
        if message.subject_id:
            ids.setdefault(message.subject_kind, set()).add(message.subject_id)
    named = {kind: subjects.own(user, kind, found) for kind, found in ids.items()}
    return [
        replace(
            show(message, language),
            matter=named.get(message.subject_kind, {}).get(message.subject_id or 0, ""),
        )
        for message in page
    ]


def show_as_sent(message: Message) -> Shown:
    """Returns `message` as it was, or will be, sent: in that language, a text message without title and link."""
    language = deliver.language_of(message)
    if message.channel != Channel.SMS:
        return show(message, language)
    found = show(message, _approved(message, language))
    return Shown(message, found.wording._replace(title="", link=""))


@dataclass(frozen=True)
class Line:
    """One message for staff: what it is about and to whom, without what it says."""

    message: Message
    about: str
    to: str
    reason: str


def as_dead(message: Message, language: str) -> Line:
    """Returns a dead message for the console, the reason in the reader's words where we have them."""
    return Line(message, about(message, language), recipient(message), gettext(message.last_error))


def as_refused(receipt: SmsReceipt, language: str) -> tuple[SmsReceipt, Line]:
    """Returns a text message that did not arrive, with what it was."""
    message = receipt.message
    return receipt, Line(message, about(message, language), recipient(message), receipt.error)


def about(message: Message, language: str) -> str:
    """Returns the title of its wording; the event's name where that has none."""
    try:
        return templates.get(message.template).shipped.title(language) or named(message.event)
    except CannotRender:
        return message.event


def named(event: str) -> str:
    """Returns the words for an event that has no title of its own; its code where there are none."""
    return str(EVENTS.get(event, event))


def recipient(message: Message) -> str:
    """Returns the account's name, else the masked number."""
    if message.user:
        return str(message.user)
    return phones.mask(message.phone) if message.phone else _("by e-mail")


def _approved(message: Message, language: str) -> str:
    """Returns the language in which the gateway has an approved wording."""
    try:
        return templates.get(message.template).text(Channel.SMS, message.sent_at).sms(language)[1]
    except CannotRender:
        return language
