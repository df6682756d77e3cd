"""Which areas a place lies in: five ids, one per level."""

from __future__ import annotations

from civic.areas.models import Area
from civic.areas.queries import NOWHERE, ScopeIds, fresh_if_unknown, tree

__all__ = ["NOWHERE", "ScopeIds", "of"]


def of(area: Area | int | None) -> ScopeIds:
    """Returns the ids of city, district, street, community and grid above and at `area`, None below its own
    level.

    None gives `NOWHERE`. Raises KeyError for an id that is no area. About a microsecond: read from the tree
    in memory.
    """
    if area is None:
        return NOWHERE
    area_id = area if isinstance(area, int) else area.pk
    found = tree().scopes.get(area_id)
    return fresh_if_unknown(area_id).scopes[area_id] if found is None else found
