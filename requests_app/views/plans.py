"""Batch plans on the desk: choose a backlog, compute, look, pin and forbid, compute again, apply, discard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.enums import Role
from civic.cases.posted import do_once, show_refusal
from civic.imports.forms import refused_words
from civic.lib.conditional import unless_same
from civic.lib.errors import DomainError
from requests_app.forms.plans import PlanForm, chosen_lines, held_pair, seen_plan
from requests_app.models import Plan
from requests_app.plans import actions, jobs
from requests_app.queries import plans as queries
from requests_app.queries import plans_told
from requests_app.views.desk.door import for_roles

dispatchers_only = for_roles({Role.DISPATCHER})
SECTION = {"section": "plan"}


@require_http_methods(["GET", "HEAD", "POST"])
@dispatchers_only
def index(request: HttpRequest) -> HttpResponse:
    """Asks which backlog to plan for, above the plans of one's areas, the newest first; posted, starts one."""
    form = PlanForm(request.POST or None, user=request.user)  # type: ignore[arg-type]
    if request.method != "POST" or not form.is_valid():
        return _index(request, form, status=400 if form.is_bound else 200)
    given: dict[str, Any] = {"actor": request.user, **form.cleaned_data}
    try:
        pk = do_once(request, lambda: actions.start(**given).pk)
    except DomainError as refused:
        show_refusal(form, refused)
        return _index(request, form, status=refused.status)
    return redirect("desk_plans:show", pk)


def _index(request: HttpRequest, form: PlanForm, status: int) -> HttpResponse:
    found = queries.page(request.user, request.GET.get("cursor", ""))  # type: ignore[arg-type]
    context = {"form": form, "page": found, **SECTION}
    return render(request, "requests_app/plans/index.html", context, status=status)


@require_safe
@dispatchers_only
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: being worked on, to be looked at, applied or failed."""
    plan, counts = _plan(request, pk)
    context: dict[str, Any] = {
        "plan": plan,
        "counts": counts,
        "kinds": queries.categories_of(plan),
        **SECTION,
    }
    if plan.is_busy:
        return render(request, "requests_app/plans/busy.html", context)
    tab, cursor = request.GET.get("tab", ""), request.GET.get("cursor", "")
    user: Any = request.user
    context |= {
        "lines": queries.LinePage(plan, user, counts, tab, cursor),
        "pressed": plans_told.pressed(plan, user),
    }
    return render(request, "requests_app/plans/show.html", context)


def _plan(request: HttpRequest, pk: int) -> tuple[Plan, queries.Progress]:
    plan = queries.get(request.user, pk)  # type: ignore[arg-type]
    return plan, queries.progress(plan, request.user)  # type: ignore[arg-type]


@require_safe
@dispatchers_only
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the job is, as the page polls it; says so when there is something new to look at."""
    plan, counts = _plan(request, pk)
    context = {"plan": plan, "counts": counts}
    return unless_same(
        request,
        (plan.state, counts.done, counts.whole),
        lambda: render(request, "requests_app/plans/_progress.html", context),
    )


@require_POST
@dispatchers_only
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Pins or forbids one pair, or takes that back."""

    def act(plan: Plan, actor: Any) -> None:
        what, request_id, volunteer_id = held_pair(request.POST)
        actions.hold(plan, actor=actor, what=what, request_id=request_id, volunteer_id=volunteer_id)

    return _step(request, pk, act)


@require_POST
@dispatchers_only
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Computes anew what is not applied yet, with pins and bans held."""
    return _step(request, pk, lambda plan, actor: actions.again(plan, actor=actor))


@require_POST
@dispatchers_only
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the people of the lines ticked, or of all: some at once, many in the background."""

    def act(plan: Plan, actor: Any) -> None:
        lines, seen = chosen_lines(request.POST), seen_plan(request.POST)
        do_once(request, lambda: actions.apply(plan, actor=actor, lines=lines, seen=seen).pk)
        jobs.apply(plan.pk, most=actions.AT_ONCE)  # outside of that transaction: one for each line

    return _step(request, pk, act, then="told")


def _step(
    request: HttpRequest, pk: int, act: Callable[[Plan, Any], object], then: str = "lines"
) -> HttpResponse:
    """Does something to a plan and goes back to where its page was, to the part called `then`; a refusal is said on
    top of it."""
    plan = queries.get(request.user, pk)  # type: ignore[arg-type]
    try:
        act(plan, request.user)
    except DomainError as refused:
        messages.error(request, " ".join(refused_words(refused)))
        then = "said"
    kept = {name: request.POST[name] for name in ("tab", "cursor") if request.POST.get(name)}
    return redirect(reverse("desk_plans:show", args=[pk]) + (f"?{urlencode(kept)}#{then}" if kept else ""))


@require_POST
@dispatchers_only
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a plan away."""
    plan = queries.get(request.user, pk)  # type: ignore[arg-type]
    try:
        actions.discard(plan, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refused:
        messages.error(request, " ".join(refused_words(refused)))
        return redirect("desk_plans:show", pk)
    messages.success(request, _("The plan was put away; nobody was asked because of that."))
    return redirect("desk_plans:index")
