"""What is asked of the rules, one statement for each shape of request, kept in the process."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    ExpressionWrapper,
    FloatField,
    Func,
    Q,
    QuerySet,
    TextField,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import MD5, Cast, Concat

from requests_app.matching import given
from requests_app.matching.eligible import SHAPES_KEPT, asked_last, never_asked, rules
from requests_app.matching.given import Given, Shape, among
from requests_app.matching.rule import Rule
from requests_app.matching.statements import MANY, Condition, Statement, condition, run, written
from requests_app.models import ServiceRequest
from volunteers.models import HOME, Volunteer


def eligible(request: ServiceRequest) -> QuerySet[Volunteer]:
    """Returns the volunteers of the request's district whom the hard rules allow to be asked for it."""
    facts = given.facts(request)
    return Volunteer.objects.filter(pk__in=RawSQL(*_all(facts.shape).of(facts.values)))


def able(request: ServiceRequest, ids: Collection[int]) -> set[int]:
    """Returns those of the volunteers `ids` who may be asked for `request`."""
    facts = given.facts(request)
    return {pk for (pk,) in run(_among(facts.shape).of(facts.values | {"named": list(ids)}))}


def failed(request: ServiceRequest, volunteer: Volunteer) -> list[Rule]:
    """Returns the rules that keep `volunteer` from being asked for `request`."""
    return failed_by(request, [volunteer.pk])[volunteer.pk]


def failed_by(request: ServiceRequest, ids: Collection[int]) -> dict[int, list[Rule]]:
    """Returns, of each of the volunteers `ids`, the rules that keep them from being asked; one statement."""
    facts = given.facts(request)
    asked = rules(facts.shape)
    found = run(_each_rule(facts.shape).of(facts.values | {"named": list(ids)}))
    return {pk: [rule for rule, holds in zip(asked, held, strict=True) if not holds] for pk, *held in found}


# Given alike by all requests of one category in one district for which the desk chose no other skills.
OF_A_KIND = frozenset({"district", "kinds", "skills"})


@lru_cache(SHAPES_KEPT)
def _all(shape: Shape) -> Statement:
    return written(_eligible(shape).values("pk"))


@lru_cache(SHAPES_KEPT)
def _among(shape: Shape) -> Statement:
    return written(_eligible(shape).filter(among("pk", Given("named"))).values_list("pk"))


@lru_cache(SHAPES_KEPT)
def _each_rule(shape: Shape) -> Statement:
    told = [ExpressionWrapper(rule.holds, BooleanField()) for rule in rules(shape)]
    return written(Volunteer.objects.filter(among("pk", Given("named"))).values_list("pk", *told))


@lru_cache(SHAPES_KEPT)
def lots(shape: Shape, *, fresh: bool = False) -> Statement:
    """Returns what finds the ids of `count` of the eligible, drawn by lot; `fresh`: of those never asked before."""
    return written(_eligible(shape, fresh=fresh).order_by(*_lot()).values_list("pk")[:MANY])


@lru_cache(SHAPES_KEPT)
def look(shape: Shape, *, fresh: bool = False, naming: bool = False) -> Statement:
    """Returns what finds the fields of nearest.Seen of the first `count` by their distance on the map from `x`, `y`,
    of those of the community without a point, and of those `named`; in the order of their lots.

    Only the narrowing rules choose; whether somebody is fit is asked only once they are found. A planner that is given
    all rules at once expects next to nobody and sorts the whole district instead of walking the index of home points.
    """
    people = Volunteer.objects.filter(*_narrowing(shape))
    here = Func(Given("x"), Given("y"), function="point")
    gap: Any = Func(HOME, here, template="(%(expressions)s)", arg_joiner=" <-> ", output_field=FloatField())
    mapped = people.filter(lat__isnull=False, lon__isnull=False)
    first = mapped.order_by(gap).values("pk")[:MANY]  # by the key too, PostgreSQL 15 would sort
    others = [people.filter(lat=None, community_id=Given("community")).values("pk")]
    if naming:
        others.append(people.filter(among("pk", Given("named"))).values("pk"))
    fit = ExpressionWrapper(Q(*_others(shape, fresh=fresh)), output_field=BooleanField())
    found = Volunteer.objects.filter(pk__in=first.union(*others, all=True)).order_by(*_lot())
    return written(found.values_list("pk", "lat", "lon", gap, fit))


@lru_cache(SHAPES_KEPT)
def of_the_kind(shape: Shape) -> Statement:
    """Returns what finds (id, lat, lon, 1 for "always") of all with a home point who may be asked for requests of one
    category in one district, as far as that is the same for all of these. "Always": nothing of the other rules can keep
    them from an untouched request (Rule.always); 0 where it has to be asked."""
    mapped = Volunteer.objects.filter(*_narrowing_kind(shape), lat__isnull=False, lon__isnull=False)
    asked = [rule.always for rule in rules(shape) if not _is_of_the_kind(rule)]
    always = Q(*(each for each in asked if each is not None)) if None not in asked else Q(pk__in=[])
    told = Case(When(always, then=1), default=0)
    return written(mapped.order_by("pk").values_list("pk", "lat", "lon", Cast(told, BigIntegerField())))


@lru_cache(SHAPES_KEPT)
def drawn(shape: Shape) -> Statement:
    """Returns what finds the first `count` of those of the community who gave no point, in the order of their lots,
    by the same rules as `of_the_kind`."""
    here = Volunteer.objects.filter(*_narrowing_kind(shape), lat=None, community_id=Given("community"))
    return written(here.order_by(*_lot()).values_list("pk")[:MANY])


@lru_cache(SHAPES_KEPT)
def fit(shape: Shape) -> Condition:
    """Returns the rules that `of_the_kind` and `drawn` leave open."""
    return condition([rule.holds for rule in rules(shape) if not _is_of_the_kind(rule)])


def _narrowing_kind(shape: Shape) -> list[Q]:
    return [rule.holds for rule in rules(shape) if _is_of_the_kind(rule)]


def _is_of_the_kind(rule: Rule) -> bool:
    return rule.narrows and condition([rule.holds]).names <= OF_A_KIND


def _eligible(shape: Shape, *, fresh: bool = False) -> QuerySet[Volunteer]:
    return Volunteer.objects.filter(*_narrowing(shape), *_others(shape, fresh=fresh))


def _narrowing(shape: Shape) -> list[Q]:
    return [rule.holds for rule in rules(shape) if rule.narrows]


def _others(shape: Shape, *, fresh: bool) -> list[Q]:
    return [*asked_last(shape), *([never_asked()] if fresh else [])]


def _lot() -> tuple[Any, str]:
    """The same order for one request every time and another for the next, so that nobody is always last."""
    return MD5(Concat("number", Given("lot"), output_field=TextField())), "number"
