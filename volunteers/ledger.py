"""The ledger of service time: lines are added and confirmed, never changed."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import QuerySet, Sum

from civic.accounts.models import User
from volunteers.models import RecordConfirmation, ServiceRecord, Volunteer

ASSIGNMENT = "assignment"
_readings: dict[str, Callable[[str], str]] = {}


def read_by(source_kind: str, told: Callable[[str], str]) -> None:
    """Lets the owner of what was served say how the words it has recorded read in the language shown.

    Called at start-up (AppConfig.ready).
    """
    _readings[source_kind] = told


def content_of(line: ServiceRecord) -> str:
    """Returns what was served, in the language shown where its owner knows the words in both."""
    told = _readings.get(line.source_kind)
    return told(line.content) if told else line.content


def record(
    *,
    volunteer: Volunteer,
    source_id: int,
    minutes: int,
    started_at: datetime,
    ended_at: datetime,
    content: str,
    area_id: int,
    at: datetime,
) -> ServiceRecord:
    """Adds the pending record of one assignment. The database refuses a second one for it."""
    return ServiceRecord.objects.create(
        volunteer=volunteer,
        source_kind=ASSIGNMENT,
        source_id=source_id,
        minutes=minutes,
        started_at=started_at,
        ended_at=ended_at,
        content=content[:200],
        area_id=area_id,
        recorded_at=at,
    )


def confirm(assignment_ids: Iterable[int], *, how: str, by: User, at: datetime) -> int:
    """Confirms the records of these assignments that are still pending; returns how many became good."""
    pending = ServiceRecord.objects.filter(
        source_kind=ASSIGNMENT, source_id__in=list(assignment_ids), confirmation=None
    )
    made = [RecordConfirmation(record=line, how=how, by=by, at=at) for line in pending]
    RecordConfirmation.objects.bulk_create(made)
    return len(made)


def confirmed(volunteer: Volunteer) -> QuerySet[ServiceRecord]:
    """Returns the records that count."""
    return ServiceRecord.objects.filter(volunteer=volunteer, confirmation__isnull=False)


def confirmed_minutes(volunteer: Volunteer) -> int:
    """Returns the sum of the minutes that count."""
    return confirmed(volunteer).aggregate(total=Sum("minutes"))["total"] or 0
