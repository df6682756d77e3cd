"""Who looked at one's personal details: the access log as the person concerned may read it.

Staff are told by role and unit, volunteers as volunteers: never by name. Rule: PIPL art. 44, 45 (the right to know).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from civic.accounts.enums import ReadPurpose, Role
from civic.accounts.models import AccessLog, User
from civic.areas import queries as areas
from civic.lib.named import field_words
from requests_app import access
from requests_app.access import volunteer_of
from requests_app.models import ServiceRequest

ORDER = ("-id",)
EVIDENCE = {"photo", "photos", "voice"}  # what stands in the log beside names of columns
ONE_VISIT = timedelta(minutes=30)  # whoever looks again within this is still at it


@dataclass(frozen=True)
class Reading:
    """One time somebody looked. `code` is the tracking code of the request it was about, "" for one's account."""

    at: datetime
    role: str
    who: str
    unit: str
    code: str
    what: list[str]
    purpose: str
    why: str
    note: str


@dataclass(frozen=True)
class Visit:
    """What one person read of one record in one go: the latest reading, all that was read, and how often."""

    reading: Reading
    what: list[str]
    times: int


def about(user: User) -> QuerySet[AccessLog]:
    """Returns the entries about `user`: their requests, their volunteer profile, their account; not their own."""
    found = Q(subject_kind="user", subject_id=user.pk)
    mine = ServiceRequest.objects.filter(access.beneficiary_of(user) if user.is_staff else access.own(user))
    found |= Q(subject_kind=ServiceRequest.kind, subject_id__in=mine.values("pk"))
    volunteer = volunteer_of(user)
    if volunteer is not None:
        found |= Q(subject_kind=volunteer.kind, subject_id=volunteer.pk)
    return AccessLog.objects.filter(found).exclude(user=user).select_related("note")


def told(entries: Iterable[AccessLog]) -> list[Reading]:
    """Returns `entries` in words, in the language of the reader; one query for the tracking codes."""
    rows = list(entries)
    codes = _codes(rows)
    return [_told(row, codes) for row in rows]


def visits(entries: Iterable[AccessLog]) -> list[Visit]:
    """Returns `entries` (the newest first) in words like `told`, the readings of one visit together."""
    rows = list(entries)
    found: list[list[AccessLog]] = []
    latest: dict[tuple[object, ...], list[AccessLog]] = {}
    for row in rows:
        key = row.user_id, row.subject_kind, row.subject_id, row.role, row.area_id, row.purpose, _note(row)
        if key not in latest or latest[key][-1].at - row.at > ONE_VISIT:
            latest[key] = []
            found.append(latest[key])
        latest[key].append(row)
    codes = _codes(rows)
    return [Visit(_told(group[0], codes), _what(*group), len(group)) for group in found]


def _codes(rows: list[AccessLog]) -> dict[int, str]:
    ids = [row.subject_id for row in rows if row.subject_kind == ServiceRequest.kind]
    return dict(ServiceRequest.objects.filter(pk__in=ids).values_list("pk", "code"))


def _note(row: AccessLog) -> str:
    note = getattr(row, "note", None)
    return note.words if note else ""


def _told(row: AccessLog, codes: dict[int, str]) -> Reading:
    area = areas.tree().by_id.get(row.area_id or 0)
    return Reading(
        at=row.at,
        role=row.role or "volunteer",
        who=str(Role(row.role).label) if row.role else _("Volunteer"),
        unit=area.label if area else "",
        code=codes.get(row.subject_id, "") if row.subject_kind == ServiceRequest.kind else "",
        what=_what(row),
        purpose=row.purpose,
        why=str(dict(ReadPurpose.choices).get(row.purpose, _("Opened to help with the request"))),
        note=_note(row),
    )


def _what(*rows: AccessLog) -> list[str]:
    """Returns what was read of one record in words: what stands for the same to a resident is said once."""
    pictures = {"photo": _("photos"), "photos": _("photos"), "voice": _("the voice note")}
    fields = list(dict.fromkeys(name for row in rows for name in row.fields))
    words = field_words(rows[0].subject_kind, [name for name in fields if name not in EVIDENCE])
    return list(dict.fromkeys([*words, *(pictures[name] for name in fields if name in EVIDENCE)]))
