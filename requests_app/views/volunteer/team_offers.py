"""A team's leader answers: names people, or says that the team cannot this time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from civic.cases.posted import show_refusal
from civic.lib import spoken
from civic.lib.errors import DomainError, NotFound
from civic.lib.numbers import whole
from requests_app.forms.team_offers import TEAM_REASONS, DeclineForTeamForm, NamingForm, NamingWithTimeForm
from requests_app.queries import team_offers
from requests_app.queries.team_offers import TeamTask
from requests_app.views.volunteer.door import perform, volunteers_only
from volunteers.models import Volunteer

Form = NamingForm | NamingWithTimeForm


@require_http_methods(["GET", "HEAD", "POST"])
@volunteers_only
def answer(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """Shows what is asked of the team and who could come; names the chosen ones."""
    task = _task(volunteer, pk, request.POST.get("team_offer", request.GET.get("offer", "")))
    if request.method != "POST":
        return _page(request, task, _form(task))
    form = _form(task, request.POST)
    if not form.is_valid():
        return _page(request, task, form, status=400)
    free = task.free
    try:
        perform(request, pk, ("accept_for_team", form.facts()))
    except DomainError as refused:
        task = _task(volunteer, pk, str(task.offer.pk))
        if task.is_open:
            again = _form(task, request.POST)
            again.is_valid()
            show_refusal(again, refused)
            return _page(request, task, again, status=refused.status)
        return _page(request, task, _form(task), status=refused.status, refused=refused)
    messages.success(request, _thanks(task, form.cleaned_data["members"], free))
    return redirect("v:home")


def _thanks(task: TeamTask, members: list[int], free: int) -> str:
    """Returns who is told of it now, and who looks for those still missing of the `free` places."""
    told = len([pk for pk in members if pk != task.volunteer.pk])
    thanks = _("You go yourself. Thank you!")
    if told:
        words = ngettext("%(n)s person is told. Thank you!", "%(n)s people are told. Thank you!", told)
        thanks = words % {"n": told}
    missing = free - len(members)
    rest = ngettext("The desk looks for %(n)s more.", "The desk looks for %(n)s more.", missing) % {
        "n": missing
    }
    return spoken.sentences(thanks, rest) if missing > 0 else thanks


@require_POST
@volunteers_only
def decline(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """婉拒 for the team: one tap, with or without a reason."""
    form = DeclineForTeamForm(request.POST)
    facts = form.cleaned_data if form.is_valid() else {}
    task = _task(volunteer, pk, str(facts.get("team_offer") or ""))
    try:
        perform(request, pk, ("decline_for_team", facts))
    except DomainError as refused:
        task = _task(volunteer, pk, str(task.offer.pk))
        return _page(request, task, _form(task), status=refused.status, refused=refused)
    messages.success(request, _("All right, not this time. The desk asks somebody else."))
    return redirect("v:home")


def _task(volunteer: Volunteer, pk: int, offer: str) -> TeamTask:
    """Returns the request as it was put to a team of the volunteer's. Raises NotFound."""
    wanted = whole(offer)
    found = team_offers.find(volunteer, pk, wanted)
    if found is None:
        raise NotFound()
    return found


def _form(task: TeamTask, data: Any = None) -> Form:
    initial = {"team_offer": task.offer.pk, "terms": task.request.terms}
    if task.request.agreed_start is None:
        return NamingWithTimeForm(data, task=task, initial=initial)
    return NamingForm(data, task=task, initial=initial)


def _page(
    request: HttpRequest, task: TeamTask, form: Form, *, status: int = 200, **more: Any
) -> HttpResponse:
    chosen = set(form["members"].value() or []) if form.is_bound else set()
    context = {
        "task": task,
        "case": task.request,
        "card": task.card,
        "form": form,
        "chosen": {str(each) for each in chosen},
        "decline_reasons": TEAM_REASONS,
        "tab": "offers",
        **more,
    }
    return render(request, "requests_app/volunteer/team_offer.html", context, status=status)
