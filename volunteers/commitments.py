"""Promises of time: made, moved and freed with the assignment they stand for."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from psycopg2.extras import DateTimeTZRange

from civic.lib.constraints import refusing
from civic.lib.errors import Overlap
from volunteers.models import Commitment

KIND = "assignment"


def promise(volunteer_id: int, assignment_id: int, start: datetime, minutes: int) -> None:
    """Commits the volunteer from `start` for `minutes`; raises Overlap when that time is promised already."""
    try:
        with transaction.atomic():
            Commitment.objects.create(
                volunteer_id=volunteer_id,
                subject_kind=KIND,
                subject_id=assignment_id,
                during=_during(start, minutes),
            )
    except IntegrityError as error:
        raise _overlap(error) from error


def move(assignment_id: int, start: datetime, minutes: int) -> None:
    """Moves the promise to another time; raises Overlap when that time is promised already."""
    try:
        with transaction.atomic():
            Commitment.objects.filter(subject_kind=KIND, subject_id=assignment_id, active=True).update(
                during=_during(start, minutes)
            )
    except IntegrityError as error:
        raise _overlap(error) from error


def free(assignment_id: int) -> None:
    """Gives the time back."""
    Commitment.objects.filter(subject_kind=KIND, subject_id=assignment_id, active=True).update(active=False)


def _during(start: datetime, minutes: int) -> DateTimeTZRange:
    return DateTimeTZRange(start, start + timedelta(minutes=minutes), "[)")


def _overlap(error: IntegrityError) -> Exception:
    """Returns Overlap for the exclusion constraint's refusal, the error itself for any other."""
    if refusing(error) == "commitment_no_overlap":
        return Overlap(_("This overlaps something you have already promised. Please choose another time."))
    return error
