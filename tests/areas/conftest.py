"""A small land: one city of two districts, drawn as squares of about a kilometre."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from civic.areas import actions, queries
from civic.areas.models import Area, AreaLevel
from tests.cast_copies import Pattern

WEST, SOUTH = 117.0, 34.0


def square(left: float, bottom: float, side: float = 0.01, *, height: float | None = None) -> dict[str, Any]:
    """Returns a GeoJSON rectangle, `left` and `bottom` counted in degrees from the corner of the land."""
    x, y, top = WEST + left, SOUTH + bottom, height if height is not None else side
    ring = [[x, y], [x + side, y], [x + side, y + top], [x, y + top], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


class Land:
    """The areas by short names; each drawn except `undrawn`."""

    def __init__(self) -> None:
        make = actions.create_area
        self.city: Area = make(
            parent=None,
            level=AreaLevel.CITY,
            code="990100",
            name="青禾市",
            name_en="Qinghe",
            boundary=square(0, 0, 0.04),
        )
        self.east: Area = make(
            parent=self.city,
            level="district",
            code="990102",
            name="青禾区",
            boundary=square(0, 0, 0.02, height=0.04),
        )
        self.west: Area = make(
            parent=self.city,
            level="district",
            code="990103",
            name="柳溪区",
            boundary=square(0.02, 0, 0.02, height=0.04),
        )
        self.street: Area = make(
            parent=self.east, level="street", name="文化路街道", boundary=square(0, 0, 0.02, height=0.02)
        )
        self.community: Area = make(
            parent=self.street, level="community", name="锦苑社区", boundary=square(0, 0, 0.02, height=0.01)
        )
        self.grid: Area = make(parent=self.community, level="grid", name="第一网格", boundary=square(0, 0))
        self.next_grid: Area = make(
            parent=self.community, level="grid", name="第二网格", boundary=square(0.01, 0)
        )
        self.undrawn: Area = make(parent=self.street, level="community", name="荷花社区")


@pytest.fixture(autouse=True)
def fresh_tree() -> Iterator[None]:
    """Starts and ends every test without a picture of another test's areas."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture(scope="session")
def land_pattern(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Pattern[Land]:
    """What the small land is copied from."""
    with django_db_blocker.unblock():
        return Pattern(Land)


@pytest.fixture
def land(land_pattern: Pattern[Land], fresh_tree: None, db: None) -> Land:
    """Returns the small land."""
    return land_pattern.copy()
