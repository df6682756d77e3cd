"""A volunteer's own pages: profile, skills to choose from, hours and service records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import Area, AreaLevel
from civic.lib import clock, spoken
from volunteers import ledger
from volunteers.enums import ConfirmedBy, Entry
from volunteers.models import ServiceRecord, Skill, Volunteer

RECORDS_A_PAGE = 20
# Icons of the skills an installation begins with; a skill added later has the general one.
SKILL_ICONS = {
    "medical-guide": "stethoscope",
    "nursing": "heartbeat",
    "repair": "tool",
    "driving": "car",
    "care": "mood-smile",
    "teaching": "book",
    "digital": "device-mobile",
    "law": "scale",
    "counselling": "message-heart",
    "cleaning": "barbell",
    "dialect": "language",
}


def own_profile(user: User) -> Volunteer | None:
    """Returns the profile of `user`, None for somebody who never registered."""
    return Volunteer.objects.filter(user_id=user.pk).select_related("area").first()


def skill_tiles() -> list[tuple[Skill, str]]:
    """Returns every skill with its icon, in display order."""
    return [(skill, SKILL_ICONS.get(skill.code, "star")) for skill in Skill.objects.all()]


def skill_names(ids: list[int]) -> list[str]:
    """Returns the names of skills in the reader's language."""
    return [str(skill) for skill in Skill.objects.filter(pk__in=ids)] if ids else []


@dataclass(frozen=True)
class Hours:
    """The sums of the ledger, in minutes: what counts, and what waits to be confirmed; services that count."""

    confirmed: int
    pending: int
    services: int

    @property
    def confirmed_words(self) -> str:
        """The minutes that count: "45 min", from an hour on in hours, two decimals at most: "1043.5 h"."""
        return _in_words(self.confirmed)

    @property
    def pending_words(self) -> str:
        """The same for what waits."""
        return _in_words(self.pending)


def hours(volunteer: Volunteer) -> Hours:
    """Returns the sums over all records of the volunteer; one query on an index."""
    good = Q(confirmation__isnull=False)
    sums = ServiceRecord.objects.filter(volunteer=volunteer).aggregate(
        confirmed=Sum("minutes", filter=good),
        pending=Sum("minutes", filter=~good),
        services=Count("pk", filter=good & Q(entry=Entry.SERVICE)),
    )
    return Hours(sums["confirmed"] or 0, sums["pending"] or 0, sums["services"])


@dataclass(frozen=True)
class Line:
    """One service record as its volunteer reads it."""

    record: ServiceRecord
    place: str
    confirmed: bool
    how: str

    @property
    def minutes(self) -> int:
        """The minutes without their sign."""
        return abs(self.record.minutes)

    @property
    def content(self) -> str:
        """What was served, in the language shown."""
        return ledger.content_of(self.record)

    @property
    def is_reversal(self) -> bool:
        """Whether it takes another one back."""
        return self.record.entry == Entry.REVERSAL


def records(volunteer: Volunteer, *, before: int | None = None) -> tuple[list[Line], int | None]:
    """Returns a page of records, the newest first, and the id after which the next page goes on (or None)."""
    found = ServiceRecord.objects.filter(volunteer=volunteer).select_related("confirmation").order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: RECORDS_A_PAGE + 1])
    shown = rows[:RECORDS_A_PAGE]
    return [_line(row) for row in shown], shown[-1].pk if len(rows) > RECORDS_A_PAGE else None


def _line(record: ServiceRecord) -> Line:
    confirmation = getattr(record, "confirmation", None)
    how = str(ConfirmedBy(confirmation.how).label) if confirmation else ""
    place = areas.path_label(record.area_id, below=AreaLevel.STREET)
    return Line(record, place, confirmation is not None, how)


def _in_words(minutes: int) -> str:
    if minutes < 60:
        return spoken.hours(minutes)
    return _("%(n)s h") % {"n": f"{minutes / 60:.2f}".rstrip("0").rstrip(".")}


def community_of(area: Area) -> Area:
    """Returns the community an area lies in, or the area itself above that level."""
    line = areas.tree().lineage(area.pk)
    return next((each for each in line if each.level == AreaLevel.COMMUNITY), area)


def below(area: Area) -> list[Area]:
    """Returns the areas in use directly below `area`."""
    return [each for each in areas.tree().children(area.pk) if each.is_active]


def usable(area_id: object) -> Area | None:
    """Returns the area of a typed or linked id while it is in use, else None."""
    try:
        wanted = int(str(area_id))
    except ValueError:
        return None
    tree = areas.tree()
    return tree.by_id[wanted] if tree.in_use(wanted) else None


def point_of(area: Area) -> tuple[float, float] | None:
    """Returns (lat, lon) of the centre of `area`, else of the nearest area above it that has one."""
    for each in reversed(areas.tree().lineage(area.pk)):
        if each.centre_lat is not None and each.centre_lon is not None:
            return each.centre_lat, each.centre_lon
    return None


def decided_late(volunteer: Volunteer) -> bool:
    """Whether a registration has waited for more than three days, so that a call is in order."""
    return clock.now() - volunteer.applied_at > timedelta(days=3)
