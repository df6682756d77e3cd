"""The demo city on the map: areas whose boundaries tile, estates to pick an address from. The same every
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import cos, radians
from random import Random
from typing import Any

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from civic.areas import boundaries, codes
from civic.areas.models import LEVELS, AreaLevel
from insight.demo import mosaic
from insight.demo.names_of_places import CITY, GRID_NUMBERS, Place
from insight.demo.words import words

SEED = 26
# Where the invented city lies (WGS-84), and a county code that GB/T 2260 does not give to anybody.
CENTRE_LAT, CENTRE_LON = 34.806, 117.258
CITY_CODE = "379900"
WIDTH_M, HEIGHT_M = 5_600, 4_400
METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class DemoArea:
    """One area before it is in the database; `parent` is a code, `boundary` GeoJSON."""

    code: str
    name: str
    name_en: str
    level: AreaLevel
    parent: str | None
    desk_phone: str
    boundary: dict[str, Any]
    lat: float
    lon: float


@dataclass(frozen=True)
class Estate:
    """A housing estate: where a resident picks building and door."""

    name: str
    road: str
    grid_code: str
    lat: float
    lon: float
    buildings: int
    units: int
    floors: int

    def address(self, building: int, unit: int, floor: int, door: int) -> str:
        """Returns the address as people write it: 荷花里小区3号楼2单元502."""
        return f"{self.name}{building}号楼{unit}单元{floor}{door:02d}"


@dataclass(frozen=True)
class DemoCity:
    """All areas, parents before children, and all estates."""

    areas: tuple[DemoArea, ...]
    estates: tuple[Estate, ...]

    def geojson(self) -> dict[str, Any]:
        """Returns the areas as the FeatureCollection that `manage.py load_areas` reads."""
        return {"type": "FeatureCollection", "features": [_feature(area) for area in self.areas]}

    def estates_in(self, grid_code: str) -> tuple[Estate, ...]:
        """Returns the estates of one grid."""
        return tuple(estate for estate in self.estates if estate.grid_code == grid_code)


def _feature(area: DemoArea) -> dict[str, Any]:
    properties = {
        "code": area.code,
        "name": area.name,
        "name_en": area.name_en,
        "level": area.level.value,
        "parent": area.parent,
        "desk_phone": area.desk_phone,
    }
    return {"type": "Feature", "properties": properties, "geometry": area.boundary}


@cache
def build() -> DemoCity:
    """Returns the demo city; takes about a tenth of a second the first time."""
    dice = Random(SEED)
    land = mosaic.outline(WIDTH_M, HEIGHT_M, dice)
    counts = _counts(CITY)
    points = mosaic.scatter(land, mosaic.total(counts), dice)
    shapes = [_on_earth(each) for each in mosaic.roughen(mosaic.cells(land, points), SEED)]
    areas = list(_areas(CITY, LEVELS[0], None, CITY_CODE, mosaic.group(points, counts), shapes))
    areas.sort(key=lambda area: (area.level.depth, area.code))
    return DemoCity(tuple(areas), tuple(_estates(areas, dice)))


def _counts(place: Place) -> mosaic.Counts:
    return place.grids or [_counts(part) for part in place.below]


def _on_earth(flat: Polygon) -> Polygon:
    """Returns the shape in degrees, to the centimetre, so that common corners stay common."""
    scale = METRES_PER_DEGREE * cos(radians(CENTRE_LAT))
    corners = [
        (round(CENTRE_LON + x / scale, 7), round(CENTRE_LAT + y / METRES_PER_DEGREE, 7))
        for x, y in flat.exterior.coords
    ]
    return Polygon(corners)


def _areas(
    place: Place, level: AreaLevel, parent: str | None, code: str, groups: Any, shapes: list[Polygon]
) -> Iterator[DemoArea]:
    """Yields the area of `place` and everything below it. `groups` holds positions in `shapes`."""
    yield _area(
        place.name, place.name_en, level, parent, code, mosaic.union([shapes[at] for at in _flat(groups)])
    )
    profile = codes.CodeProfile((6, 3, 3, 3))
    below = level.child
    if below is None:
        return
    if level is AreaLevel.COMMUNITY:
        parts = [shapes[at] for at in groups]
        order = codes.numbering_order([(part.centroid.y, part.centroid.x) for part in parts])
        for number, at in enumerate(order, start=1):
            name = place.name.removesuffix("社区") + GRID_NUMBERS[number - 1]
            name_en = f"{place.name_en.removesuffix(' Community')} Grid {number}"
            yield _area(name, name_en, AreaLevel.GRID, code, f"{code}{number:03d}", parts[at])
        return
    taken: list[str] = []
    for part, group in zip(place.below, groups, strict=True):
        taken.append(profile.following(below, code, taken))
        yield from _areas(part, below, code, taken[-1], group, shapes)


def _area(
    name: str, name_en: str, level: AreaLevel, parent: str | None, code: str, outline: BaseGeometry
) -> DemoArea:
    middle = boundaries.centre(outline)
    return DemoArea(
        code=code,
        name=name,
        name_en=name_en,
        level=level,
        parent=parent,
        desk_phone=_desk_phone(level, code),
        boundary=boundaries.as_geojson(outline),
        lat=middle.lat,
        lon=middle.lon,
    )


def _desk_phone(level: AreaLevel, code: str) -> str:
    """Returns the number of the desk there; grids have none."""
    if level is AreaLevel.GRID:
        return ""
    if level is AreaLevel.CITY:
        return "8888-1200"
    district = int(code[4:6])
    if level is AreaLevel.DISTRICT:
        return f"8888-{11 + district}{11 + district}"
    street, community = int(code[6:9]), int(code[9:12] or 0)
    return f"8888-{district + 2}{street}{community:02d}"


def _flat(groups: Any) -> list[int]:
    return [groups] if isinstance(groups, int) else [at for each in groups for at in _flat(each)]


def _estates(areas: list[DemoArea], dice: Random) -> Iterator[Estate]:
    """Yields two estates for each grid; a community's first carries its name."""
    names = [first + kind for first, kind in product(words("estate names"), words("estate kinds"))]
    dice.shuffle(names)
    streets = {area.code: area.name for area in areas if area.level == AreaLevel.STREET}
    community_names = {
        area.code: area.name.removesuffix("社区") for area in areas if area.level == AreaLevel.COMMUNITY
    }
    for area in areas:
        if area.level != AreaLevel.GRID:
            continue
        outline = boundaries.read(area.boundary)
        road = dice.choice(words(f"roads {streets[area.code[:9]]}"))
        for number, share in enumerate((0.3, 0.7)):
            own = area.code.endswith("001") and number == 0
            name = f"{community_names[area.parent or '']}小区" if own else names.pop()
            lat, lon = _inside(outline, share, dice)
            floors = dice.choice((6, 6, 6, 11, 18))
            yield Estate(
                name=name,
                road=f"{road}{dice.randrange(2, 220)}号",
                grid_code=area.code,
                lat=lat,
                lon=lon,
                buildings=dice.randrange(6, 19),
                units=2 if floors > 6 else dice.choice((2, 3, 4)),
                floors=floors,
            )


def _inside(outline: BaseGeometry, share: float, dice: Random) -> tuple[float, float]:
    """Returns a point (lat, lon) well inside, at about `share` of the way from west to east."""
    left, bottom, right, top = outline.bounds
    core = outline.buffer(-(right - left) * 0.08)
    for _attempt in range(60):
        lon = left + (right - left) * (share + dice.uniform(-0.12, 0.12))
        lat = bottom + (top - bottom) * dice.uniform(0.25, 0.75)
        if shapely.intersects_xy(core, lon, lat):
            return round(lat, 6), round(lon, 6)
    middle = outline.representative_point()
    return round(middle.y, 6), round(middle.x, 6)
