"""Everything that changes areas. One change at a time: each action first locks the generation row.

Who may call: administrators of the parent area, and only a street may draw or change its grids (rule:
Jiaxing, DOMAIN.md section 1); accounts lies above this app, so callers check that (the admin does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from civic.areas import boundaries, codes, queries
from civic.areas.boundaries import Outline
from civic.areas.models import Area, AreaGeneration, AreaLevel
from civic.lib import geo, text
from civic.lib.errors import ValidationFailed

EDITABLE = frozenset({"name", "name_en", "desk_phone", "is_active", "centre_lat", "centre_lon"})


@transaction.atomic
def create_area(
    *,
    parent: Area | None,
    level: AreaLevel | str,
    name: str,
    code: str = "",
    name_en: str = "",
    desk_phone: str = "",
    boundary: Mapping[str, Any] | None = None,
    centre: tuple[float, float] | None = None,
) -> Area:
    """Returns a new area below `parent` (None: the city). An empty `code` takes the next free number;
    `centre` is (lat, lon) and only used without a boundary. Raises ValidationFailed by field: level, code,
    name, boundary, centre.
    """
    level = AreaLevel(level)
    _lock()
    above = (
        None if parent is None else AreaLevel(Area.objects.values_list("level", flat=True).get(pk=parent.pk))
    )
    expected = AreaLevel.CITY if above is None else above.child
    if level is not expected:
        raise ValidationFailed.on("level", _("An area of this level cannot lie here."))
    if parent is None and Area.objects.filter(level=AreaLevel.CITY).exists():
        raise ValidationFailed.on("level", _("There is a city already: one installation serves one city."))
    fields: dict[str, Any] = {
        "name": _name(name),
        "name_en": name_en.strip(),
        "desk_phone": desk_phone.strip(),
        "level": level,
        "code": _code(code, level, parent),
    }
    if centre is not None and boundary is None:
        fields["centre_lat"], fields["centre_lon"] = _point(*centre)
    if parent is None:
        area = Area.objects.add_root(fields)
    else:
        area = Area.objects.add_child(Area.objects.get(pk=parent.pk), fields)
    if boundary is not None:
        area = set_boundaries({area.pk: boundary})[0]
    _changed()
    return area


@transaction.atomic
def change_area(area: Area | int, **values: Any) -> Area:
    """Returns the area with new `values` of EDITABLE fields. Raises ValidationFailed by field, TypeError
    for other fields.

    The centre of an area with a boundary follows from it and cannot be typed in.
    """
    if unknown := set(values) - EDITABLE:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    _lock()
    row = Area.objects.get(pk=_id(area))
    if "name" in values:
        values["name"] = _name(values["name"])
    if {"centre_lat", "centre_lon"} & set(values):
        if row.boundary is not None:
            raise ValidationFailed.on("centre_lat", _("The centre follows from the boundary."))
        lat, lon = values.get("centre_lat"), values.get("centre_lon")
        values["centre_lat"], values["centre_lon"] = (
            (None, None) if lat is None and lon is None else _point(lat, lon)
        )
    for field, value in values.items():
        setattr(row, field, value)
    row.save(update_fields=sorted(values))
    _changed()
    return row


def set_boundary(area: Area | int, boundary: Mapping[str, Any] | None) -> Area:
    """Returns the area with the GeoJSON `boundary` (None takes it away) and its centre. Raises like
    `set_boundaries`.
    """
    return set_boundaries({_id(area): boundary})[0]


@transaction.atomic
def set_boundaries(drawn: Mapping[int, Mapping[str, Any] | None]) -> list[Area]:
    """Returns the areas with their new boundaries, drawn together so that a line between neighbours can
    move.

    Raises ValidationFailed on `boundary` with one sentence per fault: unreadable GeoJSON, an area out of
    its parent, over its sibling, or no longer around its children (each by more than
    boundaries.TOLERANCE_M).
    """
    _lock()
    rows = {area.pk: area for area in Area.objects.filter(pk__in=drawn)}
    faults: list[str] = []
    for area_id, row in rows.items():
        try:
            _draw(row, drawn[area_id])
        except ValueError as error:
            faults.append(f"{row.label}: {error}" if len(rows) > 1 else str(error))
    faults = faults or _faults_around(rows)
    if faults:
        raise ValidationFailed(errors={"boundary": faults})
    for row in rows.values():
        row.save(update_fields=["boundary", "centre_lat", "centre_lon"])
    _changed()
    return [rows[area_id] for area_id in drawn if area_id in rows]


def _draw(row: Area, boundary: Mapping[str, Any] | None) -> None:
    """Puts boundary and centre on `row`, unsaved. Raises ValueError (translated)."""
    if boundary is None:
        row.boundary = None
        return
    outline = boundaries.read(boundary)
    row.boundary = boundaries.as_geojson(outline)
    row.centre_lat, row.centre_lon = boundaries.centre(outline)


def _faults_around(rows: Mapping[int, Area]) -> list[str]:
    """Returns the sentences about the drawn `rows` in their families: with parents, siblings and children.

    What was wrong between others before is not held against this change.
    """
    step = Area.steplen
    parent_paths = {row.path[:-step] for row in rows.values() if row.depth > 1} | {
        row.path for row in rows.values()
    }
    found: list[str] = []
    for path in sorted(parent_paths):
        family = Area.objects.filter(path__startswith=path, depth__lte=len(path) // step + 1).order_by("path")
        parent, *children = [rows.get(area.pk, area) for area in family]
        outlines = [_outline(child) for child in children if child.boundary is not None]
        around = None if parent.boundary is None else _outline(parent)
        found += [f.sentence for f in boundaries.faults(around, outlines) if f.between & rows.keys()]
    return found


def _outline(area: Area) -> Outline:
    return Outline(area.pk, area.label, boundaries.read(area.boundary))


def _lock() -> None:
    """Lets one change of areas at a time into the database."""
    AreaGeneration.objects.get_or_create(pk=1)
    AreaGeneration.objects.select_for_update().get(pk=1)


def _changed() -> None:
    queries.forget()
    transaction.on_commit(queries.forget)


def _id(area: Area | int) -> int:
    return area if isinstance(area, int) else area.pk


def _name(name: str) -> str:
    try:
        return text.clean(name, 80, required=True)
    except ValueError as error:
        raise ValidationFailed.on("name", error.args[0]) from error


def _point(lat: Any, lon: Any) -> tuple[float, float]:
    try:
        return geo.valid_point(lat, lon)
    except ValueError as error:
        raise ValidationFailed.on("centre", error.args[0]) from error


def _code(code: str, level: AreaLevel, parent: Area | None) -> str:
    profile = codes.profile()
    parent_code = None if parent is None else parent.code
    try:
        if not code and parent is not None:
            taken: Sequence[str] = list(Area.objects.filter(level=level).values_list("code", flat=True))
            code = profile.following(level, parent.code, taken)
        profile.check(code, level, parent_code)
    except ValueError as error:
        raise ValidationFailed.on("code", error.args[0]) from error
    if Area.objects.filter(code=code).exists():
        raise ValidationFailed.on("code", _("This code is in use."))
    return code
