"""Serving: check in, complete, give up, break off, report a concern, never again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from civic.cases.posted import show_refusal
from civic.lib import clock, spoken
from civic.lib.errors import DomainError
from requests_app.forms.volunteer import AbortForm, CheckInForm, CompleteForm, ConcernForm, GiveUpForm
from requests_app.queries.volunteer_task import Task
from requests_app.views.volunteer import offline, photos
from requests_app.views.volunteer.door import perform, show_task, task_of, volunteers_only
from volunteers.models import Volunteer

Step = tuple[str, dict[str, Any]]
PAGES = ["GET", "HEAD", "POST"]


def _page(
    request: HttpRequest,
    task: Task,
    verb: str,
    form: forms.Form,
    thanks: str,
    facts: Callable[[], dict[str, Any]],
    also: Callable[[], list[Step]] = list,
    **more: Any,
) -> HttpResponse:
    """Shows the page of one verb, or performs it; a refusal comes back as words beside the form.

    A phone that sends what it has kept (offline.wants_words) is answered in words alone.
    """
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                perform(request, task.request.pk, (verb, facts()), *also())
            except DomainError as refused:
                show_refusal(form, refused)
                status = refused.status
            else:
                messages.success(request, thanks)
                if offline.wants_words(request):
                    return JsonResponse({"done": thanks})
                return redirect("v:task", task.request.pk)
        if offline.wants_words(request):
            return offline.refusal(form, status)
    context = {"task": task, "case": task.request, "part": task.part, "form": form, "dock": True, **more}
    return render(request, f"requests_app/volunteer/{verb}.html", context, status=status)


@require_http_methods(PAGES)
@volunteers_only
def check_in(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """签到: by place, by the resident's code, or with a reason."""
    task = task_of(request, volunteer, pk)
    if request.method != "POST" and task.stage != "accepted":
        return redirect("v:task", pk)
    form = CheckInForm(
        request.POST or None, initial={"code": request.GET.get("code", "")[:12]}
    )  # from the QR code
    waited = offline.waited_seconds(request)
    at = spoken.clock_time(clock.now() - timedelta(seconds=waited))
    thanks = _("Checked in at %(time)s. Thank you for coming.") % {"time": at}
    has_place = task.serves and task.whole.lat is not None

    def facts() -> dict[str, Any]:
        return {**form.facts(), "waited_seconds": waited}

    return _page(request, task, "check_in", form, thanks, facts, has_place=has_place)


@require_http_methods(PAGES)
@volunteers_only
def complete(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """签退: minutes, a note, photos."""
    task = task_of(request, volunteer, pk)
    early = task.stage == "accepted" and request.headers.get("X-Requested-With") == offline.KEEP
    if request.method != "POST" and task.stage != "in_service" and not early:
        return redirect("v:task", pk)
    most = task.elapsed_minutes
    form = CompleteForm(request.POST or None, most=most, initial={"minutes": most})
    kept, problems = photos.take(request) if request.method == "POST" else ([], [])
    if request.method == "POST" and (
        problems or "add_photos" in request.POST or "remove_photo" in request.POST
    ):
        form.is_valid()
        for problem in problems:
            form.add_error(None, problem)
        shown = CompleteForm(initial=request.POST.dict(), most=most) if not problems else form
        context = {"task": task, "case": task.request, "part": task.part, "form": shown, "dock": True}
        context |= {"photos": photos.shown(request, kept), "most": most}
        return render(
            request, "requests_app/volunteer/complete.html", context, status=400 if problems else 200
        )

    def facts() -> dict[str, Any]:
        waited = offline.waited_seconds(request)
        return {**form.cleaned_data, "photos": kept, "waited_seconds": waited}

    thanks = _("Thank you! Your time waits for the resident's answer.")
    return _page(
        request, task, "complete", form, thanks, facts, most=most, photos=photos.shown(request, kept)
    )


@require_http_methods(PAGES)
@volunteers_only
def give_up(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """Cannot come, or cannot go on; the slot is offered to somebody else."""
    task = task_of(request, volunteer, pk)
    if request.method != "POST" and task.stage not in {"accepted", "in_service"}:
        return redirect("v:task", pk)
    form = GiveUpForm(request.POST or None)
    thanks = _("Thank you for telling us in time. The desk looks for somebody else.")
    return _page(request, task, "give_up", form, thanks, lambda: dict(form.cleaned_data))


@require_http_methods(PAGES)
@volunteers_only
def abort(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """Breaks the service off; only for who serves alone."""
    task = task_of(request, volunteer, pk)
    if request.method != "POST" and (task.stage != "in_service" or task.others):
        return redirect("v:task", pk)
    form = AbortForm(request.POST or None, initial={"outcome": "again"})
    thanks = _("Broken off. Your minutes so far are kept, the desk has been told.")
    return _page(request, task, "abort", form, thanks, lambda: dict(form.cleaned_data))


@require_http_methods(PAGES)
@volunteers_only
def concern(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """A safety report to the desk; with it, if wished, never again to this resident."""
    task = task_of(request, volunteer, pk)
    if task.part is None:
        return redirect("v:task", pk)
    form = ConcernForm(request.POST or None)

    def facts() -> dict[str, Any]:
        return {"text": form.cleaned_data["text"]}

    def also() -> list[Step]:
        return [("block", {})] if form.cleaned_data["block"] else []

    thanks = _("Thank you. The desk has been told at once and will call you.")
    return _page(request, task, "report_concern", form, thanks, facts, also)


@require_POST
@volunteers_only
def block(request: HttpRequest, volunteer: Volunteer, pk: int) -> HttpResponse:
    """This resident and this volunteer are never matched again."""
    task = task_of(request, volunteer, pk)
    try:
        perform(request, pk, ("block", {}))
    except DomainError as refused:
        return show_task(request, task, refused=refused, status=refused.status)
    messages.success(request, _("You will not be sent to this resident again."))
    return redirect("v:task", pk)
