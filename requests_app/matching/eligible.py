"""The hard rules: who may be asked for a request at all. Each has a name, so that it can be told who fails which.

The same rules, as SQL, choose the candidates, check whoever is named by hand, and answer "why not". They are written
over what a request gives (matching.given) and put together once for each shape of request. Those of safety
(matching.safety) and those that volunteers set themselves (matching.wishes) stand in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import Exists, F, Func, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests_app.enums import ACTIVE, AssignmentState, OfferState
from requests_app.matching.given import Given, Shape, among
from requests_app.matching.rule import NOT_FOR_YOU, Rule
from requests_app.matching.safety import safety
from requests_app.matching.wishes import wishes
from requests_app.models import Assignment, Block, Offer, ServiceRequest
from volunteers.models import Commitment, Volunteer

SHAPES_KEPT = 256
ANYBODY = Q(pk__isnull=False)


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
        insured = Q(insured_until__gte=Given("day"))
        yield Rule(
            "insurance",
            insured,
            _("This needs insurance, and theirs does not cover the day."),
            _("This kind of help needs valid insurance. Please talk to your community."),
            narrows=True,
            always=insured,
        )
    yield from safety(shape)


def _between() -> Iterator[Rule]:
    yield Rule(
        "own",
        ~among("user_id", Given("own_accounts")),
        _("The request is their own, or they placed it."),
        _("You cannot serve a request of your own."),
        always=ANYBODY,
    )
    blocks = Block.objects.filter(
        Q(resident_id=Given("beneficiary")) | Q(phone_hash=Given("beneficiary_phone")),
        volunteer=OuterRef("pk"),
    )
    yield Rule(
        "block", ~Q(Exists(blocks)), _("The two are not to be matched again."), NOT_FOR_YOU, always=ANYBODY
    )


def _mine() -> dict[str, Any]:
    return {"request": Given("request"), "round": Given("round"), "volunteer": OuterRef("pk")}


class InRound(NamedTuple):
    """A rule that somebody fails by what became of them in the present round: `kind`, in one of `states`."""

    code: str
    kind: type[Offer] | type[Assignment]
    states: list[str]
    words: str | Promise
    own_words: str | Promise


IN_ROUND = (
    InRound(
        "asked",
        Offer,
        [OfferState.OPEN],
        _("They have been asked and have not answered yet."),
        _("You have been asked already: please answer."),
    ),
    InRound(
        "declined",
        Offer,
        [OfferState.DECLINED],
        _("They declined this request."),
        _("You declined this request."),
    ),
    InRound(
        "serving",
        Assignment,
        sorted(ACTIVE),
        _("They have accepted this request."),
        _("You have accepted this already."),
    ),
    InRound(
        "gave_up",
        Assignment,
        [AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP],
        _("They gave this request up, or did not come."),
        _("You gave this request up, or did not come."),
    ),
)


def _this_round() -> Iterator[Rule]:
    for code, kind, states, words, own_words in IN_ROUND:
        yield Rule(code, _without(kind, states), words, own_words, always=ANYBODY)


def _without(kind: type[Offer] | type[Assignment], states: list[str]) -> Q:
    return ~Q(Exists(kind._default_manager.filter(**_mine(), state__in=states)))


def asked_last(shape: Shape) -> list[Q]:
    """Returns the rules that do not narrow, for asking all of them at once: those about the present round are one of
    offers and one of assignments, which is half to plan and to look up."""
    codes = {each.code for each in IN_ROUND}
    found = [rule.holds for rule in rules(shape) if not rule.narrows and rule.code not in codes]
    for kind in (Offer, Assignment):
        found.append(
            _without(kind, [state for each in IN_ROUND if each.kind is kind for state in each.states])
        )
    return found


def _time(shape: Shape) -> Iterator[Rule]:
    if shape.days:
        times = Func(Given("begins"), Given("ends"), function="tstzrange", output_field=DateTimeRangeField())
        busy = Commitment.objects.filter(volunteer=OuterRef("pk"), active=True, during__overlap=times)
        yield Rule(
            "busy",
            ~Q(Exists(busy)),
            _("They have promised that time elsewhere."),
            _("You have promised that time elsewhere."),
            always=~Q(Exists(Commitment.objects.filter(volunteer=OuterRef("pk"), active=True))),
        )


def touched(requests: Sequence[ServiceRequest]) -> set[int]:
    """Returns the ids of those of `requests` for which one of the rules about a request and a person may keep anybody:
    in whose round somebody was asked or served, who is blocked with, or who placed it or has it as a volunteer."""
    ids = [each.pk for each in requests]
    people = {pk for each in requests for pk in (each.beneficiary_id, each.proxy_id) if pk}
    hashes = {
        text for each in requests for text in (each.beneficiary_phone_hash, each.contact_phone_hash) if text
    }
    found: set[int] = set()
    for parts in (Offer, Assignment):
        mine = parts._default_manager.filter(request__in=ids, round=F("request__round"))
        found.update(mine.values_list("request", flat=True).distinct())
    own = Volunteer.objects.filter(Q(user__in=people) | Q(user__phone_hash__in=hashes))
    accounts = list(own.values_list("user", "user__phone_hash"))
    blocks = Block.objects.filter(Q(resident__in=people) | Q(phone_hash__in=hashes))
    accounts += blocks.values_list("resident", "phone_hash")
    known = {each for account in accounts for each in account if each}
    found.update(each.pk for each in requests if not known.isdisjoint(_accounts(each)))
    return found


def _accounts(request: ServiceRequest) -> tuple[int | str | None, ...]:
    return (
        request.beneficiary_id,
        request.proxy_id,
        request.beneficiary_phone_hash,
        request.contact_phone_hash,
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
