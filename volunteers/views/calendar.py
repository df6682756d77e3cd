"""The secret address of one's calendar: made, renewed, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from civic.cases.posted import do_once
from civic.lib.errors import DomainError
from volunteers import actions, feeds, queries
from volunteers.models import Volunteer
from volunteers.views.profile import PAGES, person


@never_cache
@require_http_methods(PAGES)
def calendar(request: HttpRequest) -> HttpResponse:
    """Shows whether there is an address; makes a new one, which is shown in this answer only, or revokes it."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    if request.method != "POST":
        return _page(request, volunteer)
    try:
        if request.POST.get("what") == "drop":
            do_once(request, lambda: actions.act(volunteer, "drop_feed", actor=person(request)).version)
            messages.success(request, _("Revoked. The old address shows nothing any more."))
            return redirect("v:calendar")
        return _page(request, volunteer, address=_make(request, volunteer))
    except DomainError as refused:
        messages.error(request, str(refused))
        return _page(request, volunteer, status=refused.status)


def _make(request: HttpRequest, volunteer: Volunteer) -> str:
    """Returns the whole new address; "" when the same form came again, for nobody keeps the key."""
    made: list[str] = []

    def make() -> str:
        made.append(actions.make_feed(volunteer, actor=person(request)))
        return ""

    do_once(request, make)
    return request.build_absolute_uri(reverse("v:feed", args=made)) if made else ""


def _page(
    request: HttpRequest, volunteer: Volunteer, *, address: str = "", status: int = 200
) -> HttpResponse:
    context = {"feed": feeds.of(volunteer), "address": address, "tab": "me"}
    return render(request, "volunteers/calendar.html", context, status=status)
