"""Area codes of 15 digits and of other widths."""

from __future__ import annotations

from typing import Any

import pytest

from civic.areas import actions, codes
from civic.areas.codes import CodeProfile
from civic.areas.models import AreaLevel

USUAL = CodeProfile((6, 3, 3, 3))


@pytest.mark.parametrize(
    ("level", "length"),
    [("city", 6), ("district", 6), ("street", 9), ("community", 12), ("grid", 15)],
)
def test_lengths_of_the_usual_profile(level: str, length: int) -> None:
    assert USUAL.length(AreaLevel(level)) == length


def test_widths_are_a_setting(settings: Any) -> None:
    settings.AREA_CODE_WIDTHS = (6, 3, 3, 4)
    assert codes.profile().length(AreaLevel.GRID) == 16


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("370400", "city", None),
        ("370403", "district", "370400"),
        ("370403001", "street", "370403"),
        ("370403001002003", "grid", "370403001002"),
    ],
)
def test_codes_that_fit(code: str, level: str, parent: str | None) -> None:
    USUAL.check(code, AreaLevel(level), parent)


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("3704", "city", None),
        ("370503", "district", "370400"),
        ("370404001", "street", "370403"),
        ("37040300100200a", "grid", "370403001002"),
        ("37040300100200３", "grid", "370403001002"),
        ("", "grid", "370403001002"),
    ],
)
def test_codes_that_do_not_fit(code: str, level: str, parent: str | None) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        USUAL.check(code, AreaLevel(level), parent)


def test_the_next_code_follows_the_highest() -> None:
    following = USUAL.following(AreaLevel.GRID, "370403001002", ["370403001002003", "370403001001009"])
    assert following == "370403001002004"
    assert USUAL.following(AreaLevel.DISTRICT, "370400", []) == "370401"


def test_numbers_can_run_out() -> None:
    with pytest.raises(ValueError, match="370403001002"):
        USUAL.following(AreaLevel.GRID, "370403001002", ["370403001002999"])


def test_grids_are_numbered_west_to_east_then_north_to_south() -> None:
    centres = [(34.001, 117.02), (34.0105, 117.02), (34.0112, 117.01), (34.002, 117.01)]
    assert codes.numbering_order(centres) == [2, 1, 3, 0]
    assert codes.numbering_order([]) == []


@pytest.mark.django_db
def test_a_new_area_takes_the_next_code(land: Any) -> None:
    assert land.street.code == "990102001"
    assert land.next_grid.code == "990102001001002"
    assert actions.create_area(parent=land.west, level="street", name="河西街道").code == "990103001"
