"""The cast for tests, or a smaller scene: built once a process; its rows are copied, or stay for test after test."""

import json
import pickle
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pgtrigger
import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from pytest_django import DjangoDbBlocker

COMMITTING = {"transactional_db", "live_server"}  # fixtures of tests that are not rolled back
READING = {"db", "django_db_setup"}  # the latter of what a file loads once, for all its tests
Scene = TypeVar("Scene")


class Pattern(Generic[Scene]):
    """The SQL that puts a scene's rows into the tables or takes them out, its parameters, and the scene itself."""

    def __init__(self, build: Callable[[], Scene]) -> None:
        """Builds the scene and takes it back."""
        self._build = build
        self._stands = False  # whether the rows are committed
        self._takes, self._puts, self._rows = list[str](), list[str](), list[str]()
        with transaction.atomic():
            made = build()
            for model in apps.get_models(include_auto_created=True):
                found = _written(model) if model._meta.managed and not model._meta.proxy else []
                if found:
                    table, key = model._meta.db_table, model._meta.pk.column
                    new = f'json_populate_recordset(NULL::"{table}", %s)'
                    take = f'DELETE FROM "{table}" WHERE "{key}" IN (SELECT "{key}" FROM {new})'
                    self._takes.append(take)
                    self._puts += take, f'INSERT INTO "{table}" SELECT * FROM {new}'
                    self._rows.append(json.dumps(found))
            transaction.set_rollback(True)
        self._made = pickle.dumps(made)

    def stand_for(self, test: pytest.Item, blocker: DjangoDbBlocker) -> None:
        """Commits the rows where `test`, which is next, wants them and will be rolled back; where not, takes them out.

        A test without a database leaves it as it is, so that few tests change it.
        """
        fixtures = set[str](getattr(test, "fixturenames", ()))
        marker = test.get_closest_marker("django_db")
        if marker is None and not (READING | COMMITTING) & fixtures:
            return
        commits = bool(COMMITTING & fixtures) or marker is not None and marker.kwargs.get("transaction")
        wanted = "cast" in fixtures and not commits
        if wanted != self._stands:
            with blocker.unblock(), transaction.atomic():
                self._put() if wanted else self._take()
            self._stands = wanted

    def copy(self) -> Scene:
        """Returns the scene, whether within a test's transaction or committed: a copy, or a new one on another day."""
        if time_machine.escape_hatch.is_travelling():
            if self._stands:
                self._take()
            return self._build()
        if not self._stands:
            self._put()
        copy: Scene = pickle.loads(self._made)
        return copy

    def _put(self) -> None:
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute("; ".join(self._puts), [rows for rows in self._rows for _ in range(2)])

    def _take(self) -> None:
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute("; ".join(self._takes), self._rows)


def _written(model: type[Model]) -> list[dict[str, Any]]:
    """Returns the rows of a table that the present transaction has written."""
    table = model._meta.db_table
    since = "pg_current_xact_id()::text::bigint"
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT row_to_json(row) FROM "{table}" row WHERE xmin::text::bigint >= {since}')
        return [line for (line,) in cursor.fetchall()]
