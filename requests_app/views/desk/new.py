"""On-behalf entry: one page, keyboard only, for whoever has a resident on the telephone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError
from requests_app import actions
from requests_app.forms.desk.new import OnBehalfForm
from requests_app.queries import desk_people
from requests_app.views.desk.door import PLACING, for_roles

FILLED = {"beneficiary_name": "name", "area": "area", "address": "address", "door_note": "door_note"}


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(PLACING)
def new(request: HttpRequest) -> HttpResponse:
    """Asks everything on one page and places the request."""
    user: Any = request.user
    if request.method != "POST":
        return _page(request, OnBehalfForm(user=user, initial={"reason": "telephone"}))
    if "look_up" in request.POST:
        return _looked_up(request)
    form = OnBehalfForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, form, status=400)

    def place() -> str:
        return str(actions.place_request(actor=user, wish=form.placement()).pk)

    try:
        pk = do_once(request, place)
    except DomainError as refused:
        show_refusal(form, refused)
        return _page(request, form, status=refused.status)
    messages.success(request, _("Placed. The resident has been told."))
    return redirect("desk:request", int(pk))


@require_POST
@for_roles(PLACING)
def resident(request: HttpRequest) -> HttpResponse:
    """Who has this phone, as a fragment beside the field."""
    user: Any = request.user
    known = desk_people.known_resident(user, request.POST.get("beneficiary_phone", ""))
    return render(request, "requests_app/desk/_known.html", {"known": known})


def _looked_up(request: HttpRequest) -> HttpResponse:
    """The same page with what is known of the resident filled into the fields still empty (without script)."""
    user: Any = request.user
    known = desk_people.known_resident(user, request.POST.get("beneficiary_phone", ""))
    typed = {name: values for name, values in request.POST.items() if values}
    if known is not None:
        typed = {field: getattr(known, name) for field, name in FILLED.items()} | typed
    return _page(request, OnBehalfForm(user=user, initial=typed), known=known)


def _page(request: HttpRequest, form: OnBehalfForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "section": "new", **more}
    return render(request, "requests_app/desk/new.html", context, status=status)
