"""The parts of a request as its page or its API answer shows them: people, offers, the pool, and its history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet

from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import Consent, User
from civic.cases.models import CaseEvent, CaseText
from civic.lib.phone import mask
from requests_app.enums import ACTIVE
from requests_app.models import Assignment, Offer, Pool, ServiceRequest
from volunteers.models import Volunteer

# What residents read in a history: their own affairs, not who was asked, declined or is being protected.
NOT_FOR_RESIDENTS = frozenset({"decline_offer", "expire_offer", "close_pool", "remind", "excuse"})
ONLY_ONES_OWN = frozenset({"block", "report_concern"})
FACTS_FOR_RESIDENTS = frozenset(
    {
        "source", "headcount", "fields", "agreed_start", "start_confirmed", "expected_minutes", "needed",
        "minutes", "solved", "stars", "via",
    }
)  # fmt: skip


def people(request: ServiceRequest, *, active_only: bool) -> list[Assignment]:
    """Returns who serves in the present round (active), or everybody who ever did, with their accounts."""
    found = Assignment.objects.filter(request=request).select_related("volunteer__user").order_by("pk")
    return list(found.filter(round=request.round, state__in=ACTIVE) if active_only else found)


def named_to_residents(parts: Collection[Assignment]) -> frozenset[int]:
    """Returns the ids of the users among them who agreed to be named to residents; no query for nobody."""
    if not parts:
        return frozenset()
    agreed = Consent.objects.filter(
        user__in=[part.volunteer.user_id for part in parts],
        purpose=ConsentPurpose.PUBLIC_NAME,
        version=settings.CONSENT_VERSION,
        withdrawn_at=None,
    )
    return frozenset(agreed.values_list("user_id", flat=True))


def offers(request: ServiceRequest) -> QuerySet[Offer]:
    """Returns the offers of the present round, each with its volunteer's account."""
    found = Offer.objects.filter(request=request, round=request.round)
    return found.select_related("volunteer__user").order_by("pk")


def pool(request: ServiceRequest) -> Pool | None:
    """Returns the pool of the present round while it is open."""
    return Pool.objects.filter(request=request, round=request.round, state="open").first()


def own_part(request: ServiceRequest, volunteer: Volunteer) -> Assignment | None:
    """Returns the volunteer's active part in the present round."""
    return (
        Assignment.objects.filter(request=request, round=request.round, volunteer=volunteer, state__in=ACTIVE)
        .select_related("volunteer__user")
        .first()
    )


def own_offer(request: ServiceRequest, volunteer: Volunteer) -> Offer | None:
    """Returns the newest offer of this request to the volunteer."""
    return Offer.objects.filter(request=request, volunteer=volunteer).order_by("-pk").first()


@dataclass(frozen=True)
class Happened:
    """One event of a history as somebody may read it; erased texts are None."""

    event: CaseEvent
    actor: str
    facts: dict[str, object]
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
        if staff or mine or text.name == "reply" or text.name.startswith("old_")
    }
    if staff and "old_contact_phone" in shown:
        shown["old_contact_phone"] = mask(shown["old_contact_phone"] or "")
    return Happened(event, actor, facts, shown)
