"""Areas from a GeoJSON file: all of them or none, checked together as they will lie in the end.

Each feature's properties: `code`, `name`, `level`, optional `name_en`, `desk_phone`, `parent` (a code;
without it the parent is the area whose code this one continues). Its geometry may be null. An area whose
code exists is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from civic.areas import actions, codes
from civic.areas.models import LEVELS, Area, AreaLevel
from civic.lib.errors import ValidationFailed


class Loaded(NamedTuple):
    """How many areas a file added, changed, and gave a boundary."""

    added: int
    changed: int
    drawn: int


@transaction.atomic
def load(collection: Any) -> Loaded:
    """Returns what the parsed GeoJSON FeatureCollection brought in. Raises ValidationFailed with a sentence
    per faulty feature under `features`, or about boundaries under `boundary`; nothing is written then.
    """
    features = _features(collection)
    faults: list[str] = []
    added, changed = 0, 0
    drawn: dict[int, Mapping[str, Any]] = {}
    for feature in features:
        try:
            area, is_new = _save(feature["properties"])
        except (ValidationFailed, ValueError) as error:
            faults.append(f"{feature['properties'].get('code', '?')}: {error}")
            continue
        added, changed = added + is_new, changed + (not is_new)
        if feature.get("geometry") is not None:
            drawn[area.pk] = feature["geometry"]
    if faults:
        raise ValidationFailed(errors={"features": faults})
    actions.set_boundaries(drawn)
    return Loaded(added, changed, len(drawn))


def _features(collection: Any) -> list[dict[str, Any]]:
    """Returns the features, higher levels first. Raises ValidationFailed."""
    if not isinstance(collection, Mapping) or collection.get("type") != "FeatureCollection":
        raise ValidationFailed.on("features", _("The file must be a GeoJSON FeatureCollection."))
    found = collection.get("features")
    if not isinstance(found, list) or not all(_has_properties(feature) for feature in found):
        raise ValidationFailed.on("features", _("Every feature needs properties with code, name and level."))
    return sorted(found, key=lambda feature: AreaLevel(feature["properties"]["level"]).depth)


def _has_properties(feature: Any) -> bool:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    return (
        isinstance(properties, Mapping)
        and all(isinstance(properties.get(key), str) for key in ("code", "name", "level"))
        and properties["level"] in AreaLevel.values
    )


def _save(properties: Mapping[str, Any]) -> tuple[Area, bool]:
    """Returns the area of one feature and whether it is new. Raises ValidationFailed or ValueError
    (translated).
    """
    optional: dict[str, Any] = {
        key: str(properties[key]) for key in ("name_en", "desk_phone") if properties.get(key) is not None
    }
    existing = Area.objects.filter(code=properties["code"]).first()
    if existing is not None:
        return actions.change_area(existing, name=properties["name"], **optional), False
    level = AreaLevel(properties["level"])
    parent = None if level is AreaLevel.CITY else _parent(properties, level)
    area = actions.create_area(
        parent=parent, level=level, name=properties["name"], code=properties["code"], **optional
    )
    return area, True


def _parent(properties: Mapping[str, Any], level: AreaLevel) -> Area:
    """Returns the area above, named by `parent` or else by the beginning of the code. Raises ValueError
    (translated).
    """
    above = Area.objects.filter(depth=level.depth - 1)
    if named := properties.get("parent"):
        above = above.filter(code=named)
    elif level is AreaLevel.DISTRICT:
        above = above.filter(code__startswith=properties["code"][: codes.CITY_PREFIX])
    else:
        above = above.filter(code=properties["code"][: codes.profile().length(LEVELS[level.depth - 2])])
    found = above.first()
    if found is None:
        raise ValueError(_("Its parent is not there."))
    return found
