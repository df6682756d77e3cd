"""When somebody can be asked: a usual week, days off, hours of single days."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError
from volunteers import actions, own_times, queries
from volunteers.forms_of_profile import DaysOffForm, DropForm, DropHoursForm, ExtraForm, HoursForm
from volunteers.models import Volunteer
from volunteers.views.profile import PAGES, person

FORMS: dict[str, Any] = {
    "add_hours": HoursForm,
    "add_days_off": DaysOffForm,
    "add_extra": ExtraForm,
    "drop_hours": DropHoursForm,
    "drop_days_off": DropForm,
    "drop_extra": DropForm,
}


@never_cache
@require_http_methods(PAGES)
def times(request: HttpRequest) -> HttpResponse:
    """Shows the hours and days that were given; adds one stretch or removes one."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    if request.method != "POST":
        return _page(request, volunteer)
    verb = request.POST.get("verb", "")
    form = FORMS.get(verb, DropForm)(request.POST)
    if verb not in FORMS or not form.is_valid():
        return _page(request, volunteer, verb, form, status=400)
    try:
        do_once(
            request,
            lambda: actions.change_times(volunteer, verb, actor=person(request), **form.cleaned_data).version,
        )
    except DomainError as refused:
        show_refusal(form, refused)
        return _page(request, volunteer, verb, form, status=refused.status)
    messages.success(request, _("Kept."))
    return redirect("v:times")


def _page(
    request: HttpRequest, volunteer: Volunteer, verb: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    adding = {name: FORMS[name](auto_id=f"{name}_%s") for name in FORMS if name.startswith("add_")}
    if verb in adding:
        form.auto_id = f"{verb}_%s"
        adding[verb] = form
    context = {
        "volunteer": volunteer,
        "mine": own_times.of(volunteer),
        "forms": adding,
        "failed": form,
        "tab": "me",
    }
    return render(request, "volunteers/times.html", context, status=status)
