"""The hard rules: who may be asked for a request at all. Each has a name, so that it can be told who fails which.

The same rules, as SQL, choose the candidates, check whoever is named by hand, and answer "why not". Those of safety
(matching.safety) and those that volunteers set themselves (matching.wishes) stand in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import User
from civic.lib import clock
from requests_app import reference
from requests_app.enums import ACTIVE, AssignmentState, OfferState
from requests_app.matching.rule import CLOSED, NOT_FOR_YOU, Rule
from requests_app.matching.safety import safety
from requests_app.matching.wishes import wishes
from requests_app.models import Assignment, Block, Offer, ServiceRequest
from volunteers.models import Commitment, Volunteer

__all__ = [
    "CLOSED",
    "NOT_FOR_YOU",
    "Rule",
    "blocked_with",
    "eligible",
    "field_of",
    "is_insured",
    "never_asked",
    "rules",
    "window",
]


def window(request: ServiceRequest, start: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Returns the time the service would take up, or None while the start is open."""
    begins = _begins(request, start)
    if begins is None:
        return None
    return begins, begins + timedelta(minutes=request.expected_minutes)


def _begins(request: ServiceRequest, start: datetime | None) -> datetime | None:
    """Returns when it would begin; a wished start that has passed says nothing any more."""
    wished = request.preferred_start
    return start or request.agreed_start or (wished if wished is not None and wished > clock.now() else None)


def eligible(request: ServiceRequest, start: datetime | None = None) -> QuerySet[Volunteer]:
    """Returns the volunteers of the request's district whom the hard rules allow to be asked for it."""
    return Volunteer.objects.filter(*(rule.holds for rule in rules(request, start)))


@dataclass(frozen=True)
class Field:
    """Those whom a search may find, and what each one found must fulfil besides: together the eligible."""

    people: QuerySet[Volunteer]
    fit: Q

    @property
    def eligible(self) -> QuerySet[Volunteer]:
        """Those who may be asked."""
        return self.people.filter(self.fit)


def field_of(request: ServiceRequest, *more: Q) -> Field:
    """Returns the volunteers whom the narrowing rules leave for `request`, and the condition of the other rules and
    of `more`.

    A planner that is given all rules at once expects next to nobody and sorts the whole district instead of walking
    the index of home points.
    """
    asked = rules(request)
    people = Volunteer.objects.filter(*(rule.holds for rule in asked if rule.narrows))
    return Field(people, Q(*(rule.holds for rule in asked if not rule.narrows), *more))


def never_asked(request: ServiceRequest) -> Q:
    """Returns the filter for volunteers to whom this request was not put in its present round, however that ended."""
    offers = Offer.objects.filter(request=request, round=request.round, volunteer=OuterRef("pk"))
    return ~Q(Exists(offers))


def rules(request: ServiceRequest, start: datetime | None = None) -> list[Rule]:
    """Returns the rules that hold for `request`, were it to begin at `start`."""
    return [
        *_standing(request),
        *_fitness(request, start),
        *_between(request),
        *_this_round(request),
        *_time(request, start),
        *wishes(request, window(request, start)),
    ]


def _standing(request: ServiceRequest) -> Iterator[Rule]:
    yield Rule(
        "approved",
        Q(state="approved"),
        _("Their registration is not approved."),
        _("Your registration is not approved."),
        narrows=True,
    )
    yield Rule(
        "active",
        Q(active=True),
        _("They take no offers at present."),
        _("You take no offers at present."),
        narrows=True,
    )
    yield Rule(
        "district",
        Q(district_id=request.district_id),
        _("They volunteer in another district."),
        _("You volunteer in another district."),
        narrows=True,
    )


def _fitness(request: ServiceRequest, start: datetime | None) -> Iterator[Rule]:
    category = reference.snapshot().by_id[request.category_id]
    if category.skills:
        yield Rule(
            "skill",
            Q(skills__overlap=category.skills),
            _("They have none of the skills that this asks for."),
            _("You have named none of the skills that this asks for."),
            narrows=True,
        )
    if category.needs_vetting:
        yield Rule(
            "vetting",
            Q(vetted_at__isnull=False),
            _("This needs a background check, and they have none."),
            _("This kind of help needs a background check first."),
            narrows=True,
        )
    day = timezone.localdate(_begins(request, start) or clock.now())
    if category.needs_insurance:
        yield Rule(
            "insurance",
            Q(insured_until__gte=day),
            _("This needs insurance, and theirs does not cover the day."),
            _("This kind of help needs valid insurance. Please talk to your community."),
            narrows=True,
        )
    yield from safety(category, day)


def _between(request: ServiceRequest) -> Iterator[Rule]:
    theirs = ~Q(user_id__in=[pk for pk in (request.beneficiary_id, request.proxy_id) if pk])
    if hashes := [h for h in (request.beneficiary_phone_hash, request.contact_phone_hash) if h]:
        # Not by a join: the few accounts are looked up once, not the account of everybody who is found.
        theirs &= ~Q(user_id__in=User.objects.filter(phone_hash__in=hashes).values("pk"))
    yield Rule(
        "own",
        theirs,
        _("The request is their own, or they placed it."),
        _("You cannot serve a request of your own."),
    )
    blocks = Block.objects.filter(blocked_with(request), volunteer=OuterRef("pk"))
    yield Rule("block", ~Q(Exists(blocks)), _("The two are not to be matched again."), NOT_FOR_YOU)


def _this_round(request: ServiceRequest) -> Iterator[Rule]:
    mine: dict[str, Any] = {"request": request, "round": request.round, "volunteer": OuterRef("pk")}
    offers, parts = Offer.objects.filter(**mine), Assignment.objects.filter(**mine)
    yield Rule(
        "asked",
        ~Q(Exists(offers.filter(state=OfferState.OPEN))),
        _("They have been asked and have not answered yet."),
        _("You have been asked already: please answer."),
    )
    yield Rule(
        "declined",
        ~Q(Exists(offers.filter(state=OfferState.DECLINED))),
        _("They declined this request."),
        _("You declined this request."),
    )
    yield Rule(
        "serving",
        ~Q(Exists(parts.filter(state__in=sorted(ACTIVE)))),
        _("They have accepted this request."),
        _("You have accepted this already."),
    )
    yield Rule(
        "gave_up",
        ~Q(Exists(parts.filter(state__in=[AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP]))),
        _("They gave this request up, or did not come."),
        _("You gave this request up, or did not come."),
    )


def _time(request: ServiceRequest, start: datetime | None) -> Iterator[Rule]:
    times = window(request, start)
    if times is not None:
        busy = Commitment.objects.filter(volunteer=OuterRef("pk"), active=True, during__overlap=times)
        yield Rule(
            "busy",
            ~Q(Exists(busy)),
            _("They have promised that time elsewhere."),
            _("You have promised that time elsewhere."),
        )


def is_insured(volunteer: Volunteer, at: datetime) -> bool:
    """Whether the insurance of `volunteer` covers the day of `at`, as days are counted here."""
    return volunteer.insured_until is not None and volunteer.insured_until >= timezone.localdate(at)


def blocked_with(request: ServiceRequest) -> Q:
    """Returns the filter for blocks between volunteers and this request's beneficiary."""
    found = Q(pk__in=[])
    if request.beneficiary_id:
        found |= Q(resident_id=request.beneficiary_id)
    if request.beneficiary_phone_hash:
        found |= Q(phone_hash=request.beneficiary_phone_hash)
    return found
