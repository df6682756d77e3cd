"""Secret addresses of calendars: made, renewed and revoked by verbs of the volunteer, found by their key."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from civic.accounts.access import log_access
from civic.accounts.enums import ReadPurpose
from civic.cases.change import Change
from civic.lib import clock
from volunteers.enums import VolunteerState
from volunteers.models import CalendarFeed, Volunteer

KEY_BYTES = 32


def new_key() -> str:
    """Returns a key nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(KEY_BYTES)


def digest_of(key: str) -> str:
    """Returns the SHA-256 under which `key` is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def make(change: Change) -> None:
    """Puts the address with the fact `digest` in the place of the one before, which is dead from now on."""
    CalendarFeed.objects.filter(volunteer=change.case).delete()
    CalendarFeed.objects.create(volunteer=change.case, digest=change.facts["digest"], made_at=change.at)


def drop(change: Change) -> None:
    """Revokes the address; without one nothing is left to revoke."""
    CalendarFeed.objects.filter(volunteer=change.case).delete()


def of(volunteer: Volunteer) -> CalendarFeed | None:
    """Returns the volunteer's address in force, None without."""
    return CalendarFeed.objects.filter(volunteer=volunteer).first()


def find(key: str) -> CalendarFeed | None:
    """Returns what `key` opens, with its volunteer; None for a wrong key, a revoked one, and who is gone."""
    found = CalendarFeed.objects.filter(digest=digest_of(key), volunteer__user__is_active=True)
    return found.exclude(volunteer__state=VolunteerState.LEFT).select_related("volunteer__user").first()


@transaction.atomic
def note_reading(feed: CalendarFeed) -> None:
    """Writes into the access log that the calendar was fetched: once a day, for programs ask all the time."""
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    due = Q(read_at=None) | Q(read_at__lt=midnight)
    if CalendarFeed.objects.filter(due, pk=feed.pk).update(read_at=now):
        volunteer = feed.volunteer
        log_access(volunteer.user, volunteer.kind, volunteer.pk, ["calendar"], ReadPurpose.SERVICE)
