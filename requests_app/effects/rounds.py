"""Rounds and their clocks: what is due when, and how another round begins."""

from datetime import datetime

from civic.areas import scope
from civic.cases.change import Change
from civic.lib import codes
from requests_app.effects import clocks
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
    """Starts the clocks of dispatch and finish at `start`; `original_due_at` is not touched."""
    clocks.start(request, Step.DISPATCH, Step.FINISH, at=start)


def wait_for_dispatch(change: Change) -> None:
    """The request waits for dispatch (again): that clock starts now. It goes on where a step is undone."""
    if not change.fact("undone"):
        clocks.start(change.case, Step.DISPATCH, at=change.at)


def begin_round(change: Change, *, counts: bool) -> None:
    """Starts another round: nobody is carried over, the clocks start anew, the original due date stays. Its check-in
    code is a new one, which nobody of the round before knows."""
    request = change.case
    request.round += 1
    request.rounds_counted += 1 if counts else 0
    request.needed = request.headcount
    request.check_in_code = codes.digits(6)
    request.agreed_start, request.start_proposed, request.outcome = None, False, Outcome.NONE
    request.preferred_start = request.preferred_end = None
    request.merged_into = None
    request.terms += 1
    request.clocks = {}
    set_deadlines(request, change.at)
