"""Stencils: temporary tables with the rows of the small city that are copied, and what has to change in each copy.

Every row has `ord`, its place among those of its table, and for each column that leads to another copied row the place
of that one (`..._at`, null where it leads to what is not copied). Rows of requests that were only taken over come
first, then those of ended ones, so that each of the two alone is a stencil too. The JSON columns become forms in which
numbers are blanks to be filled in.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

import shapely
from django.db import connection
from psycopg2.extras import execute_values

from civic.areas import boundaries
from civic.areas.models import Area
from civic.cases.models import Timer
from insight.demo.bulk.cells import Share
from insight.demo.bulk.tables import EVERY, NAMED_IN_FACTS, PART_OF_TIMER, Table
from requests_app.enums import FINAL, Outcome
from requests_app.models import ServiceRequest

FARTHEST_M = 150.0  # that somebody of a copy lives from where their model lives
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00")
BLANK = re.compile(r'"@(\d+)@"')
Places = dict[str, dict[int, int]]
NUMBERS = {table.name: number for number, table in enumerate(EVERY, start=1)}

CHOSEN = """
CREATE TEMP TABLE demo_chosen (name text, id bigint) ON COMMIT DROP;
INSERT INTO demo_chosen SELECT 'volunteer', id FROM volunteers_volunteer WHERE state <> 'applied';
INSERT INTO demo_chosen SELECT 'user', id FROM accounts_user person WHERE NOT is_staff
   AND NOT EXISTS (SELECT FROM volunteers_volunteer v WHERE v.user_id = person.id AND v.state = 'applied');
INSERT INTO demo_chosen SELECT 'request', id FROM requests_app_servicerequest request
 WHERE NOT EXISTS (SELECT FROM requests_app_teamoffer o WHERE o.request_id = request.id);
