"""The page of auto-dispatch: its kill switches on top, its rules below."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from civic.lib.errors import NotFound
from civic.worktime.queries import editable
from requests_app.actions import auto_dispatch as actions
from requests_app.forms.desk.auto_dispatch import RuleForm
from requests_app.queries import auto_dispatch_shown
from requests_app.views.desk.door import for_roles

HOME = "desk:auto_dispatch"


@require_safe
@for_roles(actions.MAY_STOP)
def index(request: HttpRequest) -> HttpResponse:
    """Switches and rules within the reader's areas."""
    return _page(request)


@require_POST
@for_roles(actions.MAY_STOP)
def switch(request: HttpRequest) -> HttpResponse:
    """Throws the kill switch of an area, or takes it back."""
    user: Any = request.user
    wanted = request.POST.get("area", "")
    found = next((each for each in auto_dispatch_shown.switches(user) if str(each.area.pk) == wanted), None)
    if found is None:
        raise NotFound()
    if request.POST.get("to") == "allow":
        actions.allow(actor=user, area=found.area)
        messages.success(request, _("Auto-dispatch is allowed again: its rules hold for new requests."))
    else:
        actions.stop(actor=user, area=found.area)
        messages.success(request, _("Auto-dispatch is stopped. Whoever has been asked may still answer."))
    return redirect(HOME)


@require_POST
@for_roles(actions.MAY_EDIT)
def set_rule(request: HttpRequest) -> HttpResponse:
    """Adds a rule, or replaces the one for the same area and category."""
    user: Any = request.user
    form = RuleForm(request.POST, editable=editable(user))
    if not form.is_valid():
        return _page(request, form=form, status=400)
    actions.set_rule(actor=user, **form.facts())
    messages.success(request, _("The rule holds for requests placed from now on."))
    return redirect(HOME)


@require_POST
@for_roles(actions.MAY_EDIT)
def drop_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a rule away."""
    user: Any = request.user
    found = auto_dispatch_shown.rule(user, pk)
    if found is None:
        raise NotFound()
    actions.drop_rule(found, actor=user)
    messages.success(request, _("The rule is gone."))
    return redirect(HOME)


def _page(request: HttpRequest, *, form: RuleForm | None = None, status: int = 200) -> HttpResponse:
    user: Any = request.user
    mine = editable(user)
    context = {
        "section": "auto",
        "switches": auto_dispatch_shown.switches(user),
        "lines": auto_dispatch_shown.rules(user),
        "under_way": auto_dispatch_shown.under_way(user),
        "form": form or (RuleForm(editable=mine) if mine else None),
    }
    return render(request, "requests_app/desk/auto_dispatch.html", context, status=status)
