"""Which rule of auto-dispatch holds for a request, and whether the kill switch is thrown where it belongs."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from civic.areas import queries as areas
from requests_app import reference
from requests_app.models import AutoDispatchRule, AutoDispatchStop, ServiceRequest

Fitting = tuple[int | None, int]  # category, area


def expected_rule(request: ServiceRequest) -> AutoDispatchRule | None:
    """Returns the rule that covers `request`, None for none and for one that is off; from memory, a few seconds old."""
    return _covering(request, reference.snapshot().auto_dispatch)


def present_rule(request: ServiceRequest) -> AutoDispatchRule | None:
    """Returns the rule that covers `request` as the tables stand now, None also where auto-dispatch is stopped."""
    if is_stopped(request.area_id):
        return None
    rows = AutoDispatchRule.objects.filter(area__in=_places(request.area_id))
    return _covering(request, {(row.category_id, row.area_id): row for row in rows})


def is_stopped(area_id: int) -> bool:
    """Whether the kill switch is thrown for the area, one above it, or everywhere."""
    return AutoDispatchStop.objects.filter(Q(area=None) | Q(area__in=_places(area_id))).exists()


def _covering(request: ServiceRequest, rules: Mapping[Fitting, AutoDispatchRule]) -> AutoDispatchRule | None:
    """Returns the most specific row that fits, when it is on (AutoDispatchRule says which that is)."""
    if not rules:
        return None
    kinds: list[int | None] = [*reference.lineage(request.category_id), None]
    fitting = ((kind, place) for kind in kinds for place in _places(request.area_id))
    found = next((rules[each] for each in fitting if each in rules), None)
    return found if found is not None and found.on else None


def _places(area_id: int) -> list[int]:
    """Returns the ids of the area and of those above it, the nearest first."""
    return [area.pk for area in reversed(areas.fresh_if_unknown(area_id).lineage(area_id))]
