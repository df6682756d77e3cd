"""What is put to one volunteer now: the own open offers, and what the open pool has for them."""

from datetime import date, timedelta

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import DateTimeField, Exists, ExpressionWrapper, Func, OuterRef, Q, QuerySet
from django.utils import timezone

from civic.lib import clock
from requests_app import reference
from requests_app.enums import ACTIVE, AssignmentState, OfferState, PoolState
from requests_app.matching import is_insured, valid_on
from requests_app.models import Assignment, Block, Offer, Pool, ServiceRequest
from requests_app.models.request import IS_OPEN
from volunteers.models import Commitment, Qualification, Volunteer
from volunteers.terms import ADULT_YEARS

NOT_AGAIN = [*sorted(ACTIVE), AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP]
# What a volunteer may read before acceptance, and what it is computed from; nothing personal among it.
SUMMARY_COLUMNS = (
    "id", "state", "version", "category_id", "skills", "urgency", "public_summary", "round", "headcount",
    "needed", "area_id", "grid_id", "preferred_start", "preferred_end", "as_soon_as_possible", "agreed_start",
    "start_proposed", "expected_minutes", "terms", "due_at", "confidential",
)  # fmt: skip


def open_offers(volunteer: Volunteer) -> QuerySet[Offer]:
    """Returns the volunteer's offers that can still be answered, each with the summary of its request."""
    found = Offer.objects.filter(volunteer=volunteer, state=OfferState.OPEN, expires_at__gt=clock.now())
    return found.select_related("request").only(
        "volunteer_id", "state", "terms", "expires_at", "made_at", *_of_request()
    )


def open_pool(volunteer: Volunteer) -> QuerySet[Pool]:
    """Returns the open pools of the volunteer's district that they may claim from, each with the summary of
    its request; none for somebody not approved or on pause.

    Left out: what `not_for` says. Their hours and radius do not count here: they choose for themselves. Accepting
    checks what is a matter of safety again.
    """
    if not may_claim(volunteer):
        return Pool.objects.none()
    found = Pool.objects.filter(
        state=PoolState.OPEN, district_id=volunteer.district_id, closes_at__gt=clock.now()
    )
    for condition in not_for(volunteer, "request__"):
        found = found.exclude(condition)
    return found.select_related("request").only(
        "state", "district_id", "opened_at", "closes_at", *_of_request()
    )


def open_to_hear_of(volunteer: Volunteer) -> QuerySet[ServiceRequest]:
    """Returns the open requests of the volunteer's district that a team mate may tell them of, summary alone.

    Confidential ones never: they are offered by name. Left out besides: what `not_for` says.
    """
    if not may_claim(volunteer):
        return ServiceRequest.objects.none()
    found = ServiceRequest.objects.filter(IS_OPEN, district_id=volunteer.district_id, confidential=False)
    for condition in not_for(volunteer, ""):
        found = found.exclude(condition)
    return found.only(*SUMMARY_COLUMNS)


def may_claim(volunteer: Volunteer) -> bool:
    """Whether somebody may take what is open to all: approved, not on pause, a minor with the guardian's word."""
    if not volunteer.is_approved or not volunteer.active:
        return False
    age = volunteer.age_on(timezone.localdate(clock.now()))
    return age is None or age >= ADULT_YEARS or volunteer.guardian_agreed_at is not None


def not_for(volunteer: Volunteer, to_request: str) -> list[Q]:
    """Returns conditions, each of which makes a request none for this volunteer; `to_request` leads to it from the rows
    that are asked.

    Own requests, blocked residents, kinds of help they do not want or lack vetting, insurance, qualification or age
    for, what they declined or gave up in this round, what overlaps a commitment.
    """
    at = to_request
    own = Q(**{f"{at}beneficiary": volunteer.user_id}) | Q(**{f"{at}proxy": volunteer.user_id})
    blocked = Q(resident_id=OuterRef(f"{at}beneficiary_id"))
    blocked |= Q(phone_hash=OuterRef(f"{at}beneficiary_phone_hash")) & ~Q(phone_hash="")
    if phone := volunteer.user.phone_hash:
        own |= Q(**{f"{at}beneficiary_phone_hash": phone}) | Q(**{f"{at}contact_phone_hash": phone})
    same = {
        "request": OuterRef(f"{at}pk") if not at else OuterRef("request_id"),
        "round": OuterRef(f"{at}round"),
        "volunteer": volunteer,
    }
    starts, minutes = OuterRef(f"{at}agreed_start"), OuterRef(f"{at}expected_minutes")
    ends = ExpressionWrapper(starts + minutes * timedelta(minutes=1), output_field=DateTimeField())
    times = Func(starts, ends, function="tstzrange", output_field=DateTimeRangeField())
    busy = Commitment.objects.filter(volunteer=volunteer, active=True, during__overlap=times)
    closed = Q(**{f"{at}category_id__in": _closed_kinds(volunteer)})
    return [
        own,
        closed,
        Q(Exists(Block.objects.filter(blocked, volunteer=volunteer))),
        Q(Exists(Offer.objects.filter(state=OfferState.DECLINED, **same))),
        Q(Exists(Assignment.objects.filter(state__in=NOT_AGAIN, **same))),
        Q(Exists(busy), **{f"{at}agreed_start__isnull": False}),
    ]


def tasks(volunteer: Volunteer) -> QuerySet[ServiceRequest]:
    """Returns the requests in whose present round the volunteer has an active part."""
    return ServiceRequest.objects.filter(assigned_to(volunteer.pk))


def assigned_to(volunteer_id: int) -> Exists:
    """Returns the filter for requests in whose present round the volunteer has an active part."""
    return Exists(
        Assignment.objects.filter(
            request=OuterRef("pk"), round=OuterRef("round"), volunteer=volunteer_id, state__in=ACTIVE
        )
    )


def _of_request() -> list[str]:
    return [f"request__{name}" for name in SUMMARY_COLUMNS]


def _closed_kinds(volunteer: Volunteer) -> list[int]:
    """Returns the ids of the categories this volunteer may not serve today, or does not want to."""
    today, unwanted = timezone.localdate(clock.now()), set(volunteer.unwanted)
    insured, age = is_insured(volunteer, clock.now()), volunteer.age_on(today)
    every = reference.snapshot().by_id.values()
    shown = _shown_today(volunteer, today) if any(each.qualification_id for each in every) else set()
    return [
        category.pk
        for category in every
        if (category.needs_vetting and volunteer.vetted_at is None)
        or (category.needs_insurance and not insured)
        or (category.qualification_id is not None and category.qualification_id not in shown)
        or (category.min_age is not None and (age is None or age < category.min_age))
        or not unwanted.isdisjoint(reference.lineage(category.pk))
    ]


def _shown_today(volunteer: Volunteer, today: date) -> set[int]:
    """Returns the kinds of qualification that are checked and valid."""
    mine = Qualification.objects.filter(valid_on(today), volunteer=volunteer)
    return set(mine.values_list("kind_id", flat=True))
