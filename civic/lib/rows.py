"""Plain SQL for the few statements that every request or every change of a case needs, each built once.

The ORM builds a statement anew at each call: for a table of 50 columns that takes longer than PostgreSQL needs
to answer it. PostgreSQL in turn parses and plans a statement anew at each call unless it was prepared, for which it
needs about as long as for the work itself (docs/decisions/plain-inserts-in-the-write-door.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model

ModelT = TypeVar("ModelT", bound=Model)
Statement = tuple[str, list[Any]]
# Fields whose values psycopg takes as they are; asking each of fifty fields costs more than sending them all.
AS_THEY_ARE = frozenset(
    {
        models.BigIntegerField,
        models.BooleanField,
        models.CharField,
        models.FloatField,
        models.ForeignKey,
        models.IntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
    }
)
LARGEST = 2**63 - 1  # of a bigint
MOST_PREPARED = 64  # statements a connection keeps


def inserting(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Statement]:
    """Returns the statement that inserts `rows` (values in the order of `columns`); none when there are none.

    Table and columns are names from our own code, never input; values are passed as parameters.
    """
    if not rows:
        return []
    one = f"({', '.join(['%s'] * len(columns))})"
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}"
    return [(sql, [value for row in rows for value in row])]


def execute(cursor: CursorWrapper, sql: str, values: Sequence[Any]) -> None:
    """Runs one statement that is asked again and again, prepared once a connection where settings allow it.

    `sql` is a constant of our own code with a %s for each value; every text given stays prepared.
    """
    cursor.execute(_prepared(cursor, sql), values)


def _prepared(cursor: CursorWrapper, sql: str) -> str:
    """Returns the EXECUTE that stands for `sql` on this connection."""
    if not settings.PREPARED_STATEMENTS:
        return sql
    line = cursor.connection
    names = _names.setdefault(line, {})
    if sql not in names:
        if len(names) == MOST_PREPARED:  # statements of ever another number of rows
            return sql
        name, (first, *rest) = f"civic_{len(names)}", sql.split("%s")
        numbered = first + "".join(f"${at}{part}" for at, part in enumerate(rest, 1))
        with line.cursor() as own:
            own.execute(f"PREPARE {name} AS {numbered}")
        values = f" ({', '.join(['%s'] * len(rest))})" if rest else ""
        names[sql] = f"EXECUTE {name}{values}"
    return names[sql]


# What each connection has prepared; it forgets with the connection.
_names: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def run(statements: Sequence[Statement]) -> None:
    """Runs them in order in one round trip; the first that fails raises and nothing of them stays."""
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(
                "; ".join(_prepared(cursor, sql) for sql, _ in statements),
                [value for _, values in statements for value in values],
            )


def insert_new(row: Model) -> None:
    """Inserts a new model instance and sets its key: `save(force_insert=True)` with the statement built once.

    For models without multi-table inheritance and without receivers of save signals. Raises what the database raises.
    """
    fields, statement = _inserting_one(type(row))
    wire = connections[DEFAULT_DB_ALIAS]
    values = [
        getattr(row, field.attname) if plain else field.get_db_prep_save(field.pre_save(row, True), wire)
        for field, plain in fields
    ]
    with wire.cursor() as cursor:
        execute(cursor, statement, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def updating(row: Model, names: Sequence[str]) -> Statement:
    """Returns the statement that writes the columns of the fields `names` (attnames) of a row that exists.

    For models without multi-table inheritance and without receivers of save signals.
    """
    fields, statement = _updating_one(type(row), tuple(names))
    wire = connections[DEFAULT_DB_ALIAS]
    values = [
        getattr(row, field.attname) if plain else field.get_db_prep_save(getattr(row, field.attname), wire)
        for field, plain in fields
    ]
    return statement, [*values, row.pk]


@cache
def _updating_one(
    model: type[Model], names: tuple[str, ...]
) -> tuple[list[tuple[Field[Any, Any], bool]], str]:
    fields = [field for field in model._meta.local_concrete_fields if field.attname in names]
    columns = ", ".join(f"{_quoted(field.column)} = %s" for field in fields)
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    prepared = [(field, type(field) in AS_THEY_ARE) for field in fields]
    return prepared, f"UPDATE {table} SET {columns} WHERE {key} = %s"


@cache
def _inserting_one(model: type[Model]) -> tuple[list[tuple[Field[Any, Any], bool]], str]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(_quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    prepared = [(field, type(field) in AS_THEY_ARE) for field in fields]
    return prepared, f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING {key}"


class Reader(Generic[ModelT]):
    """Reads whole rows of `model`, named `row` in `tail` (joins, WHERE, ORDER BY), and the expressions `more`.

    For models without multi-table inheritance. `tail` and `more` are our own words, values come as parameters.
    """

    def __init__(self, model: type[ModelT], tail: str, *more: str) -> None:
        self._model, self._tail, self._more = model, tail, more
        self._built: tuple[str, list[str], list[tuple[int, Any]]] | None = None

    def all(self, *values: Any) -> list[tuple[ModelT, tuple[Any, ...]]]:
        """Returns each row found as an instance, with the values of `more`."""
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values):
            return []  # a prepared statement refuses what its column could not hold
        sql, names, converters = self._built = self._built or self._build()
        wire, width = connections[DEFAULT_DB_ALIAS], len(names)
        with wire.cursor() as cursor:
            execute(cursor, sql, values)
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
