"""What a volunteer's calendar shows of their tasks: when, which kind of help, in which community; of residents
nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils.translation import gettext as _

from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from civic.cases.models import CaseEvent
from civic.lib import clock
from requests_app import reference
from requests_app.enums import ACTIVE, AssignmentState
from requests_app.models import Assignment, ServiceRequest
from volunteers.models import Volunteer

SHOWN_BACK: Final = timedelta(days=30)
MOST: Final = 500
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"  # RFC 5545, 3.8.1.11
PLACES = frozenset({AreaLevel.STREET, AreaLevel.COMMUNITY})
COLUMNS = (
    "state", "agreed_start", "expected_minutes", "confirm_by", "checked_in_at", "minutes", "volunteer_id",
    *(f"request__{name}" for name in ("version", "category_id", "area_id", "start_proposed")),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One assignment as a calendar shows it; `sequence` and `changed_at` grow with every change of its request."""

    assignment_id: int
    request_id: int
    starts: datetime
    ends: datetime
    status: str
    summary: str
    place: str
    sequence: int
    changed_at: datetime


def entries(volunteer: Volunteer) -> list[Entry]:
    """Returns the volunteer's assignments of the last 30 days and to come, those that ended early too, in the order
    of their start; the nearest MOST of them. Two queries."""
    found = Assignment.objects.filter(volunteer=volunteer, agreed_start__gte=clock.now() - SHOWN_BACK)
    lines = list(found.select_related("request").only(*COLUMNS).order_by("agreed_start", "pk")[:MOST])
    told = CaseEvent.objects.filter(kind=ServiceRequest.kind, case_id__in={line.request_id for line in lines})
    changed = dict(told.values_list("case_id").annotate(last=Max("at")).order_by())
    return [_entry(line, changed[line.request_id]) for line in lines]


def _entry(line: Assignment, changed_at: datetime) -> Entry:
    request = line.request
    starts, minutes = line.agreed_start, line.expected_minutes
    if line.state == AssignmentState.COMPLETED and line.checked_in_at is not None and line.minutes:
        starts, minutes = line.checked_in_at, line.minutes  # as it was
    return Entry(
        assignment_id=line.pk,
        request_id=line.request_id,
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        status=_status(line),
        summary=_("Volunteering: %(what)s") % {"what": reference.snapshot().by_id[request.category_id]},
        place=_place(request.area_id),
        sequence=request.version,
        changed_at=changed_at,
    )


def _status(line: Assignment) -> str:
    if line.state not in ACTIVE:
        return CANCELLED
    open_terms = line.confirm_by is not None or line.request.start_proposed
    return TENTATIVE if line.state == AssignmentState.ACCEPTED and open_terms else CONFIRMED


def _place(area_id: int) -> str:
    """Returns street and community, never the grid: a calendar may be read over somebody's shoulder."""
    line = areas.fresh_if_unknown(area_id).lineage(area_id)
    return " · ".join(area.label for area in line if area.level in PLACES) or line[-1].label
