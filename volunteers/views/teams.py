"""Teams on the phone: those near somebody, their own, one up close, and for its leaders who would like to join."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError, NotFound
from volunteers import access, queries, team_actions, team_queries
from volunteers.forms_of_teams import TEAM_FORMS, ApplyForm
from volunteers.models import Team, Volunteer
from volunteers.views.profile import person

SAID = {
    "apply": gettext_lazy("Sent. The leader answers you."),
    "withdraw": gettext_lazy("Taken back."),
    "leave": gettext_lazy("You have left the team."),
    "step_down": gettext_lazy("You lead no longer. Thank you for having done it."),
    "admit": gettext_lazy("Welcome to the new member: they are told."),
    "refuse": gettext_lazy("Answered: they are told why."),
    "remove": gettext_lazy("Removed: they are told why."),
}


@never_cache
def teams(request: HttpRequest) -> HttpResponse:
    """Shows one's own teams and those of the district, the nearest first."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    own, others = team_queries.for_volunteer(volunteer)
    context = {"own": own, "others": others, "volunteer": volunteer, "tab": "me"}
    return render(request, "volunteers/teams.html", context)


@never_cache
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one team, what one may do there, and to its leaders its people."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    return _page(request, volunteer, _team(request, pk))


@never_cache
@require_POST
def verb(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Applies, leaves, answers an application, removes a member; a refusal stands on the page."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    if name not in TEAM_FORMS:
        raise NotFound()
    found, form = _team(request, pk), TEAM_FORMS[name](request.POST)
    if not form.is_valid():
        return _page(request, volunteer, found, failed=form, status=400)
    try:
        do_once(request, lambda: team_actions.act(found, name, actor=person(request), **form.facts()).version)
    except DomainError as refused:
        show_refusal(form, refused)
        return _page(request, volunteer, _team(request, pk), failed=form, status=refused.status)
    messages.success(request, str(SAID[name]))
    return redirect("v:team", pk) if name not in {"leave", "withdraw"} else redirect("v:teams")


def _team(request: HttpRequest, pk: int) -> Team:
    found = access.teams_visible_to(person(request)).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such team."))
    return found


def _page(
    request: HttpRequest, volunteer: Volunteer, found: Team, *, failed: Any = None, status: int = 200
) -> HttpResponse:
    leads = access.leads(person(request), found)
    waiting, members = team_queries.belonging(found) if leads else ([], [])
    context = {
        "card": team_queries.one(found, person(request), volunteer),
        "team": found,
        "above": team_queries.above(found),
        "volunteer": volunteer,
        "leads": leads,
        "waiting": waiting,
        "members": members,
        "ended": team_queries.why_ended(found, volunteer),
        "may_apply": volunteer.is_approved and found.is_active,
        "apply_form": failed if isinstance(failed, ApplyForm) else ApplyForm(),
        "failed": failed,
        "tab": "me",
    }
    return render(request, "volunteers/team.html", context, status=status)
