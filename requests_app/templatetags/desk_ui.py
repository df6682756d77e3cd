"""Tags of the desk's templates: how late something is, in the few words a narrow column has room for."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, localtime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from civic.lib import clock, spoken
from requests_app.actions.reading import Contact
from requests_app.models import ServiceRequest, TeamOffer
from requests_app.queries import bars
from requests_app.queries.desk_request import Picture
from requests_app.queries.desk_rows import Row, limit_of
from volunteers.models import Volunteer

register = template.Library()
register.filter("limit_of", limit_of)

FAR = timedelta(hours=12)
ROWS_KEPT = 4096


@register.simple_tag
@lru_cache(maxsize=64)
def options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """Shows the options of a select; `choices` are (value, words) and the same at every poll of the queue."""
    lines = ((value, SafeString(" selected" if value == chosen else ""), words) for value, words in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', lines)


register.filter("strongest", bars.strongest)


@register.filter
def has_other_contact(who: ServiceRequest | Contact) -> bool:
    """Whether somebody else than the beneficiary is to be called, or on another number."""
    beneficiary = {"", who.beneficiary_name}, {"", who.beneficiary_phone}
    return who.contact_name not in beneficiary[0] or who.contact_phone not in beneficiary[1]


@register.simple_tag
def called(picture: Picture, volunteer: Volunteer) -> str:
    """Names a volunteer as the reader of `picture` may know them."""
    return picture.called(volunteer)


@register.simple_tag
def why_asked(picture: Picture, volunteer: Volunteer) -> SafeString | str:
    """Shows what spoke for somebody when they were asked, folded, as far as it is known and for the reader."""
    found = picture.why_asked.get(volunteer.pk)
    if found is None:
        return ""
    return SafeString(render_to_string("requests_app/desk/_why_asked.html", {"asked": found}))  # escapes


@register.simple_tag
def named_by(picture: Picture, asked: TeamOffer) -> int:
    """Returns how many of those who come were named by the team that was `asked`."""
    coming = {line.offer_id for line in picture.active}
    return sum(each.pk in coming for each in picture.offers if each.team_offer_id == asked.pk)


@register.simple_tag
def queue_rows(
    rows: Iterable[Row], params: str, selected: int | None = None, picks: bool = False
) -> SafeString:
    """Shows the lines of the queue. It is asked for again and again and few of its lines change, so lines are kept
    in the process until their words do: rendering fifty anew takes longer than everything else together."""
    language, now = get_language(), clock.now()
    today = localdate(now)
    lines = (
        _line(row, params, row.pk == selected, picks, language, _words_change(row.due_at, now, today))
        for row in rows
    )
    return SafeString("".join(lines))  # each was rendered by a template, which escapes


@lru_cache(maxsize=ROWS_KEPT)
def _line(
    row: Row, params: str, selected: bool, picks: bool, _language: str | None, _moment: int | date | None
) -> str:
    context = {"row": row, "params": params, "selected": selected, "picks": picks}
    return render_to_string("requests_app/desk/_row.html", context)


def _words_change(at: datetime | None, now: datetime, today: date) -> int | date | None:
    """Returns what the words of `due` depend on besides `at`: the whole minutes left, or today when that is far."""
    if at is None:
        return None
    length = at - now
    return today if length > FAR else int(length.total_seconds() // 60)


@register.simple_tag
def due(at: datetime | None, css: str = "due") -> SafeString | str:
    """Shows "26 min over", "18 min", or day and time when that is far off; ticks in the browser while near."""
    return _due(at, css, "%(when)s", pgettext("time left", "%(span)s"))


@register.simple_tag
def due_by(at: datetime | None) -> SafeString | str:
    """Shows the same behind the name of a limit: "26 min over", "18 min left", or "by" day and time."""
    return _due(at, "", _("by %(when)s"), _("%(span)s left"))


def _due(at: datetime | None, css: str, far: str, before: str) -> SafeString | str:
    if at is None:
        return ""
    length = at - clock.now()
    stamp, exact = localtime(at).isoformat(timespec="seconds"), spoken.exact(at)
    if length > FAR:
        shown = spoken.closed_up(far % {"when": spoken.limit(at)})
        return format_html('<time class="{}" datetime="{}" title="{}">{}</time>', css, stamp, exact, shown)
    after = _("%(span)s over")
    shown = (before if length > timedelta(0) else after) % {"span": spoken.span(length)}
    return format_html(
        '<time class="{}" datetime="{}" title="{}" data-left data-left-text="{}" data-over-text="{}">{}</time>',
        css,
        stamp,
        exact,
        before,
        after,
        shown,
    )
