"""The calendar a volunteer's own program fetches: no session, the key in the address is all."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civic.lib.conditional import unless_same_bytes
from civic.lib.counts import count_up
from civic.shell import Shell
from requests_app import calendars, limiter
from requests_app.queries import volunteer_feed
from volunteers import feeds
from volunteers.models import CalendarFeed

CONTENT_TYPE = "text/calendar; charset=utf-8"


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Returns the tasks of whose key it is; 404 for a wrong key and a revoked one alike, 304 while nothing changed."""
    found = feeds.find(token)
    limit = limiter.CALENDAR if found else limiter.CALENDAR_FROM_ADDRESS
    mark = str(found.pk) if found else get_adapter().get_client_ip(request)
    if count_up(limiter.key(limit, mark), limit.seconds) > limit.most:
        return _private(HttpResponse(status=429, headers={"Retry-After": str(limit.seconds)}))
    if found is None:
        raise Http404
    feeds.note_reading(found)
    return _private(unless_same_bytes(request, _drawn(request, found), CONTENT_TYPE))


def _drawn(request: HttpRequest, found: CalendarFeed) -> bytes:
    user = found.volunteer.user
    with translation.override(user.language or translation.get_language()):
        return calendars.drawn(
            volunteer_feed.entries(found.volunteer),
            name=_("%(site)s: my tasks") % {"site": Shell(request).name},
            link=lambda pk: request.build_absolute_uri(reverse("v:task", args=[pk])),
        )


def _private(response: HttpResponse) -> HttpResponse:
    """Keeps the answer out of every shared cache and search engine, and the address out of every other site's log."""
    patch_cache_control(response, private=True, no_cache=True)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
