"""Which rule of auto-dispatch holds for a request, and whether the kill switch is thrown where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from civic.areas import queries as areas
from requests_app import reference
from requests_app.models import AutoDispatchRule, AutoDispatchStop, ServiceRequest, Waterfall

Spot = tuple[int, int]  # category and area of a request
Fitting = tuple[int | None, int]  # those of a rule


def expected_rule(request: ServiceRequest) -> AutoDispatchRule | None:
    """Returns the rule that covers `request`, None for none and for one that is off; from memory, a few seconds old."""
    return _covering((request.category_id, request.area_id), reference.snapshot().auto_dispatch)


def present_rule(request: ServiceRequest) -> AutoDispatchRule | None:
    """Returns the rule that covers `request` as the tables stand now, None also where auto-dispatch is stopped."""
    spot = request.category_id, request.area_id
    return present_rules([spot]).get(spot)


def present_rules(spots: Iterable[Spot]) -> dict[Spot, AutoDispatchRule]:
    """Returns the rule that covers requests of each of `spots` as the tables stand now; none where none is on, or where
    auto-dispatch is stopped. Two statements."""
    stopped = set(AutoDispatchStop.objects.values_list("area_id", flat=True))
    rules = {(row.category_id, row.area_id): row for row in AutoDispatchRule.objects.all()}
    found = {
        spot: _covering(spot, rules) for spot in set(spots) if stopped.isdisjoint([None, *_places(spot[1])])
    }
    return {spot: rule for spot, rule in found.items() if rule is not None}


def is_stopped(area_id: int) -> bool:
    """Whether the kill switch is thrown for the area, one above it, or everywhere."""
    return AutoDispatchStop.objects.filter(Q(area=None) | Q(area__in=_places(area_id))).exists()


def is_held(waterfall: Waterfall, request: ServiceRequest) -> bool:
    """Whether the kill switch keeps the `waterfall` of `request` from asking anybody further."""
    return waterfall.is_automatic and is_stopped(request.area_id)


def _covering(spot: Spot, rules: Mapping[Fitting, AutoDispatchRule]) -> AutoDispatchRule | None:
    """Returns the most specific row that fits, when it is on (AutoDispatchRule says which that is)."""
    if not rules:
        return None
    category, area = spot
    kinds: list[int | None] = [*reference.lineage(category), None]
    fitting = ((kind, place) for kind in kinds for place in _places(area))
    found = next((rules[each] for each in fitting if each in rules), None)
    return found if found is not None and found.on else None


def _places(area_id: int) -> list[int]:
    """Returns the ids of the area and of those above it, the nearest first."""
    return [area.pk for area in reversed(areas.fresh_if_unknown(area_id).lineage(area_id))]
