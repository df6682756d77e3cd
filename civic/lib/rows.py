"""Plain SQL for the few statements that every request or every change of a case needs, each built once.

The ORM builds a statement anew at each call: for a table of 50 columns that takes longer than PostgreSQL needs
to answer it (docs/decisions/plain-inserts-in-the-write-door.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model

ModelT = TypeVar("ModelT", bound=Model)
Statement = tuple[str, list[Any]]


def inserting(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Statement]:
    """Returns the statement that inserts `rows` (values in the order of `columns`); none when there are none.

    Table and columns are names from our own code, never input; values are passed as parameters.
    """
    if not rows:
        return []
    one = f"({', '.join(['%s'] * len(columns))})"
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}"
    return [(sql, [value for row in rows for value in row])]


def run(statements: Sequence[Statement]) -> None:
    """Runs them in order in one round trip; the first that fails raises and nothing of them stays."""
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(
                "; ".join(sql for sql, _ in statements),
                [value for _, values in statements for value in values],
            )


def insert_new(row: Model) -> None:
    """Inserts a new model instance and sets its key: `save(force_insert=True)` with the statement built once.

    For models without multi-table inheritance and without receivers of save signals. Raises what the database raises.
    """
    fields, statement = _inserting_one(type(row))
    wire = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, True), wire) for field in fields]
    with wire.cursor() as cursor:
        cursor.execute(statement, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _inserting_one(model: type[Model]) -> tuple[list[Field[Any, Any]], str]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(_quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    return fields, f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING {key}"


class Reader(Generic[ModelT]):
    """Reads whole rows of `model`, named `row` in `tail` (joins, WHERE, ORDER BY), and the expressions `more`.

    For models without multi-table inheritance. `tail` and `more` are our own words, values come as parameters.
    """

    def __init__(self, model: type[ModelT], tail: str, *more: str) -> None:
        self._model, self._tail, self._more = model, tail, more
        self._built: tuple[str, list[str], list[tuple[int, Any]]] | None = None

    def all(self, *values: Any) -> list[tuple[ModelT, tuple[Any, ...]]]:
        """Returns each row found as an instance, with the values of `more`."""
        sql, names, converters = self._built = self._built or self._build()
        wire, width = connections[DEFAULT_DB_ALIAS], len(names)
        with wire.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchall()
        rows = []
        for line in found:
            columns = list(line[:width])
            for at, convert in converters:
                columns[at] = convert(columns[at], None, wire)
            rows.append((self._model.from_db(DEFAULT_DB_ALIAS, names, columns), line[width:]))
        return rows

    def one(self, *values: Any) -> tuple[ModelT, tuple[Any, ...]] | None:
        """Returns the first row found, None when there is none."""
        found = self.all(*values)
        return found[0] if found else None

    def _build(self) -> tuple[str, list[str], list[tuple[int, Any]]]:
        fields = list(self._model._meta.concrete_fields)
        columns = ", ".join([*(f"row.{_quoted(field.column)}" for field in fields), *self._more])
        converters = [
            (at, convert)
            for at, field in enumerate(fields)
            for convert in field.get_db_converters(connection)
        ]
        sql = f"SELECT {columns} FROM {_quoted(self._model._meta.db_table)} row {self._tail}"
        return sql, [field.attname for field in fields], converters


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(str(name))
