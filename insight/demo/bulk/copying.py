"""The statements that copy a stencil: every row once for each world, numbers counted on, moments moved back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import connection, models
from psycopg2.extras import execute_values

from insight.demo.bulk.cells import Cells, Layout, Share
from insight.demo.bulk.stencils import NUMBERS, OF_SHARE, Stencils, moved_back
from insight.demo.bulk.tables import EVERY, PART_OF_TIMER, PEOPLE, REQUESTS, Table

FEW_BLANKS = 2
METRES_PER_DEGREE = 111_195.0


@dataclass
class Copier:
    """Copies worlds; `next_id` is the next free number of each table in the database."""

    stencils: Stencils
    next_id: dict[str, int]
    bases: dict[str, int] = field(default_factory=dict)
    first_of_people: dict[str, int] = field(default_factory=dict)

    def begin(self, layout: Layout) -> None:
        """Sets the numbers of the people of every world apart, and of one more."""
        for table in PEOPLE:
            self.first_of_people[table.name] = self._take(table, layout.worlds + 1, Share.WHOLE)
        self.bases |= self.first_of_people

    def people(self, layout: Layout) -> None:
        """Copies the people of every world, and the volunteers of the last one that has no others."""
        cells = [Cells(0, layout.worlds, layout.people_back, Share.WHOLE)]
        if layout.extra:
            cells.append(Cells(layout.worlds, 1, layout.people_back, Share.WHOLE, upto=layout.extra))
        for each in cells:
            self._shift_forms(each.back)
            for table in PEOPLE:
                self._copy(table, each)

    def requests(self, cells: Cells) -> int:
        """Copies the requests of `cells` with all that hangs on them; returns how many."""
        tables = [table for table in REQUESTS if self.stencils.size(table, cells.share)]
        if any(self.stencils.moves_with(table, cells.share) for table in tables):
            self._shift_forms(cells.back)
        for table in PEOPLE:
            size = self.stencils.size(table, Share.WHOLE)
            self.bases[table.name] = self.first_of_people[table.name] + (cells.first - 1) * size
        for table in REQUESTS:
            self.bases[table.name] = self._take(table, cells.count, cells.share)
        return [self._copy(table, cells) for table in tables][0]

    def _take(self, table: Table, worlds: int, share: Share) -> int:
        first = self.next_id[table.table]
        self.next_id[table.table] += worlds * self.stencils.size(table, share)
        return first

    def _shift_forms(self, back: timedelta) -> None:
        rows = [
            (name, place, moved if has_blanks else None, None if has_blanks else moved.replace("%%", "%"))
            for name, forms in self.stencils.timed.items()
            for place, form, has_blanks in forms
            for moved in [moved_back(form, back)]
        ]
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE demo_timed")
            execute_values(cursor, "INSERT INTO demo_timed VALUES %s", rows, "(%s, %s, %s, %s::jsonb)", 2000)
            cursor.execute("ANALYZE demo_timed")

    def _copy(self, table: Table, cells: Cells) -> int:
        share = Share.WHOLE if table in PEOPLE else cells.share
        sizes = {
            each.name: self.stencils.size(each, Share.WHOLE if each in PEOPLE else cells.share)
            for each in EVERY
        }
        here = dict(self.bases)
        if table in PEOPLE:
            for each in PEOPLE:
                here[each.name] = self.first_of_people[each.name] + cells.first * sizes[each.name]
        limit = cells.upto if cells.upto is not None and table.root else None
        conditions = [OF_SHARE[share]]
        if limit is not None:
            conditions.append(f"x.of_root < {limit}")
        columns = list(table.model._meta.local_concrete_fields)
        expressions = [self._expression(table, each, here, sizes, cells.back) for each in columns]
        statement = (
            f"INSERT INTO {table.table} ({', '.join(str(each.column) for each in columns)})"
            f" SELECT {', '.join(expressions)} FROM generate_series(0, {cells.count - 1}) j(j)"
            f" CROSS JOIN {table.stencil} x {self._joins(table, here, sizes, cells)} WHERE {' AND '.join(conditions)}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.rowcount)

    def _joins(self, table: Table, here: Mapping[str, int], sizes: Mapping[str, int], cells: Cells) -> str:
        made = []
        if table.forms:
            made.append(f"LEFT JOIN demo_timed t ON t.name = '{table.name}' AND t.ord = x.ord")
        if table.name in {"user", "request"}:
            place = "x.ord" if table.name == "user" else "x.phone_at"
            first, last = here["user"], here["user"] + cells.count * sizes["user"] - 1
            made.append(
                f"LEFT JOIN demo_phone p ON p.id = {_number('user', place, here, sizes)}"
                f" AND p.id BETWEEN {first} AND {last}"
            )
        return " ".join(made)

    def _expression(
        self,
        table: Table,
        column: models.Field[Any, Any],
        here: Mapping[str, int],
        sizes: Mapping[str, int],
        back: timedelta,
    ) -> str:
        name, own = column.column or "", _number(table.name, "x.ord", here, sizes)
        moved = f"interval '{back.total_seconds():.0f} seconds'"
        if column.primary_key:
            return own
        if name in table.given:
            return table.given[name].format(id=f"({own})", back=moved, prefix=settings.CASE_CODE_PREFIX)
        if name in table.leads:
            return _led(table, name, here, sizes)
        if name == table.forms:
            return self._filled(table, here, sizes)
        if isinstance(column, DateTimeRangeField):
            return f"tstzrange(lower(x.{name}) - {moved}, upper(x.{name}) - {moved}, '[)')"
        if isinstance(column, models.DateTimeField) and name not in table.kept:
            return f"x.{name} - {moved}"
        if table.moves and name in {"lat", "lon"}:
            return _moved(name, own)
        return f"x.{name}"

    def _filled(self, table: Table, here: Mapping[str, int], sizes: Mapping[str, int]) -> str:
        """Returns the JSON column with its blanks filled in; most forms have few, many rows have no form."""
        names = sorted(NUMBERS, key=NUMBERS.__getitem__)
        bases = f"'{{{','.join(str(here.get(name, 0)) for name in names)}}}'::bigint[]"
        counts = f"'{{{','.join(str(sizes[name]) for name in names)}}}'::bigint[]"
        most = self.stencils.blanks[table.name]
        blanks = [
            f"({bases})[x.form_of[{at}]] + j.j * ({counts})[x.form_of[{at}]] + x.form_at[{at}]"
            for at in range(1, most + 1)
        ]
        form = "coalesce(t.form, x.form)"
        few, many = (", ".join([form, *blanks[:count]]) for count in (FEW_BLANKS, most))
        return (
            f"CASE WHEN x.form IS NULL THEN x.{table.forms} WHEN t.filled IS NOT NULL THEN t.filled"
            f" WHEN coalesce(array_length(x.form_of, 1), 0) <= {FEW_BLANKS} THEN format({few})::jsonb"
            f" ELSE format({many})::jsonb END"
        )


def _number(name: str, place: str, here: Mapping[str, int], sizes: Mapping[str, int]) -> str:
    """Returns the number of the row at `place` of its table in the world `j`."""
    return f"{here[name]}::bigint + j.j * {sizes[name]} + {place}"


def _led(table: Table, column: str, here: Mapping[str, int], sizes: Mapping[str, int]) -> str:
    other = table.leads[column]
    place = f"x.{column}_at"
    if other != "part":
        return f"CASE WHEN {place} IS NULL THEN x.{column} ELSE {_number(other, place, here, sizes)} END"
    cases = " ".join(
        f"WHEN x.name = '{timer}' THEN {_number(part, place, here, sizes)}"
        for timer, part in PART_OF_TIMER.items()
    )
    return f"CASE WHEN {place} IS NULL THEN x.{column} {cases} END"


def _moved(column: str, own: str) -> str:
    """Returns a point within reach, elsewhere for every row: the golden angle, and evenly over the circle."""
    away = f"x.reach_m * sqrt((({own}) % 997)::float8 / 997)"
    turn = f"(({own})::float8 * 2.399963229728653)"
    if column == "lat":
        return f"x.lat + {away} * cos({turn}) / {METRES_PER_DEGREE}"
    return f"x.lon + {away} * sin({turn}) / ({METRES_PER_DEGREE} * cos(radians(x.lat)))"
