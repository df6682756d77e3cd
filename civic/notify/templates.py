"""Wordings of messages: apps register theirs at start-up (AppConfig.ready), nothing can be sent without one; what
was written in the console (civic.notify.edited) overrides them per channel.

A template is checked when it is registered (both languages use the same {placeholders}, which are plain
names), when a message is written (every placeholder has a value) and when it is rendered (lazily: on sending
or reading).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch

from civic.notify import edited
from civic.notify import params as parameters

if TYPE_CHECKING:
    from civic.notify.models import Message, Wording

log = logging.getLogger("civic.notify")

Link = Callable[["Message"], str]


class CannotRender(ValueError):
    """The message names a template or lacks a value that its wording needs; trying again will not help."""


class Rendered(NamedTuple):
    """A finished wording in one language. `title` and `link` may be empty."""

    title: str
    body: str
    link: str
    language: str


class Text(NamedTuple):
    """The words of one template on one channel, with {placeholders}. `version` 0 is the shipped one; `sms_code` is
    the gateway's code for the approved Chinese text message, `sms_code_en` for the English one.
    """

    zh: str
    en: str
    title_zh: str
    title_en: str
    sms_code: str
    sms_code_en: str
    version: int = 0

    def sms(self, language: str) -> tuple[str, str]:
        """Returns the gateway's code and the language of its wording: English only where an English one is
        approved.
        """
        if parameters.short(language) == "en" and self.sms_code_en:
            return self.sms_code_en, "en"
        return self.sms_code, parameters.LANGUAGES["zh"]

    def body(self, language: str) -> str:
        """Returns the text of `language`."""
        return self.en if parameters.short(language) == "en" else self.zh

    def title(self, language: str) -> str:
        """Returns the title of `language`, "" where it has none."""
        return self.title_en if parameters.short(language) == "en" else self.title_zh


@dataclass(frozen=True)
class Template:
    """One wording in both languages. `sms_code` is the gateway's code for the approved Chinese text message,
    `sms_code_en` for the English one; `link` gives the page the message is about; `secret` parameters
    (sign-in codes) are wiped once sent and never shown to staff."""

    code: str
    zh: str
    en: str
    title_zh: str = ""
    title_en: str = ""
    sms_code: str = ""
    sms_code_en: str = ""
    link: Link | None = None
    secret: bool = False
    placeholders: frozenset[str] = field(default=frozenset(), compare=False)

    def pick(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the stored form of exactly the values this wording needs: what it does not say is not kept.

        Raises CannotRender when one is missing.
        """
        try:
            return {name: parameters.store(values[name]) for name in self.placeholders}
        except KeyError as error:
            raise CannotRender(f"template {self.code} needs a value for {error}") from None

    def texts(self, stored: Mapping[str, Any], language: str) -> dict[str, str]:
        """Returns the values as shown in `language`. Raises CannotRender when one is missing."""
        try:
            return {name: parameters.show(stored[name], language) for name in self.placeholders}
        except KeyError as error:
            raise CannotRender(f"template {self.code} needs a value for {error}") from None

    @property
    def kind(self) -> str:
        """The kind of message (civic.notify.kinds): what stands before the first dot of the code."""
        return self.code.partition(".")[0]

    @property
    def shipped(self) -> Text:
        """The words as the product brings them."""
        return Text(self.zh, self.en, self.title_zh, self.title_en, self.sms_code, self.sms_code_en)

    def text(self, channel: str, at: datetime | None = None) -> Text:
        """Returns the words in use on `channel` at `at` (now)."""
        found = edited.wording(self.code, channel, at)
        return self.overridden(found) if found else self.shipped

    def overridden(self, by: Wording) -> Text:
        """Returns the words of a version; what it leaves empty is as shipped."""
        return Text(
            by.zh or self.zh,
            by.en or self.en,
            by.title_zh or self.title_zh,
            by.title_en or self.title_en,
            by.sms_code,
            by.sms_code_en,
            by.version,
        )


_templates: dict[str, Template] = {}


def register(
    code: str,
    *,
    zh: str,
    en: str,
    title_zh: str = "",
    title_en: str = "",
    sms_code: str = "",
    sms_code_en: str = "",
    link: Link | None = None,
    secret: bool = False,
) -> Template:
    """Adds a wording, e.g. register("offer.made", zh="{when} 有一个任务", en="A task at {when}",
    sms_code="SMS_1").

    Raises ImproperlyConfigured when the code is taken, a text is empty, a placeholder is not a plain name, or
    one language says what the other does not.
    """
    if code in _templates:
        raise ImproperlyConfigured(f"message template {code} is registered twice")
    if not zh or not en or bool(title_zh) != bool(title_en):
        raise ImproperlyConfigured(f"message template {code} needs both languages")
    in_zh, in_en = (_names(code, zh, title_zh), _names(code, en, title_en))
    if in_zh != in_en:
        odd = ", ".join(sorted(in_zh ^ in_en))
        raise ImproperlyConfigured(f"message template {code} uses {odd} in one language only")
    template = Template(
        code, zh, en, title_zh, title_en, sms_code, sms_code_en, link, secret, placeholders=frozenset(in_zh)
    )
    _templates[code] = template
    return template


def get(code: str) -> Template:
    """Returns the template of this code. Raises CannotRender when none is registered."""
    try:
        return _templates[code]
    except KeyError:
        raise CannotRender(f"no message template {code!r} is registered") from None


def all_templates() -> list[Template]:
    """Returns every registered template by code."""
    return [_templates[code] for code in sorted(_templates)]


def render(message: Message, language: str) -> Rendered:
    """Returns the wording of `message` in `language`. Raises CannotRender."""
    template = get(message.template)
    text = template.text(str(message.channel), message.sent_at)
    values = template.texts(message.params, language)
    return Rendered(
        title=text.title(language).format_map(values),
        body=text.body(language).format_map(values),
        link=_link(template, message),
        language=parameters.LANGUAGES[parameters.short(language)],
    )


def _link(template: Template, message: Message) -> str:
    """Returns the page it is about; "" when that cannot be found, because the words matter more than the way."""
    if template.link is None:
        return ""
    try:
        return template.link(message)
    except (LookupError, NoReverseMatch):
        log.exception("message %s: template %s leads nowhere", message.pk, template.code)
        return ""


def _names(code: str, *texts: str) -> set[str]:
    """Returns the placeholders of `texts`. Raises ImproperlyConfigured unless each is a plain {name}."""
    try:
        return set().union(*(names(text) for text in texts))
    except ValueError as error:
        raise ImproperlyConfigured(f"message template {code}: {error}") from error


def names(text: str) -> list[str]:
    """Returns the placeholders of `text` in their order. Raises ValueError, whose argument is the odd piece, unless
    each is a plain {name}.
    """
    found = []
    for _literal, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"{{{name}}} is not a plain name")
        found.append(name)
    return found
