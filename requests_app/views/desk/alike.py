"""Requests that look alike: put side by side, joined, told apart, or proposed as a service project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from civic.accounts.enums import Role
from civic.cases.posted import do_once
from civic.imports.forms import refused_words
from civic.lib import spoken
from civic.lib.errors import DomainError, NotFound
from requests_app import actions
from requests_app.actions import alike
from requests_app.actions.many import each
from requests_app.forms.desk.alike import choice, number
from requests_app.models import ServiceRequest
from requests_app.queries import alike_groups, desk_many
from requests_app.views.desk.door import for_roles
from requests_app.views.desk.many import once_each, told

dispatchers_only = for_roles({Role.DISPATCHER})
SECTION = {"section": "alike"}


@require_safe
@dispatchers_only
def index(request: HttpRequest) -> HttpResponse:
    """The groups of open requests of an area that look alike."""
    user: Any = request.user
    area = alike_groups.place(user, request.GET.get("area", ""))
    context = {
        "area": area,
        "places": alike_groups.places(user),
        "picture": alike_groups.picture(user, area),
        **SECTION,
    }
    return render(request, "requests_app/desk/alike.html", context)


@require_POST
@dispatchers_only
def merge(request: HttpRequest) -> HttpResponse:
    """Joins those ticked to the one chosen, each by itself, and says of each what became of it."""
    chosen, actor = choice(request.POST), request.user
    found = desk_many.found(actor, [*chosen.ids, chosen.into])  # type: ignore[arg-type]

    def step(case: ServiceRequest, seen: int) -> int:
        return actions.act(case, "merge", actor=actor, expected_version=seen, into=chosen.into).version  # type: ignore[arg-type]

    results = each(chosen.to_be_joined, found, once_each(request, step))
    return told(request, _heading(found.get(chosen.into)), results, back=_back(request))


def _heading(into: ServiceRequest | None) -> str:
    """Says what was done, and that it has to wait where the request they were joined to is paused."""
    if into is None or into.paused_until is None:
        return _("Joined into one")
    words = _("Joined into one that is paused until %(until)s")
    return spoken.closed_up(words % {"until": spoken.moment(into.paused_until)})


@require_POST
@dispatchers_only
def apart(request: HttpRequest) -> HttpResponse:
    """Remembers that those ticked are not the same."""
    return _decided(
        request,
        lambda: alike.tell_apart(choice(request.POST).ids, actor=request.user).pk,  # type: ignore[arg-type]
        _("Not the same: they will not be put side by side again. Below you can take that back."),
    )


@require_POST
@dispatchers_only
def ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back that requests were told apart."""
    told_apart = alike_groups.told_apart(request.user).filter(pk=pk).first()  # type: ignore[arg-type]
    if told_apart is None:
        raise NotFound()
    alike.ask_again(told_apart)
    messages.success(request, _("Taken back. Where they still look alike they are shown together again."))
    return redirect(_back(request))


@require_POST
@dispatchers_only
def propose(request: HttpRequest) -> HttpResponse:
    """Proposes a service project for those ticked, or adds them to one there is."""
    actor: Any = request.user

    def act() -> int:
        ids = choice(request.POST).ids
        if "project" in request.POST:
            known = alike_groups.project(actor, number(request.POST["project"])).project
            alike.add_to_project(known, ids, actor=actor)
            return known.pk
        return alike.propose_project(ids, actor=actor, title=request.POST.get("title", "")).pk

    try:
        pk = do_once(request, act)
    except DomainError as refused:
        return _refused(request, refused)
    messages.success(request, _("Proposed as a service project. Its requests go on as they were."))
    return redirect("desk:project", pk)


def _decided(request: HttpRequest, act: Callable[[], object], words: str) -> HttpResponse:
    try:
        do_once(request, act)
    except DomainError as refused:
        return _refused(request, refused)
    messages.success(request, words)
    return redirect(_back(request))


def _refused(request: HttpRequest, refused: DomainError) -> HttpResponse:
    """Goes back and says why; whatever is not theirs to see stays not found."""
    if isinstance(refused, NotFound):
        raise refused
    messages.error(request, " ".join(refused_words(refused)))
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Returns the address of the page the form stood on."""
    area = number(request.POST.get("area", ""))
    return reverse("desk:alike") + (f"?area={area}" if area else "")


@require_safe
@dispatchers_only
def projects(request: HttpRequest) -> HttpResponse:
    """The service projects proposed in one's areas, the newest first."""
    found = alike_groups.projects(request.user)[: alike_groups.PROJECTS_SHOWN]  # type: ignore[arg-type]
    return render(request, "requests_app/desk/projects.html", {"projects": found, **SECTION})


@require_safe
@dispatchers_only
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal with its requests, to be read and printed."""
    page = alike_groups.project(request.user, pk)  # type: ignore[arg-type]
    return render(request, "requests_app/desk/project.html", {"page": page, **SECTION})


@require_POST
@dispatchers_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Drops a proposal."""
    alike.withdraw_project(alike_groups.project(request.user, pk).project)  # type: ignore[arg-type]
    messages.success(request, _("The proposal is withdrawn. Its requests stay as they were."))
    return redirect("desk:projects")
