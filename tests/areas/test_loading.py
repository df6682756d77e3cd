"""manage.py load_areas: all of a file or none of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from civic.areas.models import Area
from tests.areas.conftest import square

pytestmark = pytest.mark.django_db


def feature(code: str, level: str, boundary: Any = None, **more: Any) -> dict[str, Any]:
    """Returns one feature of the file."""
    properties = {"code": code, "name": f"区域{code}", "level": level, **more}
    return {"type": "Feature", "properties": properties, "geometry": boundary}


LAND = [
    feature("990102", "district", square(0, 0, 0.02)),
    feature("990100", "city", square(0, 0, 0.04), name_en="Qinghe"),
    feature("990102001", "street", square(0, 0, 0.02), parent="990102", desk_phone="8888-0001"),
    feature("990102002", "street"),
]


@pytest.fixture
def load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Returns a function that writes a file, loads it and returns what was said."""

    def run(content: Any) -> str:
        path = tmp_path / "areas.geojson"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        with translation.override("en"):
            call_command("load_areas", str(path))
        return capsys.readouterr().out

    return run


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    """Returns a FeatureCollection."""
    return {"type": "FeatureCollection", "features": list(features)}


def test_a_file_in_any_order_becomes_the_tree(load: Any) -> None:
    assert load(collection(*LAND)) == "4 areas added, 0 changed, 3 boundaries drawn\n"
    street = Area.objects.get(code="990102001")
    assert street.desk_phone == "8888-0001"
    assert [area.code for area in Area.objects.get_ancestors(street)] == ["990100", "990102"]


def test_the_same_file_again_changes_and_adds_nothing_new(load: Any) -> None:
    load(collection(*LAND))
    again = load(collection(*LAND, feature("990102001001", "community", square(0, 0, 0.01))))
    assert again == "1 areas added, 4 changed, 4 boundaries drawn\n"


def test_a_file_that_moves_a_common_line_is_checked_as_it_ends(load: Any) -> None:
    load(collection(*LAND[:2], feature("990103", "district", square(0.02, 0, 0.02))))
    load(
        collection(
            feature("990102", "district", square(0, 0, 0.025)),
            feature("990103", "district", square(0.025, 0, 0.015)),
        )
    )
    assert Area.objects.get(code="990103").boundary == square(0.025, 0, 0.015)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ([], "FeatureCollection"),
        ({"type": "FeatureCollection", "features": None}, "Every feature needs"),
        ({"type": "FeatureCollection", "features": ["x"]}, "Every feature needs"),
        (collection(feature("1", "village")), "Every feature needs"),
        (collection(*LAND, feature("12", "street", parent="990102")), "12: "),
        (collection(*LAND, feature("990109001", "street")), "parent is not there"),
        (collection(*LAND, feature("990109001", "street", parent="990177")), "parent is not there"),
        (collection(*LAND, feature("990103", "district", square(0.01, 0, 0.02))), "overlaps"),
        (collection(*LAND, feature("990103", "district", {"type": "Polygon"})), "no coordinates"),
    ],
)
def test_a_faulty_file_loads_nothing_and_says_why(load: Any, content: Any, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        load(content)
    assert Area.objects.count() == 0


def test_a_missing_file_is_one_line() -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_areas", "/nowhere/areas.geojson")
