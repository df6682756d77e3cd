"""What one volunteer has shown, as they and the staff who decide read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from civic.cases.models import CaseEvent, CaseText
from civic.evidence import store
from civic.evidence.models import Photo
from civic.lib import clock, id_number
from volunteers import terms
from volunteers.enums import IdNumber
from volunteers.models import Papers, Qualification, Volunteer


@dataclass(frozen=True)
class Shown:
    """A qualification with its photo, and what staff wrote when they could not confirm it."""

    paper: Qualification
    photo: Photo | None
    refused_because: str

    @property
    def standing(self) -> str:
        """One of "valid", "over", "refused" and "waiting"."""
        today: date = timezone.localdate(clock.now())
        if self.paper.expires_on is not None and self.paper.expires_on < today:
            return "over"
        if self.paper.checked_at is not None:
            return "valid"
        return "refused" if self.refused_because else "waiting"


@dataclass(frozen=True)
class Given:
    """Everything somebody has shown."""

    volunteer: Volunteer
    papers: Papers
    shown: list[Shown]
    asks_id_number: str

    @property
    def masked_id_number(self) -> str:
        """First and last digits."""
        return id_number.mask(self.papers.id_number)

    @property
    def id_number_asked(self) -> bool:
        """Whether it is asked for here, or was given."""
        return self.asks_id_number != IdNumber.NEVER or bool(self.papers.id_number)

    @property
    def id_number_needed(self) -> bool:
        """Whether nobody is approved without it."""
        return self.asks_id_number == IdNumber.REQUIRED

    @property
    def is_minor(self) -> bool:
        """Whether a guardian has to agree."""
        return is_minor(self.volunteer)

    @property
    def pledge(self) -> str:
        """The words of the pledge."""
        return terms.PLEDGE

    @property
    def has_pledged(self) -> bool:
        """Whether the present wording was pledged."""
        return self.volunteer.pledge_version == terms.PLEDGE_VERSION


def of(volunteer: Volunteer) -> Given:
    """Returns what `volunteer` has shown."""
    rows = Qualification.objects.filter(volunteer=volunteer).select_related("kind", "checked_by")
    reasons = _refusals(volunteer)
    shown = []
    for row in rows.order_by("kind__position", "pk"):
        photos = store.photos_of(Qualification.kind_of_evidence, row.pk)
        shown.append(Shown(row, photos[0] if photos else None, reasons.get(row.pk, "")))
    papers = Papers.objects.filter(volunteer=volunteer).first() or Papers(volunteer=volunteer)
    return Given(volunteer, papers, shown, terms.asks_id_number(volunteer))


def is_minor(volunteer: Volunteer) -> bool:
    """Whether `volunteer` is under age today; False while the birth date is unknown."""
    age = volunteer.age_on(timezone.localdate(clock.now()))
    return age is not None and age < terms.ADULT_YEARS


def lacks_guardian(volunteer: Volunteer) -> bool:
    """Whether a guardian has to agree and none has been named yet."""
    return (
        is_minor(volunteer)
        and not Papers.objects.filter(volunteer=volunteer).exclude(guardian_name="").exists()
    )


def asked_for(volunteer: Volunteer) -> str:
    """Returns what staff wrote when they last asked for more."""
    last = CaseEvent.objects.filter(kind=volunteer.kind, case_id=volunteer.pk, verb="ask_back").order_by(
        "-seq"
    )
    return _texts(volunteer).get(last.values_list("seq", flat=True).first() or 0, "")


def _refusals(volunteer: Volunteer) -> dict[int, str]:
    """Returns what staff last wrote about papers they could not confirm, by paper."""
    checks = CaseEvent.objects.filter(kind=volunteer.kind, case_id=volunteer.pk, verb="check_paper")
    texts = _texts(volunteer)
    return {event.facts["paper"]: texts.get(event.seq, "") for event in checks.order_by("seq")}


def _texts(volunteer: Volunteer) -> dict[int, str]:
    found = CaseText.objects.filter(kind=volunteer.kind, case_id=volunteer.pk, name="reason")
    return dict(found.values_list("seq", "body"))
