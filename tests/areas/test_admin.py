"""Areas in the admin: the same rules as everywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin import site
from django.http import HttpRequest
from django.test import RequestFactory

from civic.areas.models import Area
from tests.areas.conftest import square

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_of_areas() -> Any:
    """Returns the registered admin class."""
    return site._registry[Area]


def submit(admin: Any, area: Area | None, **data: Any) -> Any:
    """Returns the bound form of a POST with `data`, written when valid."""
    request: HttpRequest = RequestFactory().post("/", data)
    form = admin.get_form(request, area)(data, instance=area or Area())
    if form.is_valid():
        admin.save_model(request, form.save(commit=False), form, change=area is not None)
    return form


def test_a_name_and_a_phone_can_be_changed(land: Any, admin_of_areas: Any) -> None:
    grid = Area.objects.get(pk=land.grid.pk)
    data = {
        "name": "东一网格",
        "desk_phone": "8888-1212",
        "is_active": "on",
        "boundary": json.dumps(grid.boundary),
    }
    assert submit(admin_of_areas, grid, **data).errors == {}
    grid.refresh_from_db()
    assert (grid.name, grid.desk_phone, grid.code) == ("东一网格", "8888-1212", land.grid.code)


def test_a_leaking_boundary_is_an_error_of_that_field(land: Any, admin_of_areas: Any) -> None:
    grid = Area.objects.get(pk=land.grid.pk)
    form = submit(
        admin_of_areas, grid, name="改名", is_active="on", boundary=json.dumps(square(-0.002, 0, 0.01))
    )
    assert list(form.errors) == ["boundary"]
    assert Area.objects.get(pk=land.grid.pk).name == "第一网格"


def test_a_boundary_is_drawn(land: Any, admin_of_areas: Any) -> None:
    grid = Area.objects.get(pk=land.grid.pk)
    submit(admin_of_areas, grid, name=grid.name, is_active="on", boundary=json.dumps(square(0, 0, 0.008)))
    assert Area.objects.get(pk=land.grid.pk).centre_lat == pytest.approx(34.004)


def test_a_new_area_needs_no_code(land: Any, admin_of_areas: Any) -> None:
    form = submit(admin_of_areas, None, parent=land.undrawn.pk, name="荷花一网格")
    assert form.errors == {}
    assert Area.objects.get(name="荷花一网格").code == land.undrawn.code + "001"


def test_a_second_city_is_refused(land: Any, admin_of_areas: Any) -> None:
    assert submit(admin_of_areas, None, code="990200", name="又一城").errors


def test_lists_show_the_tree_and_nothing_is_deleted(land: Any, admin_of_areas: Any, rf: Any) -> None:
    assert admin_of_areas.indented_name(land.street).startswith("\u3000\u3000文")
    assert admin_of_areas.is_drawn(land.grid)
    assert not admin_of_areas.is_drawn(land.undrawn)
    assert not admin_of_areas.has_delete_permission(rf.get("/"))
    assert admin_of_areas.get_readonly_fields(rf.get("/")) == []
