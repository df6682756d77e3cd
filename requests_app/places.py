"""Places people choose from: the areas below one, the last address, outlines for the map."""

from typing import Any

from civic.accounts.models import User
from civic.areas import queries
from civic.areas.models import Area, AreaLevel
from requests_app.access import own
from requests_app.models import ServiceRequest


def below(area: Area) -> list[Area]:
    """Returns the areas in use directly below `area`; a level with a single area is stepped over."""
    found = [each for each in queries.tree().children(area.pk) if each.is_active]
    if len(found) == 1 and found[0].level != AreaLevel.GRID:
        return below(found[0]) or found
    return found


def last_place(user: Any) -> dict[str, Any] | None:
    """Returns where `user` last had help at home, as answers of a draft; None for a stranger."""
    if not isinstance(user, User):
        return None
    mine = ServiceRequest.objects.filter(own(user), proxy=None).exclude(address="")
    last = mine.order_by("-pk").first()
    if last is None or not queries.tree().in_use(last.area_id):
        return None
    return {
        "area_id": last.area_id,
        "address": last.address,
        "door_note": last.door_note,
        "lat": last.lat,
        "lon": last.lon,
    }


def map_centre(user: Any) -> tuple[float, float] | None:
    """Returns (lat, lon) of the home area to open a map at; None: show the whole city."""
    tree = queries.tree()
    area = tree.by_id.get(getattr(user, "home_area_id", None) or 0)
    for each in reversed(tree.lineage(area.pk)) if area else ():
        if each.centre_lat is not None and each.centre_lon is not None:
            return each.centre_lat, each.centre_lon
    return None


def outlines(level: AreaLevel) -> dict[str, Any]:
    """Returns a GeoJSON FeatureCollection of the areas of `level` in use that have a boundary."""
    drawn = Area.objects.filter(level=level, is_active=True).exclude(boundary=None).order_by("code")
    features = [
        {"type": "Feature", "properties": {"name": area.label}, "geometry": area.boundary} for area in drawn
    ]
    return {"type": "FeatureCollection", "features": features}
