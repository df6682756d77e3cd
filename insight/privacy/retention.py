"""What is due to be forgotten now, by which rule: the queries that the sweep, its dry run and the tests share."""

from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from civic.accounts.models import SpareCount
from civic.evidence.models import Photo
from insight.privacy import copies, told
from insight.privacy.models import Deletion
from requests_app.enums import FINAL
from requests_app.models import Assignment, ImportRow, ServiceRequest
from volunteers.enums import VolunteerState
from volunteers.models import RegisterRow


def requests(now: datetime) -> QuerySet[ServiceRequest]:
    """Requests closed longer ago than REQUEST_DAYS that still name people."""
    over = ServiceRequest.objects.filter(anonymised_at=None, closed_at__lte=now - settings.REQUESTS_KEPT)
    return over.filter(state__in=FINAL).order_by("closed_at", "pk")


def check_ins(now: datetime) -> QuerySet[Assignment]:
    """Parts whose place of checking in is known longer than PLACE_DAYS."""
    old = Assignment.objects.filter(checked_in_at__lte=now - settings.PLACES_KEPT)
    return old.filter(check_in_distance_m__isnull=False)


def photo_places(now: datetime) -> QuerySet[Photo]:
    """Photos of which is known longer than PLACE_DAYS where they were taken."""
    return Photo.objects.filter(created_at__lte=now - settings.PLACES_KEPT).exclude(lat=None, lon=None)


def import_rows(now: datetime) -> QuerySet[ImportRow]:
    """Rows of imports finished longer ago than IMPORT_DAYS that still hold what stood in the file."""
    return ImportRow.objects.filter(batch__finished_at__lte=now - settings.IMPORT_ROWS_KEPT).exclude(cells=[])


def register_rows(now: datetime) -> QuerySet[RegisterRow]:
    """Rows of registers imported longer ago than IMPORT_DAYS that still hold what stood in the file, and those of
    people who are gone, whenever that was."""
    held = RegisterRow.objects.exclude(cells=[], key="")
    left = Q(volunteer__state=VolunteerState.LEFT)
    return held.filter(Q(batch__finished_at__lte=now - settings.IMPORT_ROWS_KEPT) | left)


def accounts(now: datetime) -> QuerySet[Deletion]:
    """Accounts whose owner asked for deletion, and whose time to change their mind is over."""
    return Deletion.objects.filter(withdrawn_at=None, done_at=None, due_at__lte=now).order_by("due_at")


def sessions(now: datetime) -> QuerySet[Session]:
    """Sessions that have ended."""
    return Session.objects.filter(expire_date__lt=now)


def devices(_now: datetime) -> QuerySet[Any]:
    """Devices (address and browser) of sessions that are gone."""
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    return UserSession.objects.filter(~Exists(living))


def spare_counts(now: datetime) -> QuerySet[SpareCount]:
    """Counts of limits, kept while Redis was away, that have ended."""
    return SpareCount.objects.filter(ends_at__lte=now)


def admin_entries(now: datetime) -> QuerySet[LogEntry]:
    """Lines of the admin's log older than six months that still say the names of what was edited."""
    return LogEntry.objects.filter(action_time__lte=now - settings.STAFF_KEPT).exclude(
        object_repr="", change_message=""
    )


RULES = {
    "requests": requests,
    "check-ins": check_ins,
    "photo places": photo_places,
    "import rows": import_rows,
    "registers": register_rows,
    "accounts": accounts,
    "farewells": told.farewells,
    "copies": copies.expired,
    "sessions": sessions,
    "devices": devices,
    "spare counts": spare_counts,
    "admin log": admin_entries,
}
