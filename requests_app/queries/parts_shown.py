"""The parts of a request as its page or its API answer shows them: people, offers, the pool, and its history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import Consent, User
from civic.cases import approvals
from civic.cases.models import CaseEvent, CaseText
from civic.lib import clock
from civic.lib.phone import mask
from requests_app.enums import ACTIVE, PoolState, RequestState, WaterfallState
from requests_app.matching.given import born_by
from requests_app.models import Assignment, Considered, Offer, Pool, ServiceRequest, TeamOffer, Waterfall
from requests_app.models.matching import TOLD
from volunteers.models import Volunteer
from volunteers.terms import ADULT_YEARS

# What residents read in a history: their own affairs, not who was asked, declined or is being protected.
NOT_FOR_RESIDENTS = frozenset(
    {
        "decline_offer",
        "expire_offer",
        "decline_for_team",
        "expire_team_offer",
        "close_pool",
        "remind",
        "excuse",
        "exempt",
        "recalculate",
        *approvals.VERBS,
    }
)
ONLY_ONES_OWN = frozenset({"block", "report_concern"})
FACTS_FOR_RESIDENTS = frozenset(
    {
        "source", "headcount", "fields", "agreed_start", "start_confirmed", "expected_minutes", "needed",
        "minutes", "solved", "stars", "via", "due_at", "on", "until",
    }
)  # fmt: skip


PERSON = ("volunteer_id", "volunteer__number", "volunteer__user_id", "volunteer__user__name")
OFFER = ("id", "round", "state", "terms", "made_at", "expires_at")
PART = (
    "id", "state", "slot", "round", "agreed_start", "expected_minutes", "confirm_by", "accepted_at",
    "checked_in_at", "completed_at", "ended_at", "minutes", "excused",
)  # fmt: skip
ASKING = frozenset(
    {RequestState.OFFERED, RequestState.IN_SERVICE}
)  # the states in which a pool can be open, or a waterfall go on
PLACED = 1  # the version of a request to which nothing has happened yet: nobody can have been asked
Row = dict[str, Any]


def helpers(request: ServiceRequest) -> list[Row]:
    """Returns who serves in the present round (PART and PERSON), in the order of acceptance."""
    if request.version == PLACED:
        return []
    found = Assignment.objects.filter(request=request, round=request.round, state__in=ACTIVE)
    return list(found.order_by("id").values(*PART, *PERSON))


def asked(request: ServiceRequest) -> list[Row]:
    """Returns everybody who was ever asked (OFFER and PERSON), each with the assignment that came of it
    (PART, prefixed by "assignment__"; its id None for none). One query."""
    if request.version == PLACED:
        return []
    found = Offer.objects.filter(request=request).order_by("id")
    return list(found.values(*OFFER, *PERSON, *(f"assignment__{name}" for name in PART)))


def asked_teams(request: ServiceRequest) -> list[TeamOffer]:
    """Returns what was put to teams in the present round, in order; no query where nobody can have been asked."""
    if request.version == PLACED:
        return []
    found = TeamOffer.objects.filter(request=request, round=request.round)
    return list(found.select_related("team", "answered_by").order_by("pk"))


def named_to_residents(user_ids: Collection[int]) -> frozenset[int]:
    """Returns those of `user_ids` who agreed to be named to residents, never a minor; no query for nobody."""
    if not user_ids:
        return frozenset()
    agreed = Consent.objects.filter(
        user__in=user_ids,
        purpose=ConsentPurpose.PUBLIC_NAME,
        version=settings.CONSENT_VERSION,
        withdrawn_at=None,
    ).exclude(user__volunteer__birth_date__gt=born_by(timezone.localdate(clock.now()), ADULT_YEARS))
    return frozenset(agreed.values_list("user_id", flat=True))


def pool(request: ServiceRequest) -> Row | None:
    """Returns until when the pool of the present round is open (closes_at) and how many were told of it (told), None
    when it is not."""
    if request.state not in ASKING:
        return None
    this_round = {"request": request, "round": request.round}
    closes_at = (
        Pool.objects.filter(**this_round, state=PoolState.OPEN).values_list("closes_at", flat=True).first()
    )
    if closes_at is None:
        return None
    return {"closes_at": closes_at, "told": Considered.objects.filter(TOLD, **this_round).count()}


def waterfall(request: ServiceRequest) -> Waterfall | None:
    """Returns the waterfall of the present round that goes on, None without one; no query where none can."""
    if request.state not in ASKING:
        return None
    found = Waterfall.objects.filter(request=request, round=request.round, state=WaterfallState.OPEN)
    return found.select_related("opened_by").first()


def own_part(request: ServiceRequest, volunteer: Volunteer) -> Row | None:
    """Returns the volunteer's active part in the present round (PART and PERSON), None without one."""
    found = Assignment.objects.filter(
        request=request, round=request.round, volunteer=volunteer, state__in=ACTIVE
    )
    return found.values(*PART, *PERSON).first()


def own_offer(request: ServiceRequest, volunteer: Volunteer) -> Row | None:
    """Returns the newest offer of this request to the volunteer (OFFER), None without one."""
    found = Offer.objects.filter(request=request, volunteer=volunteer).order_by("-id")
    return found.values(*OFFER).first()


@dataclass(frozen=True)
class Happened:
    """One event of a history as somebody may read it; erased texts are None."""

    event: CaseEvent
    actor: str
    facts: dict[str, Any]
    texts: dict[str, str | None]


def history(request: ServiceRequest, reader: User, *, staff: bool) -> QuerySet[CaseEvent]:
    """Returns the events that `reader` may read: all for staff, for residents what concerns them."""
    found = CaseEvent.objects.filter(kind=request.kind, case_id=request.pk).select_related("actor")
    if staff:
        return found
    return found.exclude(verb__in=NOT_FOR_RESIDENTS).filter(Q(actor=reader) | ~Q(verb__in=ONLY_ONES_OWN))


def as_read(events: Sequence[CaseEvent], reader: User, *, staff: bool) -> list[Happened]:
    """Returns neighbouring `events` of one history with their texts, as `reader` may read them.

    Staff read everything. The people a request belongs to read their own words, those addressed to them
    (`reply`) and their own former values, and nobody's name but their own.
    """
    if not events:
        return []
    texts: dict[int, list[CaseText]] = {}
    beside = CaseText.objects.filter(
        kind=events[0].kind, case_id=events[0].case_id, seq__in=[event.seq for event in events]
    )
    for text in beside.order_by("pk"):
        texts.setdefault(text.seq, []).append(text)
    return [_as_read(event, texts.get(event.seq, []), reader, staff=staff) for event in events]


def _as_read(event: CaseEvent, texts: list[CaseText], reader: User, *, staff: bool) -> Happened:
    mine = event.actor_id == reader.pk
    actor = event.actor.name if event.actor is not None and (staff or mine) else ""
    facts = {name: value for name, value in event.facts.items() if staff or name in FACTS_FOR_RESIDENTS}
    shown = {
        text.name: None if text.erased_at else text.body
        for text in texts
        if staff or mine or text.name in {"reply", "answer"} or text.name.startswith("old_")
    }
    if staff and "old_contact_phone" in shown:
        shown["old_contact_phone"] = mask(shown["old_contact_phone"] or "")
    return Happened(event, actor, facts, shown)
