"""What a volunteer's phone may keep for a time without network: today's tasks and what is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone

from civic.lib import clock
from requests_app.enums import AssignmentState
from requests_app.models import Assignment
from requests_app.queries import volunteer as pages
from volunteers.models import Volunteer

AT_LEAST: Final = timedelta(hours=6)  # an evening's service goes on past midnight
FORMS = {AssignmentState.ACCEPTED: ("v:check_in", "v:complete"), AssignmentState.IN_SERVICE: ("v:complete",)}


@dataclass(frozen=True)
class Plan:
    """`pages` by address, each with a stamp that changes when it has to be fetched again; kept until `until`."""

    pages: dict[str, str]
    until: datetime


def plan(volunteer: Volunteer | None) -> Plan:
    """Returns what may be kept: what is under way (whatever its day), due today or overdue. One query."""
    now = timezone.localtime(clock.now())
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    kept: dict[str, str] = {}
    lines = list(pages.tasks(volunteer)) if volunteer is not None and volunteer.is_approved else []
    held = [
        line for line in lines if line.state == AssignmentState.IN_SERVICE or line.agreed_start < midnight
    ]
    for line in held:
        for address in _addresses(line):
            kept[address] = f"{line.request.version}.{line.state}"
    if held:
        kept[reverse("v:tasks")] = ",".join(f"{line.pk}.{line.request.version}" for line in lines)
    return Plan(kept, max(midnight, now + AT_LEAST))


def _addresses(line: Assignment) -> list[str]:
    forms = [reverse(name, args=[line.request_id]) for name in FORMS[AssignmentState(line.state)]]
    return [reverse("v:task", args=[line.request_id]), *forms]
