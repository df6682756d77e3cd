"""The teams of a district at the desk: the list, founding one, its people, and ending it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.access import holds_anywhere
from civic.areas import queries as areas
from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError, NotAllowed, NotFound
from requests_app.forms.desk.teams import DONE, VERB_FORMS, FoundForm, TeamForm
from requests_app.views.desk.door import VOLUNTEERS, for_roles
from volunteers import access, team_actions, team_queries
from volunteers.enums import TeamState
from volunteers.models import Team


@require_safe
@for_roles(VOLUNTEERS)
def index(request: HttpRequest) -> HttpResponse:
    """The teams in the order of the tree; those that have ended by themselves."""
    ended = "ended" in request.GET
    state = TeamState.DISSOLVED if ended else TeamState.ACTIVE
    user: Any = request.user
    found = access.teams_visible_to(user).filter(state=state).order_by("path")
    context = {
        "cards": team_queries.cards(found, user),
        "ended": ended,
        "may_found": holds_anywhere(user, access.DECIDING),
        "section": "volunteers",
    }
    return render(request, "requests_app/desk/teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(access.DECIDING)
def new(request: HttpRequest) -> HttpResponse:
    """Founds a team."""
    user: Any = request.user
    above = list(access.teams_visible_to(user).filter(state=TeamState.ACTIVE).order_by("path"))
    form = FoundForm(request.POST if request.method == "POST" else None, above=above)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.facts()
            given["area"] = areas.tree().by_id[given["area"]]
            given["parent"] = form.above.get(given["parent"])
            try:
                pk = do_once(request, lambda: team_actions.found(actor=user, **given).pk)
            except DomainError as refused:
                show_refusal(form, refused)
                status = refused.status
            else:
                messages.success(
                    request, _("Founded. Members apply from their phones; appoint a leader then.")
                )
                return redirect("desk:team", pk)
    return render(
        request, "requests_app/desk/team_new.html", {"form": form, "section": "volunteers"}, status=status
    )


@require_safe
@for_roles(VOLUNTEERS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One team, its people, and what can be done."""
    return _page(request, _team(request, pk))


@require_POST
@for_roles(VOLUNTEERS)
def verb(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Performs a step of staff; a refusal stands on the page."""
    team = _team(request, pk)
    if name not in VERB_FORMS:
        raise NotFound()
    user: Any = request.user
    if not access.looks_after(user, team):
        raise NotAllowed()
    form = VERB_FORMS[name](request.POST)
    if not form.is_valid():
        return _page(request, team, failed=form, status=400)
    try:
        do_once(request, lambda: team_actions.act(team, name, actor=user, **form.facts()).version)
    except DomainError as refused:
        show_refusal(form, refused)
        return _page(request, _team(request, pk), failed=form, status=refused.status)
    messages.success(request, str(DONE[name]))
    return redirect("desk:team", pk)


def _team(request: HttpRequest, pk: int) -> Team:
    user: Any = request.user
    found = access.teams_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def _page(request: HttpRequest, team: Team, *, failed: Any = None, status: int = 200) -> HttpResponse:
    user: Any = request.user
    shown = access.may_see_people(user, team)
    waiting, members = team_queries.belonging(team) if shown else ([], [])
    kept = {"name": team.name, "service_classes": team.service_classes, "about": team.about}
    context = {
        "card": team_queries.one(team, user),
        "team": team,
        "above": team_queries.above(team),
        "below": team_queries.below(team),
        "may_see": shown,
        "decides": access.looks_after(user, team) and team.is_active,
        "waiting": waiting,
        "members": members,
        "form": failed if isinstance(failed, TeamForm) else TeamForm(initial=kept),
        "failed": failed,
        "section": "volunteers",
    }
    return render(request, "requests_app/desk/team.html", context, status=status)
