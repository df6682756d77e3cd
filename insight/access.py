"""Who may read the rates: staff, in the areas they answer for."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from civic.accounts.access import held, holds, holds_anywhere, scope_q
from civic.areas import queries as areas
from civic.areas import scope
from civic.areas.models import Area, AreaLevel
from civic.lib.errors import NotAllowed
from civic.shell import RATES


def scope_of(user: Any, area_id: int | None, *, direct: bool = False) -> Callable[[str], Q]:
    """Returns the filter on the scope columns behind a lookup path: of an area, or of all the reader's areas.

    With `direct` only what hangs on the area itself and on none below it. Raises NotAllowed outside the reader's areas.
    """
    if not holds_anywhere(user, RATES):
        raise NotAllowed(_("This page is for staff with a role in an area."))
    if area_id is None:
        return lambda prefix: scope_q(user, RATES, prefix)
    area = areas.by_id(area_id)
    if area is None or not holds(user, RATES, scope.of(area)):
        raise NotAllowed(_("This area lies outside those you answer for."))
    below = AreaLevel(area.level).child
    bounds = {f"{area.level}_id": area.pk} | ({f"{below}_id": None} if direct and below else {})
    return lambda prefix: Q(**{f"{prefix}{column}": value for column, value in bounds.items()})


def own_areas(user: Any) -> list[Area]:
    """Returns the areas in which the reader holds a role, none twice, those above first."""
    found = {row.area_id: areas.by_id(row.area_id) for row in held(user) if row.role in RATES}
    inside = [area for area in found.values() if area is not None]
    return sorted(inside, key=lambda area: (area.depth, area.code))


def choices(user: Any) -> list[tuple[int, str]]:
    """Returns the areas to choose from, down to communities: number and words."""
    tree = areas.tree()
    seen: dict[int, str] = {}
    for own in own_areas(user):
        for pk in tree.subtree_ids(own.pk):
            area = tree.by_id[pk]
            if AreaLevel(area.level).depth <= AreaLevel.COMMUNITY.depth and area.is_active:
                seen[pk] = areas.path_label(pk)
    return list(seen.items())
