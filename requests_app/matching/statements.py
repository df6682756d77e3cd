"""SQL over named values (matching.given): written by the ORM once, then sent for one request or for many.

Sent for one, its values stand in the text (`Statement.of`); sent for many, they come from a row for each
(`Statement.of_each`, `Condition.of_pairs`), and the database plans once. The rules are the same text either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import count
from typing import Any

import numpy as np
import orjson
from django.db import connection
from django.db.models import Q, QuerySet

from requests_app.matching.given import LOOKED_UP, field_of
from requests_app.planning.problem import Ints
from volunteers.models import Volunteer

Bound = tuple[str, Sequence[Any]]  # a statement and its parameters in order
VOLUNTEERS = Volunteer._meta.db_table
NAMED = re.compile(r"%\((\w+)\)s")
COPY_HEADER, COPY_TRAILER = 19, 2  # bytes, see "COPY" in PostgreSQL's manual
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
        asked = _Asked(rows, self.constants)
        found = _replaced(self.sql, asked.put)
        sql = f"{asked.cte} SELECT asked.at, found.* FROM asked CROSS JOIN LATERAL ({found}) found"
        return sql, [*asked.listed, *asked.parameters]


@dataclass(frozen=True)
class Condition:
    """A condition on a volunteer's row in which every value has a name."""

    sql: str
    constants: Mapping[str, Any]

    @property
    def names(self) -> frozenset[str]:
        """What it looks at in a request."""
        return frozenset(NAMED.findall(self.sql)) - self.constants.keys()

    def of_pairs(self, rows: Sequence[Mapping[str, Any]], places: Ints, people: Ints) -> Bound:
        """Returns a statement for pairs of a request, by its place in `rows`, and a volunteer: it finds the numbers of
        the pairs for which the condition holds.

        One condition over a join, not one look for each pair: the database lays out a table beside all pairs at once.
        """
        asked = _Asked(rows, self.constants)
        holds = _replaced(self.sql, asked.put)
        sql = (
            f"{asked.cte} SELECT pair.number"
            " FROM unnest(%s::int[], %s::bigint[]) WITH ORDINALITY AS pair(at, volunteer, number)"
            " JOIN asked ON asked.at = pair.at"
            f" JOIN {VOLUNTEERS} ON {VOLUNTEERS}.id = pair.volunteer WHERE {holds}"
        )
        return sql, [*asked.listed, _array(places), _array(people), *asked.parameters]


class _Asked:
    """Many requests as a table `asked`: what differs among them are its columns, what does not stands in the text."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], constants: Mapping[str, Any]) -> None:
        self.first, self.constants = rows[0], constants
        self.differ = [name for name in self.first if any(row[name] != self.first[name] for row in rows)]
        self.parameters: list[Any] = []
        types = "".join(f", {name} {field_of(name).db_type(connection)}" for name in self.differ)
        looked_up = "".join(
            f", {_replaced(sql, partial(self.put, of_row='given'))} AS {name}"
            for name, sql in LOOKED_UP.items()
        )
        given = [{"at": at, **{name: row[name] for name in self.differ}} for at, row in enumerate(rows)]
        self.listed, self.parameters = [*self.parameters, orjson.dumps(given).decode()], []
        self.cte = (
            f"WITH asked AS MATERIALIZED (SELECT given.*{looked_up}"
            f" FROM json_to_recordset(%s) AS given(at bigint{types}))"
        )

    def put(self, name: str, of_row: str = "asked") -> str:
        """Returns what stands for `name`: a column of a row, or a parameter, which is noted."""
        if name in self.differ or name in LOOKED_UP:
            return f"{of_row}.{name}"
        self.parameters.append(self.constants[name] if name in self.constants else self.first[name])
        return "%s"


def written(people: QuerySet[Any, Any]) -> Statement:
    """Returns the SQL of `people`, in which matching.given.Given stands for what a request gives."""
    return Statement(*_named(*people.query.sql_with_params()))


def condition(holds: Sequence[Q]) -> Condition:
    """Returns the SQL of conditions on a volunteer, in which matching.given.Given stands for what a request gives."""
    query = Volunteer.objects.filter(*holds).query
    compiler = query.get_compiler(connection=connection)
    compiler.setup_query()
    return Condition(*_named(*compiler.compile(query.where)))


def _named(sql: str, constants: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    names = (f"constant_{number}" for number in count())
    named = re.sub("%s", lambda _found: f"%({next(names)})s", sql).replace(str(MANY), "%(count)s")
    return named, {f"constant_{number}": value for number, value in enumerate(constants)}


def run(bound: Bound) -> list[tuple[Any, ...]]:
    """Returns the rows that a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(*bound)
        return cursor.fetchall()


def numbers(bound: Bound, kinds: str) -> list[Any]:
    """Returns the columns that a statement finds as arrays, of the `kinds` "i" (bigint) and "f" (double precision).

    They come in the database's binary copy, in which every number takes the same room: read as they are, without an
    object for each. Raises ValueError where one is NULL.
    """
    with connection.cursor() as cursor:
        copied = BytesIO()
        cursor.copy_expert(f"COPY ({cursor.mogrify(*bound).decode()}) TO STDOUT (FORMAT binary)", copied)
    each = [
        field for at, kind in enumerate(kinds) for field in ((f"long{at}", ">i4"), (f"at{at}", f">{kind}8"))
    ]
    row = np.dtype([("fields", ">i2"), *each])
    data = copied.getbuffer()[COPY_HEADER:-COPY_TRAILER]
    if len(data) % row.itemsize:
        raise ValueError("a column is NULL, or not of its kind")
    found = np.frombuffer(data, row)
    if any((found[f"long{at}"] != 8).any() for at in range(len(kinds))):
        raise ValueError("a column is NULL, or not of its kind")
    native = {"i": np.int64, "f": np.float64}
    return [found[f"at{at}"].astype(native[kind]) for at, kind in enumerate(kinds)]


def _replaced(sql: str, put: Callable[[str], str]) -> str:
    return NAMED.sub(lambda found: put(found[1]), sql)


def _array(column: Ints) -> str:
    return "{" + ",".join(map(str, column.tolist())) + "}"
