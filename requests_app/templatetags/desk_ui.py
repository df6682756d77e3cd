"""Tags of the desk's templates: how late something is, in the few words a narrow column has room for."""

from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from civic.lib import clock, spoken
from requests_app.queries.desk_request import Picture
from volunteers.models import Volunteer

register = template.Library()

FAR = timedelta(hours=12)


@register.simple_tag
def called(picture: Picture, volunteer: Volunteer) -> str:
    """Names a volunteer as the reader of `picture` may know them."""
    return picture.called(volunteer)


@register.simple_tag
def due(at: datetime | None, css: str = "due") -> SafeString | str:
    """Shows "26 min over", "18 min", or day and time when that is far off; ticks in the browser while near."""
    if at is None:
        return ""
    length = at - clock.now()
    stamp, exact = localtime(at).isoformat(timespec="seconds"), spoken.exact(at)
    if length > FAR:
        shown = spoken.moment(at)
        return format_html('<time class="{}" datetime="{}" title="{}">{}</time>', css, stamp, exact, shown)
    before, after = pgettext("time left", "%(span)s"), _("%(span)s over")
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
