"""The access table, line by line and person by person; and that no route is missing from it."""

from typing import NamedTuple

import pytest
from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.access_scene import Scene, call, routes
from tests.access_table import BODIES, HOME, PEOPLE, TABLE
from tests.cast import Cast


class Line(NamedTuple):
    method: str
    route: str
    expected: dict[str, str]


def lines() -> list[Line]:
    """Returns the table's lines."""
    found = []
    for text in TABLE.splitlines():
        if text and not text.startswith("#"):
            method, route, *outcomes = text.split()
            expected = dict(zip(PEOPLE, outcomes, strict=True))
            found.append(Line(method, "" if route == HOME else route, expected))
    return found


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    named, real = {line.route for line in lines()}, set(routes())
    assert sorted(real - named) == [], "routes without a line in tests/access_table.py"
    assert sorted(named - real) == [], "lines whose route is gone"


def test_no_line_stands_twice() -> None:
    keys = [(line.method, line.route) for line in lines()]
    assert len(keys) == len(set(keys))


@pytest.mark.django_db
@pytest.mark.parametrize("who", PEOPLE)
def test_each_person_gets_what_the_table_says(cast: Cast, settings: Settings, who: str) -> None:
    settings.STAFF_SECOND_FACTOR, settings.DEMO = True, False
    scene = Scene(cast)
    client = scene.client(who)
    wrong = []
    for line in lines():
        got = call(client, line.method, scene.path(line.route), BODIES.get(line.route, {}))
        if got != line.expected[who]:
            wrong.append(f"{line.method} {line.route}: expected {line.expected[who]}, got {got}")
    assert wrong == []


@pytest.mark.django_db
def test_the_admin_lists_nothing_to_who_is_not_an_administrator(cast: Cast, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    scene = Scene(cast)
    site: AdminSite = admin.site
    for who in ("anon", "own", "asked", "desk", "audit", "weak"):
        client: Client = scene.client(who)
        for model in site._registry:
            for page in ("changelist", "add"):
                path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
                assert call(client, "GET", path, {}) in {"in", "2f", "302", "403"}, f"{who} {path}"
