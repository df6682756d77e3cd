"""SQL over named values (matching.given): written by the ORM once, then sent for one request or for many.

Sent for one, its values stand in the text (`Statement.of`); sent for many, they come from a row for each
(`Statement.of_each`), and the database plans once. The rules are the same text either way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from requests_app.matching.given import LOOKED_UP, field_of

Bound = tuple[str, list[Any]]  # a statement and its parameters in order
NAMED = re.compile(r"%\((\w+)\)s")
MANY = 987_654_321  # the ORM writes a limit as it is: this one stands for the value `count`


@dataclass(frozen=True)
class Statement:
    """SQL in which every value has a name; `constants` are those which the rules themselves give."""

    sql: str
    constants: Mapping[str, Any]

    def of(self, values: Mapping[str, Any]) -> Bound:
        """Returns the statement for one request. Raises KeyError for a value that is not given."""
        parameters: list[Any] = []

        def put(name: str) -> str:
            if name in LOOKED_UP:
                return _replaced(LOOKED_UP[name], put)
            parameters.append(self.constants[name] if name in self.constants else values[name])
            return "%s"

        return _replaced(self.sql, put), parameters

    def of_each(self, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> Bound:
        """Returns the statement for many requests; before its own columns comes the place of a request in `rows`.

        Every row gives the same names; `values` are the same for all.
        """
        names = list(rows[0])
        types = ", ".join(f"{name} {field_of(name).db_type(connection)}" for name in names)
        looked_up = ", ".join(
            f"{_replaced(sql, lambda name: f'given.{name}')} AS {name}" for name, sql in LOOKED_UP.items()
        )
        parameters: list[Any] = []

        def put(name: str) -> str:
            if name in rows[0] or name in LOOKED_UP:
                return f"asked.{name}"
            parameters.append(self.constants[name] if name in self.constants else values[name])
            return "%s"

        found = _replaced(self.sql, put)
        sql = (
            f"WITH asked AS MATERIALIZED (SELECT given.*, {looked_up}"
            f" FROM jsonb_to_recordset(%s) AS given(at integer, {types}))"
            f" SELECT asked.at, found.* FROM asked CROSS JOIN LATERAL ({found}) found"
        )
        listed = json.dumps([{"at": at, **row} for at, row in enumerate(rows)], default=str)
        return sql, [listed, *parameters]


def written(people: QuerySet[Any, Any]) -> Statement:
    """Returns the SQL of `people`, in which matching.given.Given stands for what a request gives."""
    sql, constants = people.query.sql_with_params()
    names = (f"constant_{number}" for number in count())
    named = re.sub("%s", lambda _found: f"%({next(names)})s", sql).replace(str(MANY), "%(count)s")
    return Statement(named, {f"constant_{number}": value for number, value in enumerate(constants)})


def run(bound: Bound) -> list[tuple[Any, ...]]:
    """Returns the rows that a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(*bound)
        return cursor.fetchall()


def _replaced(sql: str, put: Callable[[str], str]) -> str:
    return NAMED.sub(lambda found: put(found[1]), sql)
