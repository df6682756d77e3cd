"""The hard rules: who may be asked for a request at all. Each has a name, so that it can be told who fails which.

The same rules, as SQL, choose the candidates, check whoever is named by hand, and answer "why not". They are written
over what a request gives (matching.given) and put together once for each shape of request. Those of safety
(matching.safety) and those that volunteers set themselves (matching.wishes) stand in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import Exists, Func, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.enums import ACTIVE, AssignmentState, OfferState
from requests_app.matching.given import Given, Shape, among
from requests_app.matching.rule import NOT_FOR_YOU, Rule
from requests_app.matching.safety import safety
from requests_app.matching.wishes import wishes
from requests_app.models import Assignment, Block, Offer, ServiceRequest
from volunteers.models import Commitment, Volunteer

SHAPES_KEPT = 256


def never_asked() -> Q:
    """Returns the filter for volunteers to whom the request was not put in its present round, however that ended."""
    return ~Q(Exists(Offer.objects.filter(**_mine())))


@lru_cache(SHAPES_KEPT)
def rules(shape: Shape) -> tuple[Rule, ...]:
    """Returns the rules that hold for requests of `shape`."""
    return (
        *_standing(),
        *_fitness(shape),
        *_between(),
        *_this_round(),
        *_time(shape),
        *wishes(shape),
    )


def _standing() -> Iterator[Rule]:
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
        Q(district_id=Given("district")),
        _("They volunteer in another district."),
        _("You volunteer in another district."),
        narrows=True,
    )


def _fitness(shape: Shape) -> Iterator[Rule]:
    if shape.skills:
        yield Rule(
            "skill",
            Q(skills__overlap=Given("skills")),
            _("They have none of the skills that this asks for."),
            _("You have named none of the skills that this asks for."),
            narrows=True,
        )
    if shape.vetting:
        yield Rule(
            "vetting",
            Q(vetted_at__isnull=False),
            _("This needs a background check, and they have none."),
            _("This kind of help needs a background check first."),
            narrows=True,
        )
    if shape.insurance:
        yield Rule(
            "insurance",
            Q(insured_until__gte=Given("day")),
            _("This needs insurance, and theirs does not cover the day."),
            _("This kind of help needs valid insurance. Please talk to your community."),
            narrows=True,
        )
    yield from safety(shape)


def _between() -> Iterator[Rule]:
    yield Rule(
        "own",
        ~among("user_id", Given("own_accounts")),
        _("The request is their own, or they placed it."),
        _("You cannot serve a request of your own."),
    )
    blocks = Block.objects.filter(
        Q(resident_id=Given("beneficiary")) | Q(phone_hash=Given("beneficiary_phone")),
        volunteer=OuterRef("pk"),
    )
    yield Rule("block", ~Q(Exists(blocks)), _("The two are not to be matched again."), NOT_FOR_YOU)


def _mine() -> dict[str, Any]:
    return {"request": Given("request"), "round": Given("round"), "volunteer": OuterRef("pk")}


def _this_round() -> Iterator[Rule]:
    offers, parts = Offer.objects.filter(**_mine()), Assignment.objects.filter(**_mine())
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


def _time(shape: Shape) -> Iterator[Rule]:
    if shape.days:
        times = Func(Given("begins"), Given("ends"), function="tstzrange", output_field=DateTimeRangeField())
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