CREATE TEMP TABLE demo_timed (name text, ord bigint, form text, filled jsonb) ON COMMIT DROP
"""


# Which rows of a stencil those are; each of them the first of the one before.
OF_SHARE = {Share.WHOLE: "true", Share.ENDED: "x.of_ended", Share.PAST: "x.of_past"}


@dataclass
class Stencils:
    """How many rows each stencil has, by which requests are copied; the forms with moments in them."""

    rows: dict[Share, dict[str, int]] = field(default_factory=lambda: {share: {} for share in Share})
    timed: dict[str, list[tuple[int, str, bool]]] = field(default_factory=dict)
    blanks: dict[str, int] = field(default_factory=dict)

    def size(self, table: Table, share: Share) -> int:
        """Returns the rows a world has of `table` with that share of its requests."""
        return self.rows[share][table.name]

    def moves_with(self, table: Table, share: Share) -> bool:
        """Whether a form of a row of `table` that such a copy takes has moments in it."""
        return any(place < self.size(table, share) for place, _form, _blank in self.timed.get(table.name, ()))


def cut() -> Stencils:
    """Makes the stencils of the city that is in the database; they are gone with the transaction."""
    made = Stencils()
    ended = _ended()
    with connection.cursor() as cursor:
        cursor.execute(CHOSEN)
        execute_values(
            cursor, "INSERT INTO demo_chosen (name, id) VALUES %s", [("ended", id) for id in ended]
        )
        for table in EVERY:
            cursor.execute(f"CREATE TEMP TABLE {table.stencil} ON COMMIT DROP AS {_rows(table)}")
            cursor.execute(f"CREATE INDEX ON {table.stencil} (id)")
            for share, condition in OF_SHARE.items():
                cursor.execute(f"SELECT count(*) FROM {table.stencil} x WHERE {condition}")
                made.rows[share][table.name] = cursor.fetchone()[0]
        places = _places(cursor)
        for table in EVERY:
            for statement in _leads(table):
                cursor.execute(statement)
            if table.moves:
                _measure_reach(cursor, table)
            if table.forms:
                made.timed[table.name], made.blanks[table.name] = _make_forms(cursor, table, places)
            cursor.execute(f"ANALYZE {table.stencil}")
    return made


def _ended() -> list[int]:
    """Returns the requests that are over: ended, no call or decision awaited, and leading to none that is not over."""
    linked: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, (facts ->> key)::bigint FROM cases_caseevent, unnest(ARRAY['into', 'after']) key"
            " WHERE kind = 'request' AND facts ? key UNION ALL"
            " SELECT id, merged_into_id FROM requests_app_servicerequest WHERE merged_into_id IS NOT NULL"
        )
        for one, other in cursor.fetchall():
            linked.setdefault(one, set()).add(other)
    over = ServiceRequest.objects.filter(state__in=FINAL, call_back_wanted=False, team_offers=None)
    running = Timer.objects.filter(kind=ServiceRequest.kind, fired_at=None, voided_at=None)
    found = set(over.values_list("pk", flat=True)) - set(running.values_list("case_id", flat=True))
    while left := {one for one in found if linked.get(one, set()) - found}:
        found -= left
    return sorted(found)


def _rows(table: Table) -> str:
    """Returns the query of the rows with their places."""
    if table.root in {"", "id"}:
        is_request = table.name == "request"
        ended = "x.id IN (SELECT id FROM demo_chosen WHERE name = 'ended')" if is_request else "true"
        past = f"x.outcome = '{Outcome.TAKEN_OVER}'" if is_request else "true"
        place = f"row_number() OVER (ORDER BY NOT ({past}), NOT ({ended}), x.id) - 1"
        places = f"{place} AS ord, {place} AS of_root, {ended} AS of_ended, {past} AS of_past"
        return f"SELECT x.*, {places} FROM {table.table} x WHERE {table.rows}"
    above = f"demo_{table.leads[table.root]}"
    return (
        "SELECT x.*, row_number() OVER (ORDER BY above.of_root, x.id) - 1 AS ord,"
        " above.of_root, above.of_ended, above.of_past"
        f" FROM {table.table} x JOIN {above} above ON above.id = x.{table.root} WHERE {table.rows}"
    )


def _leads(table: Table) -> list[str]:
    """Returns the statements that add to the rows the places of those they lead to."""
    made = []
    for column, other in table.leads.items():
        made.append(f"ALTER TABLE {table.stencil} ADD {column}_at bigint")
        if other == "part":
            made += [
                f"UPDATE {table.stencil} x SET part_id_at = other.ord FROM demo_{name} other"
                f" WHERE x.name = '{timer}' AND other.id = x.part_id"
                for timer, name in PART_OF_TIMER.items()
            ]
        else:
            made.append(
                f"UPDATE {table.stencil} x SET {column}_at = other.ord FROM demo_{other} other"
                f" WHERE other.id = x.{column}"
            )
    if table.name == "request":
        made += [
            f"ALTER TABLE {table.stencil} ADD phone_at bigint",
            f"UPDATE {table.stencil} x SET phone_at = other.ord FROM demo_user other"
            " WHERE other.phone_hash = x.beneficiary_phone_hash",
        ]
    return made


def _measure_reach(cursor: Any, table: Table) -> None:
    """Writes beside each row how far it may move and still lie in its area, in metres."""
    shapes = {
        pk: boundaries.read(boundary)
        for pk, boundary in Area.objects.exclude(boundary=None).values_list("pk", "boundary")
    }
    cursor.execute(f"ALTER TABLE {table.stencil} ADD reach_m float8 NOT NULL DEFAULT 0")
    cursor.execute(
        f"SELECT id, area_id, lat, lon FROM {table.stencil} WHERE lat IS NOT NULL AND lon IS NOT NULL"
    )
    found = []
    for pk, area, lat, lon in cursor.fetchall():
        point, land = shapely.Point(lon, lat), shapes.get(area)
        if land is not None and land.contains(point):
            # Degrees of longitude are the shorter ones: what is near in them is near.
            away = land.boundary.distance(point) * boundaries.METRES_PER_DEGREE * cos(radians(lat))
            found.append((pk, min(FARTHEST_M, 0.9 * away)))
    execute_values(
        cursor,
        f"UPDATE {table.stencil} x SET reach_m = given.reach FROM (VALUES %s) given(id, reach) WHERE x.id = given.id",
        found,
    )


def _make_forms(cursor: Any, table: Table, places: Places) -> tuple[list[tuple[int, str, bool]], int]:
    """Writes the forms of the JSON column; returns those with moments in them (place, form, whether there are blanks
    too) and the most blanks of one.
    """
    cursor.execute(f"ALTER TABLE {table.stencil} ADD form text, ADD form_of int[], ADD form_at bigint[]")
    cursor.execute(f"SELECT ord, {table.forms}::text FROM {table.stencil}")
    rows = [(place, json.loads(text)) for place, text in cursor.fetchall()]
    timed, made = [], []
    for place, value in rows:
        blanks: list[tuple[int, int]] = []
        text = json.dumps(_blanked(value, places, blanks), ensure_ascii=False).replace("%", "%%")
        form = BLANK.sub("%s", text)
        has_moments = MOMENT.search(form) is not None
        if blanks or has_moments:
            made.append((place, form, [name for name, _at in blanks], [at for _name, at in blanks]))
        if has_moments:
            timed.append((place, form, bool(blanks)))
    execute_values(
        cursor,
        f"UPDATE {table.stencil} x SET form = g.form, form_of = g.names, form_at = g.places"
        " FROM (VALUES %s) g(ord, form, names, places) WHERE x.ord = g.ord",
        made,
        template="(%s, %s, %s::int[], %s::bigint[])",
    )
    return timed, max((len(names) for _place, _form, names, _places in made), default=0)


def _places(cursor: Any) -> Places:
    """Returns for each table that facts name the places of its rows by their numbers."""
    found: Places = {}
    for name in dict.fromkeys(NAMED_IN_FACTS.values()):
        cursor.execute(f"SELECT id, ord FROM demo_{name}")
        found[name] = dict(cursor.fetchall())
    return found


def _blanked(value: Any, places: Places, blanks: list[tuple[int, int]], key: str = "") -> Any:
    """Returns `value` with a blank in place of each number of a copied row, which is put down in `blanks`."""
    if isinstance(value, dict):
        return {name: _blanked(each, places, blanks, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_blanked(each, places, blanks, key) for each in value]
    name = NAMED_IN_FACTS.get(key)
    if name is None or not isinstance(value, int) or value not in places[name]:
        return value
    blanks.append((NUMBERS[name], places[name][value]))
    return f"@{len(blanks)}@"


def moved_back(form: str, back: timedelta) -> str:
    """Returns `form` with every moment in it earlier by `back`."""
    return MOMENT.sub(lambda found: (datetime.fromisoformat(found.group()) - back).isoformat(), form)
