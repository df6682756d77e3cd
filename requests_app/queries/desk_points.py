"""The queue as a map: where the requests of a tab are, and the outlines of the areas they lie in. No tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from civic.accounts.access import held
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import LEVELS, Area, AreaLevel
from civic.lib import clock
from civic.lib.text import opening
from requests_app import reference
from requests_app.queries import desk_queue
from requests_app.queries.desk_queue import Filters
from requests_app.queries.desk_rows import tone

MOST = 10_000  # requests drawn at once
MOST_CORNERS = 60_000  # of all outlines together: some 1.2 MB
DIGITS = 5  # of a degree: about a metre
TONES = {"": 0, "amber": 1, "red": 2}
COLUMNS = ("pk", "lat", "lon", "state", "act_by", "title", "category_id")


def points(user: User, filters: Filters) -> bytes:
    """Returns as JSON the requests that the queue lists to `user` under `filters`, the most pressing first:
    {"points": [[id, lat, lon, tone (2 late, 1 soon), title], ...], and what is told of them in words}; two queries,
    and a third without a tab.

    Titles are those of the list.
    """
    now = clock.now()
    filters = desk_queue.with_tab_of(user, filters, now)
    source, values = desk_queue.listed(user, filters, now)
    where = desk_queue.in_tab(filters)
    placed = "lat IS NOT NULL AND lon IS NOT NULL"
    lead = "CASE WHEN title = '' THEN lead ELSE '' END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {placed}) FROM {source} WHERE {where}", values
        )
        counted, with_place = cursor.fetchone()
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)}, {lead} FROM {source} WHERE {where} AND {placed}"
            f" ORDER BY act_by, pk LIMIT {MOST}",
            values,
        )
        categories = reference.snapshot().by_id
        drawn = []
        for pk, lat, lon, state, act_by, title, category_id, begins in cursor.fetchall():
            words = title or opening(begins) or str(categories.get(category_id, ""))
            colour = TONES[tone(state, act_by, now)]
            drawn.append([pk, round(lat, DIGITS), round(lon, DIGITS), colour, words])
    return orjson.dumps({"points": drawn, **_told(drawn, counted, with_place)})


def _told(drawn: list[list[Any]], counted: int, with_place: int) -> dict[str, str]:
    late, soon = (sum(1 for point in drawn if point[3] == colour) for colour in (2, 1))
    shown = ngettext("%(n)s request on the map", "%(n)s requests on the map", len(drawn)) % {"n": len(drawn)}
    parts = [shown]
    if late:
        parts.append(_("%(n)s overdue") % {"n": late})
    if soon:
        parts.append(_("%(n)s due soon") % {"n": soon})
    unplaced = counted - with_place
    beyond = with_place - len(drawn)
    without = ngettext("%(n)s without a place", "%(n)s without a place", unplaced) % {"n": unplaced}
    left_out = _("Only the most pressing are drawn; %(n)s more are in the list.") % {"n": beyond}
    return {
        "told": " · ".join(parts),
        "unplaced": without if unplaced else "",
        "left_out": left_out if beyond else "",
    }


def land(user: User, area_id: int | None) -> bytes:
    """Returns as GeoJSON the outlines of the areas `user` has a role in, or of `area_id` among them, and of what lies
    below, level by level as long as they have MOST_CORNERS together; one query a level.

    Every feature has a `name`, a `depth` (1 the city, 5 a grid) and `at`, [lat, lon] of its centre or null. `left_out`
    says in words that the smallest areas are missing.
    """
    tree = areas.tree()
    inside = {pk for row in held(user) for pk in tree.subtree_ids(row.area_id)}
    if area_id in inside:
        inside = set(tree.subtree_ids(area_id))
    features: list[dict[str, Any]] = []
    corners, left_out = 0, False
    for level in LEVELS:
        ids = [pk for pk in inside if tree.by_id[pk].level == level and tree.in_use(pk)]
        drawn = list(_outlines(ids))
        corners += sum(count for _feature, count in drawn)
        if corners > MOST_CORNERS:
            left_out = True
            break
        features += [feature for feature, _count in drawn]
    words = _("Choose an area to see the outlines of its grids.") if left_out else ""
    return orjson.dumps({"type": "FeatureCollection", "features": features, "left_out": words})


def _outlines(ids: list[int]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yields each area that has a boundary as a feature, and how many corners it has."""
    for area in Area.objects.filter(pk__in=ids).exclude(boundary=None).order_by("code"):
        outline: Any = area.boundary
        coordinates, count = _rounded(outline["coordinates"])
        placed = area.centre_lat is not None and area.centre_lon is not None
        properties = {
            "name": area.label,
            "depth": AreaLevel(area.level).depth,
            "at": [area.centre_lat, area.centre_lon] if placed else None,
        }
        geometry = {"type": outline["type"], "coordinates": coordinates}
        yield {"type": "Feature", "properties": properties, "geometry": geometry}, count


def _rounded(nested: list[Any]) -> tuple[list[Any], int]:
    """Returns coordinates to the metre and how many points they are."""
    if nested and not isinstance(nested[0], list):
        return [round(float(degrees), DIGITS) for degrees in nested[:2]], 1
    parts = [_rounded(part) for part in nested]
    return [part for part, _count in parts], sum(count for _part, count in parts)
