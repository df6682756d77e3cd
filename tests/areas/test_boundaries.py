"""Drawing boundaries: what is refused and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from civic.areas import actions, boundaries, queries
from civic.areas.models import Area
from civic.lib.errors import ValidationFailed
from tests.areas.conftest import square

pytestmark = pytest.mark.django_db

RING = square(0, 0)["coordinates"][0]


def refusal(call: Any, *args: Any) -> str:
    """Returns the English sentences with which `call` refuses."""
    with translation.override("en"), pytest.raises(ValidationFailed) as caught:
        call(*args)
    with translation.override("en"):
        return " ".join(str(line) for found in (caught.value.errors or {}).values() for line in found)


@pytest.mark.parametrize(
    ("boundary", "words"),
    [
        ("POLYGON((0 0))", "must be a GeoJSON Polygon"),
        ({"type": "Point", "coordinates": [117, 34]}, "must be a GeoJSON Polygon"),
        ({"type": "Polygon"}, "no coordinates"),
        ({"type": "Polygon", "coordinates": []}, "no coordinates"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no coordinates"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "at least four points"),
        ({"type": "Polygon", "coordinates": [[*RING[:-1], [117.5, 34.5]]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]}, "look swapped"),
        ({"type": "Polygon", "coordinates": [[[x + 100, y] for x, y in RING]]}, "not on the globe"),
        ({"type": "Polygon", "coordinates": [[["117", 34], *RING[1:]]]}, "two numbers"),
        ({"type": "Polygon", "coordinates": [[[True, 34], *RING[1:]]]}, "two numbers"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 34], *RING[1:]]]}, "two numbers"),
        ({"type": "Polygon", "coordinates": [[[117], *RING[1:]]]}, "two numbers"),
        (
            {
                "type": "Polygon",
                "coordinates": [[[117, 34], [117.01, 34.01], [117.01, 34], [117, 34.01], [117, 34]]],
            },
            "not a proper surface: Self-intersection",
        ),
        (
            {"type": "Polygon", "coordinates": [[[117, 34], [117.01, 34], [117.02, 34], [117, 34]]]},
            "surface|encloses",
        ),
        ({"type": "Polygon", "coordinates": [[RING[0]] * 50_001]}, "more than 50000 points"),
    ],
)
def test_a_boundary_that_is_none_is_refused_in_words(land: Any, boundary: Any, words: str) -> None:
    said = refusal(actions.set_boundary, land.grid, boundary)
    assert any(each in said for each in words.split("|"))
    assert Area.objects.get(pk=land.grid.pk).boundary == square(0, 0)


def test_an_area_that_leaks_out_of_its_parent_is_refused(land: Any) -> None:
    said = refusal(actions.set_boundary, land.grid, square(-0.002, 0, 0.01))
    assert said == "第一网格 reaches out of 锦苑社区 by 204,998 m²."


def test_an_area_over_its_sibling_is_refused(land: Any) -> None:
    said = refusal(actions.set_boundary, land.grid, square(0, 0, 0.011, height=0.01))
    assert "第一网格 overlaps 第二网格 by" in said


def test_a_parent_that_no_longer_holds_its_children_is_refused(land: Any) -> None:
    said = refusal(actions.set_boundary, land.community, square(0, 0, 0.015, height=0.01))
    assert "第二网格 reaches out of 锦苑社区" in said


def test_the_refusal_is_translated(land: Any) -> None:
    with translation.override("zh-hans"), pytest.raises(ValidationFailed) as caught:
        actions.set_boundary(land.grid, square(-0.002, 0, 0.01))
    assert "第一网格超出锦苑社区的边界" in str(caught.value)


def test_strips_a_few_metres_wide_are_how_people_draw(land: Any) -> None:
    three_metres = 0.00003
    drawn = actions.set_boundary(land.grid, square(-three_metres, 0, 0.01 + 2 * three_metres, height=0.01))
    assert drawn.boundary is not None


def test_faults_of_others_are_not_held_against_a_change(land: Any) -> None:
    Area.objects.filter(pk=land.grid.pk).update(boundary=square(0, 0, 0.012, height=0.01))
    third = actions.create_area(
        parent=land.undrawn, level="grid", name="第三网格", boundary=square(0, 0.011, 0.002)
    )
    assert third.boundary is not None
    actions.set_boundary(land.undrawn, square(0, 0.0105, 0.009))
    assert "overlaps" in refusal(actions.set_boundary, land.grid, square(0, 0, 0.011, height=0.01))


def test_a_line_between_neighbours_moves_when_both_are_drawn_together(land: Any) -> None:
    wider, narrower = square(0, 0, 0.012, height=0.01), square(0.012, 0, 0.008, height=0.01)
    assert "overlaps" in refusal(actions.set_boundary, land.grid, wider)
    drawn = actions.set_boundaries({land.grid.pk: wider, land.next_grid.pk: narrower})
    assert [area.pk for area in drawn] == [land.grid.pk, land.next_grid.pk]


def test_each_of_several_unreadable_boundaries_is_named(land: Any) -> None:
    nothing: dict[str, Any] = {"type": "Polygon", "coordinates": []}
    said = refusal(actions.set_boundaries, {land.grid.pk: nothing, land.next_grid.pk: nothing})
    assert said.count("no coordinates") == 2
    assert "第一网格:" in said


def test_the_centre_follows_from_the_boundary(land: Any) -> None:
    assert (land.grid.centre_lat, land.grid.centre_lon) == pytest.approx((34.005, 117.005))


def test_the_centre_of_a_crescent_lies_inside_it() -> None:
    crescent = {
        "type": "Polygon",
        "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 8], [8, 8], [8, 1], [0, 1], [0, 0]]],
    }
    outline = boundaries.read(crescent)
    middle = boundaries.centre(outline)
    assert boundaries.shapely.intersects_xy(outline, middle.lon, middle.lat)


def test_a_boundary_can_be_taken_away(land: Any) -> None:
    assert actions.set_boundary(land.grid, None).boundary is None
    assert Area.objects.get(pk=land.grid.pk).centre_lat is not None


def test_heights_are_dropped_and_pieces_kept(land: Any) -> None:
    high = {"type": "Polygon", "coordinates": [[[x, y, 55.0] for x, y in RING]]}
    assert actions.set_boundary(land.grid, high).boundary == square(0, 0)


def test_what_is_side_by_side_only_touches(land: Any) -> None:
    outlines = [boundaries.Outline(1, "a", boundaries.read(square(0, 0)))]
    assert boundaries.faults(None, outlines) == []
    assert boundaries.faults(None, []) == []


def test_create_names_level_code_and_name_faults(land: Any) -> None:
    with translation.override("en"):
        cases: list[tuple[str, dict[str, Any]]] = [
            ("level", {"parent": land.city, "level": "grid", "name": "x"}),
            ("level", {"parent": land.grid, "level": "grid", "name": "x"}),
            ("level", {"parent": None, "level": "city", "name": "x", "code": "990200"}),
            ("name", {"parent": land.street, "level": "community", "name": " \u3000"}),
            ("code", {"parent": land.street, "level": "community", "name": "x", "code": "12"}),
            ("code", {"parent": land.street, "level": "community", "name": "x", "code": "990103001009"}),
            ("code", {"parent": land.street, "level": "community", "name": "x", "code": land.community.code}),
            ("centre", {"parent": land.street, "level": "community", "name": "x", "centre": (91, 0)}),
            (
                "boundary",
                {"parent": land.street, "level": "community", "name": "x", "boundary": square(1, 1)},
            ),
        ]
        for field, facts in cases:
            with pytest.raises(ValidationFailed) as caught:
                actions.create_area(**facts)
            assert list(caught.value.errors or {}) == [field], facts
    assert Area.objects.filter(name="x").count() == 0


def test_an_undrawn_area_may_say_where_its_centre_is(land: Any) -> None:
    new = actions.create_area(parent=land.street, level="community", name="新社区", centre=(34.018, 117.018))
    assert (new.centre_lat, new.centre_lon) == (34.018, 117.018)
    moved = actions.change_area(new, centre_lat=34.017, centre_lon=117.017)
    assert moved.centre_lat == 34.017
    assert actions.change_area(new, centre_lat=None, centre_lon=None).centre_lon is None


def test_change_refuses_what_is_not_to_be_typed_in(land: Any) -> None:
    assert "follows from the boundary" in refusal(
        lambda: actions.change_area(land.grid, centre_lat=1, centre_lon=1)
    )
    assert refusal(lambda: actions.change_area(land.grid, name=""))
    with pytest.raises(TypeError, match="code"):
        actions.change_area(land.grid, code="1")


def test_every_change_is_kept_for_the_audit(land: Any) -> None:
    actions.change_area(land.grid.pk, desk_phone="8888-1212")
    kept = Area.objects.get(pk=land.grid.pk).events.order_by("pgh_id").values_list("desk_phone", flat=True)
    assert list(kept)[-1] == "8888-1212"
    assert queries.tree().by_id[land.grid.pk].desk_phone == "8888-1212"
