"""Wordings as the console lists them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from civic.notify import drafting, kinds, shown
from civic.notify.channels.sms import takes_shipped_codes
from civic.notify.enums import Channel
from civic.notify.models import Wording
from civic.notify.params import short
from civic.notify.templates import Template


@dataclass(frozen=True)
class OnChannel:
    """What is in use on one channel; `waiting` says that a version lacks the gateway's code."""

    channel: Channel
    version: int
    waiting: bool


@dataclass(frozen=True)
class Line:
    """One message of the list."""

    code: str
    title: str
    body: str
    channels: list[OnChannel]


@dataclass(frozen=True)
class Group:
    """The messages of one kind."""

    label: str
    lines: list[Line]


@dataclass(frozen=True)
class Version:
    """One version on its wording's page."""

    row: Wording
    current: bool
    waiting: bool
    in_use_from: datetime | None


def groups(language: str) -> list[Group]:
    """Returns every editable message by kind, in the order of the kinds' registration; two queries."""
    newest = _newest()
    found: dict[str, list[Line]] = {kind.code: [] for kind in kinds.every()}
    for template in drafting.editable():
        line = Line(
            template.code,
            title_of(template, language),
            template.text(drafting.channels_of(template)[0]).body(language),
            [_on(template, channel, newest) for channel in drafting.channels_of(template)],
        )
        found.setdefault(template.kind, []).append(line)
    return [Group(_label(kind), lines) for kind, lines in found.items() if lines]


def title_of(template: Template, language: str) -> str:
    """Returns what the console calls a message: its shipped title, else its code."""
    return (template.title_en if short(language) == "en" else template.title_zh) or shown.named(template.code)


def version(row: Wording, in_use: int) -> Version:
    """Returns one version for its wording's page; `in_use` is the number of the one in use."""
    waiting = row.in_use_from is None and row.version > in_use
    return Version(row, row.version == in_use, waiting, row.in_use_from)


def _label(kind: str) -> str:
    own = {"sign_in": _("Signing in"), "digest": _("Summaries")}
    return own.get(kind) or kinds.label_of(kind)


def _on(template: Template, channel: Channel, newest: dict[tuple[str, str], int]) -> OnChannel:
    in_use = template.text(channel)
    lacks_code = channel == Channel.SMS and in_use.version == 0 and not takes_shipped_codes()
    waiting = newest.get((template.code, str(channel)), 0) > in_use.version or lacks_code
    return OnChannel(channel, in_use.version, waiting)


def _newest() -> dict[tuple[str, str], int]:
    rows = Wording.objects.order_by("version").values_list("template", "channel", "version")
    return {(template, channel): number for template, channel, number in rows}
