"""Backlog files that say in which community or grid each request lies."""

from pathlib import Path

import pytest

from requests_app.models import ImportRow, ServiceRequest
from tests.cast import Cast
from tests.requests_app.test_import import run, send, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"


def test_a_row_that_names_its_community_goes_there_and_an_unknown_name_loses_nothing(
    cast: Cast, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "a.xlsx",
        ["主题", "所属网格"],
        ["修灯", cast.grid.name],
        ["修锁", "无此社区"],
        ["修门", ""],
    )
    batch = run(cast, send(cast, path))
    found = ServiceRequest.objects.filter(import_batch=batch).order_by("pk")
    assert [each.area_id for each in found] == [cast.grid.pk, cast.community.pk, cast.community.pk]
    notes = ImportRow.objects.filter(batch=batch).order_by("pk").values_list("notes", flat=True)
    assert any("无此社区" in note for note in notes[1])
    assert not any("无此社区" in note for each in (notes[0], notes[2]) for note in each)
