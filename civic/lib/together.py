"""Writing what many cases come to at once: of each table one statement, its rows sent as one JSON text.

A statement with a mark for every value of every row is parsed and planned anew for ever another number of rows, which
takes PostgreSQL and psycopg longer than the writing; this one is the same for any number and stays prepared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import orjson
from django.apps import apps
from django.db import connection
from django.db.models import Field, Model

from civic.lib.rows import Insert, Statement, Update, Write, fields_of, quoted, run


def run_together(writes: Iterable[Write]) -> None:
    """Writes them in one round trip: first the statements in their order, then of each table one statement.

    For writes of different rows, whose order among tables does not matter. The first that fails raises and nothing of
    them stays; raises TypeError for a value that JSON does not know.
    """
    merged: dict[Any, Insert | Update] = {}
    statements: list[Statement] = []
    for each in writes:
        if isinstance(each, Statement):
            statements.append(each)
        elif (same := merged.get(key := (type(each), *each[:2], *each[3:]))) is not None:
            same.rows.extend(each.rows)
        else:
            merged[key] = each
    run([*statements, *map(_statement, merged.values())])


def _statement(write: Insert | Update) -> Statement:
    if isinstance(write, Insert):
        columns, sql = write.columns, _inserting(write.table, write.columns, write.otherwise)
    else:
        columns, sql = _updating(write.model, write.names)
    return Statement(sql, [_text(columns, write.rows)])


def _text(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows]).decode()


@cache
def _inserting(table: str, columns: tuple[str, ...], otherwise: str) -> str:
    every = apps.get_models(include_auto_created=True)
    [model] = [each for each in every if each._meta.db_table == table and not each._meta.proxy]
    by_column = {field.column: field for field in model._meta.local_concrete_fields}
    source = _recordset([by_column[column] for column in columns])
    names = ", ".join(map(quoted, columns))
    values = ", ".join(_value(by_column[column]) for column in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}{otherwise}"


@cache
def _updating(model: type[Model], names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Returns the columns of a row in the order of an Update's values, and its statement."""
    fields, key = fields_of(model, names), model._meta.pk
    changes = ", ".join(f"{quoted(field.column)} = {_value(field)}" for field in fields)
    table, pk = quoted(model._meta.db_table), quoted(key.column)
    sql = f"UPDATE {table} old SET {changes} FROM {_recordset([*fields, key])} WHERE old.{pk} = new.{pk}"
    return tuple(str(field.column) for field in (*fields, key)), sql


def _recordset(fields: Sequence[Field[Any, Any]]) -> str:
    """Returns the rows of the JSON text as a table `new`."""
    typed = ", ".join(
        f"{quoted(field.column)} {'text' if _is_json(field) else _type(field)}" for field in fields
    )
    return f"json_to_recordset(%s::json) AS new ({typed})"


def _value(field: Field[Any, Any]) -> str:
    """Returns a column of `new`; what is JSON in the column comes as a text of JSON."""
    return f"new.{quoted(field.column)}{'::jsonb' if _is_json(field) else ''}"


def _is_json(field: Field[Any, Any]) -> bool:
    return _type(field) == "jsonb"


def _type(field: Field[Any, Any]) -> str | None:
    return field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
