"""The operations page: how the installation is doing, for those who answer for it.

Who may see it: administrators and auditors of any area. What is measured is about the whole installation and names
nobody; a single case, import or message is shown only to whoever holds one of these roles where it lies, and
trying a timer again is for administrators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from civic.accounts.access import holds, holds_anywhere
from civic.accounts.enums import Role
from civic.cases import timers
from civic.lib import clock, health
from civic.lib.errors import NotAllowed, NotFound
from civic.lib.health import Finding, Trouble, Verdict
from civic.shell import IMPORT, OPERATIONS, REGISTERS, VOLUNTEERS

RETRYING = frozenset({Role.ADMIN})
TONES = {Verdict.GREEN: "ok", Verdict.ATTENTION: "warn", Verdict.FAILED: "red"}
# The desk's page of a record, and who may open it.
PAGES = {
    "requests_app.servicerequest": ("desk:request", frozenset({Role.DISPATCHER, Role.AUDITOR})),
    "requests_app.importbatch": ("desk_imports:show", IMPORT),
    "volunteers.volunteer": ("desk:volunteer", VOLUNTEERS),
    "volunteers.registerimport": ("desk_registers:show", REGISTERS),
}


@dataclass(frozen=True)
class Line:
    """One trouble as the reader may see it."""

    words: str
    url: str
    retry: str  # where the button leads, "" without one


@dataclass(frozen=True)
class Row:
    """One check as the page shows it."""

    finding: Finding
    tone: str
    lines: list[Line]
    elsewhere: int  # troubles in areas that are not the reader's


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Every check, the worst first, each with what to do."""
    _enter(request)
    found = sorted(health.examine(), key=lambda each: -each.verdict)
    context = {
        "rows": [_row(request.user, each) for each in found],
        "counts": [(TONES[each], sum(one.verdict == each for one in found)) for each in reversed(Verdict)],
        "worst": TONES[health.worst(found)],
        "at": clock.now(),
        "section": "operations",
    }
    return render(request, "operations/index.html", context)


@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets the next sweep try a stuck timer at once; the same verb and guards as ever, so it is always safe."""
    _enter(request)
    timer = timers.stuck().filter(pk=pk).first()
    case: Any = timers.case_of(timer) if timer else None
    if timer is None or case is None or not holds(request.user, OPERATIONS, case):
        raise NotFound()
    if not holds(request.user, RETRYING, case):
        raise NotAllowed(_("Timers are tried again by an administrator of the area."))
    timers.try_again(timer)
    messages.success(
        request, _("It is tried again within ten seconds. Load the page again to see what came of it.")
    )
    return redirect("operations:index")


def _enter(request: HttpRequest) -> None:
    if not holds_anywhere(request.user, OPERATIONS):
        raise NotAllowed(_("This page is for administrators and auditors."))


def _row(user: Any, finding: Finding) -> Row:
    lines = [_line(user, each) for each in finding.measured.troubles if _is_for(user, each)]
    return Row(finding, TONES[finding.verdict], lines, len(finding.measured.troubles) - len(lines))


def _is_for(user: Any, trouble: Trouble) -> bool:
    """Whether `user` may read a trouble: about nobody, about a record in their areas, or as city staff."""
    if not trouble.record:
        return True
    if trouble.scope is not None:
        return holds(user, OPERATIONS, trouble.scope)
    app, _dot, model = trouble.record.partition(".")
    return user.has_perm(f"{app}.view_{model}")


def _line(user: Any, trouble: Trouble) -> Line:
    may_retry = trouble.timer and trouble.scope is not None and holds(user, RETRYING, trouble.scope)
    retry = reverse("operations:try_again", args=[trouble.timer]) if may_retry else ""
    return Line(trouble.words, _address(user, trouble), retry)


def _address(user: Any, trouble: Trouble) -> str:
    """Returns where the reader can open the record: a page of the desk, else the admin; "" where nowhere."""
    if trouble.record in PAGES and trouble.scope is not None:
        route, roles = PAGES[trouble.record]
        if holds(user, roles, trouble.scope):
            return reverse(route, args=[trouble.pk])
    app, _dot, model = trouble.record.partition(".")
    if not model or not user.has_perm(f"{app}.view_{model}"):
        return ""
    try:
        return reverse(f"admin:{app}_{model}_change", args=[trouble.pk])
    except NoReverseMatch:
        return ""
