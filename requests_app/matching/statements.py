"""SQL over named values (matching.given): written by the ORM once, then sent for one request or for many.

Sent for one, its values stand in the text (`Statement.of`); sent for many, they come from a row for each
(`Statement.of_each`), and the database plans once. The rules are the same text either way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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

    def of_each(self, rows: Sequence[Mapping[str, Any]]) -> Bound:
        """Returns the statement for many requests; before its own columns comes the place of a request in `rows`.

        Every row gives the same names. What is the same for all of them stands in the text, so that the planner knows
        as much of it as for one request: such as how many have the skill that all of them ask for.
        """
        first = rows[0]
        differ = [name for name in first if any(row[name] != first[name] for row in rows)]
        types = "".join(f", {name} {field_of(name).db_type(connection)}" for name in differ)
        parameters: list[Any] = []

        def put(name: str, of_row: str) -> str:
            if name in differ or name in LOOKED_UP:
                return f"{of_row}.{name}"
            parameters.append(self.constants[name] if name in self.constants else first[name])
            return "%s"

        looked_up = "".join(
            f", {_replaced(sql, partial(put, of_row='given'))} AS {name}" for name, sql in LOOKED_UP.items()
        )
        listed = [{"at": at, **{name: row[name] for name in differ}} for at, row in enumerate(rows)]
        parameters.append(json.dumps(listed, default=str))
        sql = (
            f"WITH asked AS MATERIALIZED (SELECT given.*{looked_up}"
            f" FROM jsonb_to_recordset(%s) AS given(at integer{types}))"
            f" SELECT asked.at, found.* FROM asked"
            f" CROSS JOIN LATERAL ({_replaced(self.sql, partial(put, of_row='asked'))}) found"
        )
        return sql, parameters


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
