"""The question to somebody whom staff had registered: whether they agree to being a volunteer."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from civic.cases.posted import do_once
from civic.lib.errors import DomainError
from volunteers import actions, queries
from volunteers.views.profile import PAGES, person


@never_cache
@require_http_methods(PAGES)
def agree(request: HttpRequest) -> HttpResponse:
    """Shows what staff entered and asks for consent; agreed, all other pages open."""
    user = person(request)
    volunteer = queries.own_profile(user)
    if volunteer is None or not user.consent_due:
        return redirect("v:home")
    if request.method == "POST":
        try:
            do_once(request, lambda: actions.act(volunteer, "agree", actor=user).version)
        except DomainError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Thank you! You are a volunteer with us."))
            return redirect("v:home")
    context = {
        "volunteer": volunteer,
        "place": areas.path_label(volunteer.area_id, below=AreaLevel.DISTRICT),
        "skills": queries.skill_names(volunteer.skills),
    }
    return render(request, "volunteers/agree.html", context)


@require_POST
def decline(request: HttpRequest) -> HttpResponse:
    """Ends a registration that the person never asked for; what staff had entered is forgotten."""
    user = person(request)
    volunteer = queries.own_profile(user)
    if volunteer is None or not user.consent_due:
        return redirect("v:home")
    try:
        do_once(request, lambda: actions.act(volunteer, "decline", actor=user).version)
    except DomainError as refused:
        messages.error(request, str(refused))
        return redirect("v:agree")
    logout(request)
    messages.success(request, _("Your registration is gone, and nobody will ask you."))
    return redirect("account_login")
