"""Plain SQL for the few statements that every request or every change of a case needs, each built once.

The ORM builds a statement anew at each call: for a table of 50 columns that takes longer than PostgreSQL needs
to answer it. PostgreSQL in turn parses and plans a statement anew at each call unless it was prepared, for which it
needs about as long as for the work itself (docs/decisions/plain-inserts-in-the-write-door.md has the figures).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model
from django.db.models.base import ModelState

ModelT = TypeVar("ModelT", bound=Model)
# Fields whose values psycopg takes as they are (moments are aware); asking each of fifty fields costs more than
# sending them all.
AS_THEY_ARE = frozenset(
    {
        models.BigIntegerField,
        models.BooleanField,
        models.CharField,
        models.DateTimeField,
        models.FloatField,
        models.ForeignKey,
        models.IntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
    }
)
Column = tuple[
    str, Callable[[Any], Any] | None
]  # attname, and what turns its value into one that psycopg takes
LARGEST = 2**63 - 1  # of a bigint
MOST_PREPARED = 64  # statements a connection keeps


class Statement(NamedTuple):
    """One statement of our own words with a %s for each of its values."""

    sql: str
    values: list[Any]


class Insert(NamedTuple):
    """Rows to be inserted, values in the order of `columns`; `otherwise` is what follows them, such as ON CONFLICT.

    Table, columns and `otherwise` are words of our own code, never input; values are passed as parameters.
    """

    table: str
    columns: tuple[str, ...]
    rows: list[Sequence[Any]]
    otherwise: str = ""

    def statement(self) -> Statement:
        """Returns the statement that inserts all rows at once."""
        one = f"({', '.join(['%s'] * len(self.columns))})"
        marks = ", ".join([one] * len(self.rows))
        sql = f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES {marks}{self.otherwise}"
        return Statement(sql, [value for row in self.rows for value in row])


class Update(NamedTuple):
    """The columns of the fields `names` of rows of `model` that exist: their values, then the row's key."""

    model: type[Model]
    names: tuple[str, ...]
    rows: list[Sequence[Any]]

    def statement(self) -> Statement:
        """Returns the statement that writes the only row."""
        [row] = self.rows
        return Statement(_updating_one(self.model, self.names)[1], list(row))


Write = Statement | Insert | Update


def to_json(value: Any) -> str:
    """Returns `value` as JSON for a column; members of a TextChoices as their value. Raises TypeError for what JSON
    does not know, moments among it."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME).decode()


def inserting(table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> list[Insert]:
    """Returns what inserts `rows`; nothing when there are none."""
    return [Insert(table, columns, list(rows))] if rows else []


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
        with cursor.db.wrap_database_errors, line.cursor() as own:
            own.execute(f"PREPARE {name} AS {numbered}")
        values = f" ({', '.join(['%s'] * len(rest))})" if rest else ""
        names[sql] = f"EXECUTE {name}{values}"
    return names[sql]


# What each connection has prepared; it forgets with the connection.
_names: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def run(writes: Iterable[Write]) -> None:
    """Writes them in order in one round trip; the first that fails raises and nothing of them stays."""
    statements = [each if isinstance(each, Statement) else each.statement() for each in writes]
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(
                "; ".join(_prepared(cursor, sql) for sql, _ in statements),
                [value for _, values in statements for value in values],
            )


def insert_new(row: Model) -> None:
    """Inserts a new model instance and sets its key: `save(force_insert=True)` with the statement built once.

    For models without multi-table inheritance, without receivers of save signals and without fields that set
    themselves (auto_now). Raises what the database raises.
    """
    fields, statement = _inserting_one(type(row))
    values = _values(row, fields)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        execute(cursor, statement, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def updating(row: Model, names: Sequence[str]) -> Update:
    """Returns what writes the columns of the fields `names` (attnames, in the model's order) of a row that exists.

    For models without multi-table inheritance and without receivers of save signals.
    """
    model, wanted = type(row), tuple(names)
    fields, _sql = _updating_one(model, wanted)
    return Update(model, wanted, [(*_values(row, fields), row.pk)])


def _values(row: Model, fields: Sequence[Column]) -> list[Any]:
    return [write(getattr(row, name)) if write is not None else getattr(row, name) for name, write in fields]


def _column(field: Field[Any, Any]) -> Column:
    """Returns how the value of `field` is written: as it is, JSON as text, all else as the ORM would."""
    if type(field) in AS_THEY_ARE:
        return field.attname, None
    if type(field) is models.JSONField and field.encoder is None:
        return field.attname, lambda value: None if value is None else to_json(value)
    own = type(field)
    if own.get_db_prep_save is Field.get_db_prep_save and own.get_db_prep_value is Field.get_db_prep_value:
        return field.attname, field.get_prep_value  # all that these two would do with a plain value
    return field.attname, lambda value: field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


@cache
def _updating_one(model: type[Model], names: tuple[str, ...]) -> tuple[list[Column], str]:
    fields = fields_of(model, names)
    columns = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    return [_column(field) for field in fields], f"UPDATE {table} SET {columns} WHERE {key} = %s"


def fields_of(model: type[Model], names: tuple[str, ...]) -> list[Field[Any, Any]]:
    """Returns the fields of the attnames `names`, in the model's order."""
    return [field for field in model._meta.local_concrete_fields if field.attname in names]


@cache
def _inserting_one(model: type[Model]) -> tuple[list[Column], str]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    prepared = [_column(field) for field in fields]
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
                if columns[at]:  # NULL and the empty text mean themselves in every column
                    columns[at] = convert(columns[at], None, wire)
            rows.append((self._instance(names, columns), line[width:]))
        return rows

    def _instance(self, names: list[str], values: list[Any]) -> ModelT:
        """Returns what `from_db` returns for a model that overrides nothing of it and has no receivers of its
        signals: asking for each of fifty fields whether it was deferred takes longer than all the rest.
        """
        made = self._model.__new__(self._model)
        made._state = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        made.__dict__.update(zip(names, values, strict=True))
        return made

    def one(self, *values: Any) -> tuple[ModelT, tuple[Any, ...]] | None:
        """Returns the first row found, None when there is none."""
        found = self.all(*values)
        return found[0] if found else None

    def _build(self) -> tuple[str, list[str], list[tuple[int, Any]]]:
        fields = list(self._model._meta.concrete_fields)
        columns = ", ".join([*(f"row.{quoted(field.column)}" for field in fields), *self._more])
        converters = [(at, convert) for at, field in enumerate(fields) for convert in _converters(field)]
        sql = f"SELECT {columns} FROM {quoted(self._model._meta.db_table)} row {self._tail}"
        return sql, [field.attname for field in fields], converters


def _converters(field: Field[Any, Any]) -> list[Callable[..., Any]]:
    """Returns what the ORM would call to turn a value from the database into Python's."""
    if type(field) is models.JSONField and field.decoder is None:
        return [lambda value, _expression, _connection: orjson.loads(value)]
    return field.get_db_converters(connection)


def quoted(name: str | None) -> str:
    """Returns a name of a table or column as SQL has it."""
    return connection.ops.quote_name(str(name))
