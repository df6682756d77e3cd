"""The home page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from civic.accounts.models import User
from civic.lib import spoken
from requests_app import drafts, figures, reference, tracking
from requests_app.views import draft_cookie


@never_cache
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Shows how to ask, one's own open requests, the kinds of help and the figures."""
    token = draft_cookie.token_of(request)
    known = figures.home()
    context = {
        "mine": tracking.open_ones(request.user) if isinstance(request.user, User) else [],
        "draft": drafts.find(token, request.user) if token else None,
        "categories": reference.top_level(),
        "figures": known,
        "sos_shown": True,
        "wait": spoken.minutes(known.wait_minutes) if known.wait_minutes else "",
    }
    return render(request, "requests_app/home.html", context)
