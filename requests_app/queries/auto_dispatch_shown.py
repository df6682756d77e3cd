"""Auto-dispatch as the desk shows it: switches within reach, the rules that hold there, what is under way or waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from civic.accounts.access import held, holds, scope_q
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas import scope
from civic.areas.models import Area, AreaLevel
from civic.cases.models import Timer
from civic.lib import clock
from requests_app import auto_dispatch, reference
from requests_app.actions.auto_dispatch import MAY_EDIT, MAY_STOP
from requests_app.auto_dispatch import Spot
from requests_app.effects.automatic import TIMER
from requests_app.enums import WaterfallState
from requests_app.models import AutoDispatchRule, AutoDispatchStop, ServiceRequest, Waterfall


@dataclass(frozen=True)
class Switch:
    """The kill switch of an area: `stop` is the one thrown for it, `above` one that holds here too. `going_on` is how
    many requests it would hold: those about which a rule goes on asking."""

    area: Area
    stop: AutoDispatchStop | None
    above: AutoDispatchStop | None
    may_allow: bool
    going_on: int

    @property
    def everywhere(self) -> bool:
        """Whether it is the one for all."""
        return self.area.level == AreaLevel.CITY


@dataclass(frozen=True)
class Line:
    """A rule, whether the reader may change it, and whether the kill switch keeps it from dispatching anything."""

    rule: AutoDispatchRule
    may_edit: bool
    is_held: bool


@dataclass(frozen=True)
class UnderWay:
    """How many requests a rule goes on asking about, and about how many the kill switch keeps it from asking on."""

    going_on: int
    held: int


def switches(user: User) -> list[Switch]:
    """Returns the switches of the areas in which `user` has a say, and of the districts of a city."""
    tree, asked_in = areas.tree(), _asked_in(user)
    stops = {stop.area_id: stop for stop in AutoDispatchStop.objects.select_related("by")}
    found: dict[int, Switch] = {}
    for row in held(user):
        if row.role not in MAY_STOP or row.area_id not in tree.by_id:
            continue
        area = tree.by_id[row.area_id]
        below = tree.children(area.pk) if area.level == AreaLevel.CITY else []
        for each in (area, *below):
            found.setdefault(each.pk, _switch(user, each, stops, asked_in))
    return sorted(found.values(), key=lambda switch: (switch.area.depth, switch.area.pk))


def _switch(
    user: User, area: Area, stops: dict[int | None, AutoDispatchStop], asked_in: Counter[int]
) -> Switch:
    own = None if area.level == AreaLevel.CITY else area.pk
    higher = [None, *(each.pk for each in areas.tree().lineage(area.pk) if each.pk != area.pk)]
    above = next((stops[pk] for pk in higher if pk in stops and pk != own), None)
    below = set(areas.tree().subtree_ids(area.pk))
    going_on = sum(count for pk, count in asked_in.items() if pk in below and not _is_stopped(pk, stops))
    return Switch(area, stops.get(own), above, holds(user, MAY_EDIT, scope.of(area)), going_on)


def _is_stopped(area_id: int, stops: Collection[int | None]) -> bool:
    """Whether one of `stops` (the areas of the switches thrown, None for everywhere) holds in the area."""
    return None in stops or any(area.pk in stops for area in areas.tree().lineage(area_id))


def rules(user: User) -> list[Line]:
    """Returns the rules that hold anywhere in the areas of `user`: those of the areas, below and above them."""
    tree = areas.tree()
    mine = {row.area_id for row in held(user) if row.role in MAY_STOP and row.area_id in tree.by_id}
    above = {area.pk for pk in mine for area in tree.lineage(pk)}
    found = AutoDispatchRule.objects.select_related("area", "category").order_by(
        "area__path", "category__position"
    )
    stops = _stops()
    return [
        Line(rule, holds(user, MAY_EDIT, scope.of(rule.area)), _is_stopped(rule.area_id, stops))
        for rule in found
        if rule.area_id in above or mine & {area.pk for area in tree.lineage(rule.area_id)}
    ]


def goes_out_at(spots: Mapping[int, Spot]) -> dict[int, datetime]:
    """Returns when those of the requests that wait to be dispatched by a rule are, by id; `spots` are the category and
    area of each. One statement and two more where any waits, none where no rule is on."""
    if not spots or not any(each.on for each in reference.snapshot().auto_dispatch.values()):
        return {}
    timers = Timer.objects.filter(
        kind=ServiceRequest.kind,
        case_id__in=spots,
        name=TIMER,
        fired_at=None,
        voided_at=None,
        due_at__gt=clock.now(),
    )
    found = dict(timers.values_list("case_id", "due_at"))
    rules = auto_dispatch.present_rules(spots[pk] for pk in found) if found else {}
    return {pk: due_at for pk, due_at in found.items() if spots[pk] in rules}


def rule(user: User, pk: int) -> AutoDispatchRule | None:
    """Returns one of these rules, None for another."""
    return next((line.rule for line in rules(user) if line.rule.pk == pk), None)


def under_way(user: User) -> UnderWay:
    """Returns how many requests in the areas of `user` are being asked about by a rule, and whether that goes on."""
    asked_in, stops = _asked_in(user), _stops()
    held_ones = sum(count for pk, count in asked_in.items() if _is_stopped(pk, stops))
    return UnderWay(asked_in.total() - held_ones, held_ones)


def _stops() -> set[int | None]:
    return set(AutoDispatchStop.objects.values_list("area_id", flat=True))


def _asked_in(user: User) -> Counter[int]:
    """Returns how many requests a rule has people asked about, by area, as far as `user` may know."""
    mine = ServiceRequest.objects.filter(scope_q(user, MAY_STOP))
    found = Waterfall.objects.filter(state=WaterfallState.OPEN, opened_by=None, request__in=mine)
    return Counter(found.values_list("request__area_id", flat=True))
