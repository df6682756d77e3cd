"""The resident asks for another look at what was not taken on; somebody else decides."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.cases.change import Change
from civic.cases.models import CaseEvent
from civic.lib.errors import IllegalTransition
from requests_app import access, messages
from requests_app.effects import rounds
from requests_app.enums import RequestState
from requests_app.models import ServiceRequest

APPEAL_WITHIN = timedelta(days=7)


def appeal_until(request: ServiceRequest) -> datetime | None:
    """Returns until when a request that was not taken on can be appealed against, None once it was."""
    if request.closed_at is None or _events(request).filter(verb="appeal").exists():
        return None
    return request.closed_at + APPEAL_WITHIN


def set_aside(request: ServiceRequest) -> User | None:
    """Returns whoever did not take the request on and may not decide about it again alone; None once a colleague of
    theirs has acted on it since the appeal, and without an appeal."""
    appealed = _events(request).filter(verb="appeal").order_by("-seq").first()
    if appealed is None:
        return None
    rejecter = _who_rejected(request)
    if rejecter is None:
        return None
    since = _events(request).filter(seq__gt=appealed.seq, actor_role="dispatcher")
    return None if since.exclude(actor=rejecter).exists() else rejecter


def in_time_and_once(change: Change) -> None:
    """Guard: once, within seven days."""
    until = appeal_until(change.case)
    if until is None:
        raise IllegalTransition(_("You have asked for another look once already. Please call the desk."))
    if change.at > until:
        raise IllegalTransition(
            _("It is more than seven days ago. Please place a new request or call the desk.")
        )


def bar_to_deciding(request: ServiceRequest, actor: Any) -> str:
    """Bar: whoever did not take it on does not decide alone about it again."""
    if actor.pk is not None and set_aside(request) == actor:
        return _("You did not take this on, and the resident asked for another look. A colleague decides.")
    return ""


def appeal(change: Change) -> None:
    """Waits for dispatch again, the clocks start anew; everybody who may decide but the one who refused is told."""
    request = change.case
    change.text("reason", str(change.fact("reason")))
    rejecter = _who_rejected(request)
    rounds.set_deadlines(request, change.at)
    for user in access.approvers_of(request):
        if user != rejecter:
            messages.to_one(change, "desk.appealed", user.pk)
    messages.to_resident(change, "request.appealed", due=request.dispatch_due_at)


def _who_rejected(request: ServiceRequest) -> User | None:
    """Returns whoever did not take the request on, or not the one it was joined to then."""
    rejected = _events(request).filter(verb__in=("reject", "follow"), to_state=RequestState.REJECTED)
    last = rejected.order_by("-seq").first()
    if last is not None and last.verb == "follow":
        shared = CaseEvent.objects.filter(kind=request.kind, case_id=last.facts["after"], verb="reject")
        last = shared.filter(at__lte=last.at).select_related("actor").order_by("-seq").first()
    return last.actor if last is not None else None


def _events(request: ServiceRequest) -> QuerySet[CaseEvent]:
    return CaseEvent.objects.filter(kind=request.kind, case_id=request.pk).select_related("actor")
