"""Tags of every template (builtins): icons, times in words, state tags, form fields, form keys."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from civic.lib import clock, codes, icons, phone, spoken

register = template.Library()

# What a state means to the person reading it; the word carries the meaning, the colour only helps.
TONES = {
    "submitted": "gray",
    "offered": "info",
    "accepted": "ok",
    "in_service": "info",
    "referred": "info",
    "merged": "gray",
    "completed": "warn",
    "closed": "gray",
    "rejected": "red",
    "cancelled": "gray",
    "open": "info",
    "declined": "gray",
    "expired": "gray",
    "withdrawn": "gray",
    "given_up": "warn",
    "no_show": "red",
    "released": "gray",
    "confirmed": "ok",
    "pending": "warn",
    "approved": "ok",
    "dead": "red",
    "sent": "ok",
}


@register.simple_tag
def icon(name: str, css: str = "", *, label: str = "", fallback: str = "") -> SafeString:
    """Draws a Tabler outline icon. Without `label` it is hidden from screen readers.

    Raises UnknownIcon for an unknown name, unless `fallback` names another (for names that come from data).
    """
    if fallback and not (name and icons.exists(name)):
        name = fallback
    reader = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="ti{}" {} viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-linecap="round" stroke-linejoin="round">{}</svg>',
        f" {css}" if css else "",
        reader,
        icons.drawing(name),
    )


@register.simple_tag
def when(at: datetime | None, style: str = "moment") -> SafeString | str:
    """Shows a time as people say it, exact on hover. Styles: moment, weekday, paper, limit, day, day-weekday,
    time."""
    if at is None:
        return ""
    words = {
        "moment": lambda: spoken.moment(at),
        "weekday": lambda: spoken.moment(at, weekday=True),
        "paper": lambda: spoken.on_paper(at),
        "limit": lambda: spoken.limit(at, weekday=True),
        "day": lambda: spoken.day(at),
        "day-weekday": lambda: spoken.day(at, weekday=True),
        "time": lambda: spoken.clock_time(at),
    }[style]()
    return _time(at, words)


@register.filter
def spoken_day(day: date | None) -> str:
    """Says a date as people do: "tomorrow (Wed)", "Wed 30 Dec", "30 Dec 2027"."""
    return "" if day is None else spoken.day(make_aware(datetime.combine(day, time())), weekday=True)


@register.simple_tag
def during(start: datetime, end: datetime) -> SafeString | str:
    """Shows from when until when of one day; a single time where both lie in the same minute."""
    begins, ends = when(start, "weekday"), when(end, "time")
    if spoken.moment(start) == spoken.moment(end):
        return begins
    return format_html("{} – {}", begins, ends)


@register.simple_tag
def ago(at: datetime | None) -> SafeString | str:
    """Shows how long ago (or in how long); static/js/times.js keeps it true while the page stays open."""
    if at is None:
        return ""
    length = clock.now() - at
    if abs(length) < timedelta(minutes=1):
        words = _("just now")
    elif length > timedelta(0):
        words = _("%(span)s ago") % {"span": spoken.span(length)}
    else:
        words = _("in %(span)s") % {"span": spoken.span(length)}
    return _time(at, words, SafeString(" data-ago"))


@register.simple_tag
def words_of_time() -> str:
    """Returns the words in which static/js/times.js says lengths, as JSON."""
    return json.dumps(spoken.words_of_time(), ensure_ascii=False)


@register.simple_tag
def left(until: datetime | None) -> SafeString | str:
    """Shows what is left until a time ("1 h 14 min"), or how far over it is; ticks in the browser."""
    if until is None:
        return ""
    length = until - clock.now()
    text = _("%(span)s left") if length > timedelta(0) else _("%(span)s over")
    marks = format_html(
        ' data-left data-left-text="{}" data-over-text="{}"', _("%(span)s left"), _("%(span)s over")
    )
    return _time(until, text % {"span": spoken.span(length)}, marks)


def _time(at: datetime, words: str, marks: SafeString | str = "") -> SafeString:
    stamp = localtime(at).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', stamp, spoken.exact(at), marks, words)


@register.filter
def in_hours(minutes: int | None) -> str:
    """Says an expected length of service: 90 > "1.5 h"."""
    return spoken.hours(minutes) if minutes else ""


@register.filter
def in_metres(metres: float | None) -> str:
    """Says a distance: 1234 > "1.2 km"."""
    return "" if metres is None else spoken.distance(metres)


@register.filter
def masked(number: str) -> str:
    """Shows a phone number without its middle."""
    return phone.mask(number)


@register.filter
def dialled(number: str) -> str:
    """Shows a phone number as people of the country dial it."""
    return phone.national(number)


@register.filter
def initial(name: str) -> str:
    """Returns the first character of a name, for the round picture of a person."""
    return name.strip()[:1] or "·"


@register.simple_tag
def state_tag(state: str, label: str) -> SafeString:
    """Shows a state as a small tag, toned by what it means."""
    return format_html('<span class="tag {}">{}</span>', TONES.get(str(state), "gray"), label)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """Renders label, hint, control and error of one form field, tied together for screen readers.

    Options: `optional=True` marks it so, `css` adds classes to the wrapper.
    """
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    return {
        "field": bound,
        "kind": kind,
        "many": kind in {"radio", "checkbox"} and hasattr(widget, "choices"),
        "tiles": getattr(widget, "tiles", False),
        **options,
    }


@register.simple_tag
def gap() -> str:
    """Returns what stands between two sentences: a blank, and nothing in Chinese."""
    return spoken.gap()


@register.filter(is_safe=True)
def closed_up(text: str) -> str:
    """Returns the text without blanks between Chinese signs; around what brings a time in."""
    return spoken.closed_up(text)


@register.filter
def capped(count: int, most: int = 99) -> str:
    """Returns the number, or "99+" where it is larger."""
    return f"{most}+" if count > most else str(count)


@register.simple_tag
def form_key() -> SafeString:
    """The hidden key by which a form that creates something creates it once (civic.cases.once)."""
    return format_html('<input type="hidden" name="form_key" value="{}">', codes.token())
