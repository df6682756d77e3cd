"""`train_suggestions`: from a sheet, from closed requests, and when it refuses."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from requests_app.suggesting import closed, store, suggestions
from requests_app.suggesting.suggestions import Basis
from tests.cast import Cast
from tests.requests_app.suggesting import look_alike

pytestmark = pytest.mark.django_db
COLUMNS = ("--title-column", "主题", "--text-column", "详情", "--label-column", "分类")


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"


def train(*arguments: Any) -> str:
    said = StringIO()
    call_command("train_suggestions", *arguments, stdout=said)
    return said.getvalue()


def test_a_labelled_sheet_becomes_the_model_in_use(cast: Cast, tmp_path: Path) -> None:
    request = cast.place(title="", text="水管漏水要修")
    sheet = look_alike.sheet(tmp_path, {"repair": "小修小补", "errand": "Errands"})
    said = train("--from-xlsx", sheet, *COLUMNS)
    assert "180 rows with 3 labels" in said
    assert "part 5 of 5" in said
    assert float(said.split("macro-F1 ")[1].split()[0]) > 0.9
    made = suggestions.category(request)
    assert made is not None
    assert (made.what.code, made.basis) == ("repair", Basis.LEARNED)


def test_evaluating_measures_any_labels_and_leaves_the_model_alone(cast: Cast, tmp_path: Path) -> None:
    sheet = look_alike.sheet(tmp_path, {"repair": "城乡建设"})
    assert "城乡建设" in train("--from-xlsx", sheet, *COLUMNS, "--evaluate")
    assert not store.path_of().exists()
    with pytest.raises(CommandError, match="no category in force is called 城乡建设"):
        train("--from-xlsx", sheet, *COLUMNS)


def test_too_few_closed_requests_are_refused_with_their_number(cast: Cast) -> None:
    cast.closed()
    with pytest.raises(CommandError, match="0 rows with 0 labels are too few"):
        train("--area", cast.district.code)


def test_confidential_requests_and_those_of_other_areas_are_not_learned_from(cast: Cast) -> None:
    request = cast.closed()
    row = (request.title, request.text, "errand")
    assert closed.rows(None) == closed.rows(cast.district) == [row]
    assert closed.rows(cast.other_district) == []
    type(request).objects.filter(pk=request.pk).update(confidential=True)
    assert closed.rows(None) == []


def test_a_wrong_column_area_or_file_is_named(cast: Cast, tmp_path: Path) -> None:
    sheet = look_alike.sheet(tmp_path)
    with pytest.raises(CommandError, match="no column 类; it has 主题, 详情, 分类"):
        train("--from-xlsx", sheet, "--text-column", "详情", "--label-column", "类")
    with pytest.raises(CommandError, match="needs --text-column"):
        train("--from-xlsx", sheet)
    with pytest.raises(CommandError, match="none.xlsx"):
        train("--from-xlsx", tmp_path / "none.xlsx", *COLUMNS)
    with pytest.raises(CommandError, match="--area 0 is not known"):
        train("--area", "0")
