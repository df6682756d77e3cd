"""Rounds and their clocks: what is due when, and how another round begins."""

from datetime import datetime

from civic.areas import scope
from civic.cases.change import Change
from civic.cases.models import CaseEvent
from requests_app import reference
from requests_app.enums import Outcome, Step
from requests_app.models import ServiceRequest


def set_scope(request: ServiceRequest) -> None:
    """Derives the hot columns from the area: the only place that writes them."""
    found = scope.of(request.area_id)
    request.city_id, request.district_id, request.street_id = (
        found.city_id,
        found.district_id,
        found.street_id,
    )
    request.community_id, request.grid_id = found.community_id, found.grid_id


def set_deadlines(request: ServiceRequest, start: datetime) -> None:
    """Sets when dispatch and finish are due, counted from `start`; `original_due_at` is not touched."""
    request.dispatch_due_at = reference.deadline(start, request.category_id, request.urgency, Step.DISPATCH)
    request.due_at = reference.deadline(start, request.category_id, request.urgency, Step.FINISH)


def begun_at(request: ServiceRequest) -> datetime:
    """Returns when the clocks of the present round began: an import's run from the import, not from the letter."""
    first = CaseEvent.objects.filter(kind=request.kind, case_id=request.pk, round=request.round)
    return first.order_by("seq").values_list("at", flat=True)[0]


def wait_for_dispatch(change: Change) -> None:
    """The request waits for dispatch (again): that clock starts now."""
    request = change.case
    request.dispatch_due_at = reference.deadline(
        change.at, request.category_id, request.urgency, Step.DISPATCH
    )
    change.set_timer("dispatch_overdue", request.dispatch_due_at)


def begin_round(change: Change, *, counts: bool) -> None:
    """Starts another round: nobody is carried over, the clocks start anew, the original due date stays."""
    request = change.case
    request.round += 1
    request.rounds_counted += 1 if counts else 0
    request.needed = request.headcount
    request.agreed_start, request.start_proposed, request.outcome = None, False, Outcome.NONE
    request.preferred_start = request.preferred_end = None
    request.merged_into = None
    request.terms += 1
    set_deadlines(request, change.at)
