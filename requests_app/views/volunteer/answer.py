"""Answering: look at a task, accept it, say "not this time", confirm changed terms."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from civic.cases.posted import show_refusal
from civic.lib.errors import AlreadyTaken, DomainError, NotFound, Overlap, ValidationFailed, VersionConflict
from requests_app.forms.volunteer import DeclineForm, ProposeForm, TermsForm
from requests_app.models import Assignment
from requests_app.queries import volunteer_task
from requests_app.queries.volunteer_task import Task
from requests_app.views.volunteer.door import perform, person, show_task, task_of, volunteers_only
from volunteers.models import Volunteer

OUT_OF_DATE = gettext_lazy("This form is out of date. Please load the page again.")


@volunteers_only
def task(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """Shows one request: the summary before acceptance, what is needed to serve after it."""
    found = volunteer_task.find(person(request), volunteer, pk)
    if found is None:
        return _gone(request, volunteer, pk)
    return show_task(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@volunteers_only
def accept(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """接单: takes the offer, or claims it from the pool; where the start is open it asks for one first."""
    found = volunteer_task.find(person(request), volunteer, pk)
    if found is None:
        return _gone(request, volunteer, pk)
    if request.method != "POST":
        asked = found.is_start_open and found.stage in {"offer", "pool"}
        return _ask_for_time(request, found) if asked else redirect("v:task", pk)
    form = (
        ProposeForm(request.POST, request=found.request) if "day" in request.POST else TermsForm(request.POST)
    )
    if not form.is_valid():
        if isinstance(form, ProposeForm):
            return _ask_for_time(request, found, form, status=400)
        return show_task(request, found, refused=ValidationFailed(OUT_OF_DATE), status=400)
    try:
        perform(request, pk, ("accept", form.facts()))
    except DomainError as refused:
        return _refused(request, volunteer, pk, form, refused)
    messages.success(request, _("It is yours. Thank you! You can see phone and address now."))
    return redirect("v:task", pk)


def _refused(
    request: HttpRequest, volunteer: Volunteer, pk: int, form: TermsForm, refused: DomainError
) -> HttpResponse:
    """Explains in place: the time form with its errors, else the task as it stands now with the reason on top."""
    found = volunteer_task.find(person(request), volunteer, pk)
    if found is None:
        return _gone(request, volunteer, pk)
    if found.stage in {"accepted", "in_service"}:  # accepted in another tab, or pressed twice
        messages.info(request, _("You have accepted this already."))
        return redirect("v:task", pk)
    changed = isinstance(refused, VersionConflict)
    if found.is_start_open and not changed and found.stage in {"offer", "pool"}:
        if not isinstance(form, ProposeForm):  # the page was drawn while a time stood: ask for one now
            return _ask_for_time(request, found, status=refused.status)
        clashes = _in_the_way(volunteer, form) if isinstance(refused, Overlap) else []
        show_refusal(form, refused)
        return _ask_for_time(request, found, form, status=refused.status, clashes=clashes)
    clashes = []
    if isinstance(refused, Overlap):
        clashes = volunteer_task.clashes(
            volunteer, found.request.agreed_start, found.request.expected_minutes
        )
    return show_task(request, found, refused=refused, clashes=clashes, status=refused.status)


def _in_the_way(volunteer: Volunteer, form: ProposeForm) -> list[Assignment]:
    """Returns the volunteer's own tasks that overlap the time they propose."""
    proposed = form.facts()
    return volunteer_task.clashes(volunteer, proposed["agreed_start"], proposed["expected_minutes"])


def _ask_for_time(
    request: HttpRequest,
    found: Task,
    form: TermsForm | None = None,
    *,
    status: int = 200,
    clashes: Sequence[Assignment] = (),
) -> HttpResponse:
    terms = {"offer": found.offer.pk if found.stage == "offer" and found.offer else None}
    if form is None or not isinstance(form, ProposeForm):
        taken = volunteer_task.promised(found.volunteer)
        initial = {**terms, "terms": found.request.terms}
        form = ProposeForm(request=found.request, taken=taken, initial=initial)
    context = {"task": found, "case": found.request, "card": found.card, "form": form, "dock": True}
    context["clashes"] = clashes
    return render(request, "requests_app/volunteer/accept.html", context, status=status)


@require_POST
@volunteers_only
def decline(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """婉拒: one tap, with or without a reason; never held against anybody."""
    found = task_of(request, volunteer, pk)
    form = DeclineForm(request.POST)
    reason = form.cleaned_data["reason_code"] if form.is_valid() else ""
    try:
        perform(request, pk, ("decline_offer", {"reason_code": reason}))
    except DomainError as refused:
        return show_task(request, task_of(request, volunteer, pk), refused=refused, status=refused.status)
    messages.success(
        request, _("All right, not this time: “%(what)s”. We ask you again.") % {"what": found.card.title}
    )
    return redirect("v:home")


@require_POST
@volunteers_only
def confirm(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """Agrees to a changed time or place."""
    try:
        perform(request, pk, ("confirm", {}))
    except DomainError as refused:
        found = task_of(request, volunteer, pk)
        clashes = []
        if isinstance(refused, Overlap):
            clashes = volunteer_task.clashes(
                volunteer, found.request.agreed_start, found.request.expected_minutes
            )
            clashes = [each for each in clashes if each.request_id != pk]
        return show_task(request, found, refused=refused, clashes=clashes, status=refused.status)
    messages.success(request, _("Confirmed. The new time is in your tasks."))
    return redirect("v:task", pk)


def _gone(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """What was in the pool a moment ago is explained; what never was in reach does not exist."""
    if not volunteer_task.was_in_reach(volunteer, pk):
        raise NotFound()
    refused = AlreadyTaken(_("Somebody else was first, or it is no longer needed. Thank you all the same."))
    context = {"refused": refused, "tab": "offers"}
    return render(request, "requests_app/volunteer/gone.html", context, status=refused.status)
