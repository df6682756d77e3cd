"""A crowd of volunteers, and a past for them, made by the database itself: a million in a minute or two.

Rows without a history of verbs: for measuring and for tests of indexes, never for a running service.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from civic.areas import scope
from civic.areas.models import Area

TABLES = ("accounts_user", "volunteers_volunteer", "requests_app_offer", "requests_app_assignment")
PEOPLE = """
INSERT INTO accounts_user (username, phone, name, email, password, language, elder_mode, is_superuser, is_staff,
                           is_active, date_joined)
SELECT 'crowd' || n, '', '志愿者' || n, '', '', '', false, false, false, true, now()
  FROM generate_series(1, %(count)s) n
"""
# Of twenty one gave no point, of fifty one takes no offers, of twenty-five one is suspended. Everybody has one or two
# of the common skills, one in ten thousand the rare one.
VOLUNTEERS = """
INSERT INTO volunteers_volunteer (user_id, number, skills, area_id, city_id, district_id, street_id, community_id,
                                  grid_id, lat, lon, active, vetted_at, insured_until, about, applied_at, state,
                                  version)
SELECT id, 'Y-' || id,
       CASE WHEN id %% 10000 = 7 THEN ARRAY[%(rare)s]
            ELSE ARRAY[(%(common)s::int[])[1 + id %% cardinality(%(common)s::int[])],
                       (%(common)s::int[])[1 + (id / 13) %% cardinality(%(common)s::int[])]] END,
       %(area)s, %(city)s, %(district)s, %(street)s, %(community)s, %(grid)s,
       CASE WHEN id %% 20 <> 0 THEN %(south)s + %(height)s * (hashint8(id)::bigint & 1048575) / 1048575.0 END,
       CASE WHEN id %% 20 <> 0 THEN %(west)s + %(width)s * (hashint8(-id)::bigint & 1048575) / 1048575.0 END,
       id %% 50 <> 3, now(), current_date + 365, '', now(),
       CASE id %% 25 WHEN 4 THEN 'suspended' ELSE 'approved' END, 1
  FROM (SELECT id::int FROM accounts_user WHERE username LIKE 'crowd%%') person
"""
# For every request as many offers as it takes, most of them accepted and served in the last months.
OFFERS = """
INSERT INTO requests_app_offer (request_id, round, volunteer_id, state, via, terms, made_at, answered_at, reason_code,
                                reasons)
SELECT (%(requests)s::bigint[])[1 + n %% cardinality(%(requests)s::bigint[])], 9,
       %(first)s + (n * 7919::bigint) %% %(people)s, CASE n %% 5 WHEN 0 THEN 'declined' ELSE 'accepted' END, 'direct',
       1,
       now() - (n %% 300) * interval '1 day', now() - (n %% 300) * interval '1 day', '', '{}'
  FROM generate_series(1, %(count)s) n
"""
ASSIGNMENTS = """
INSERT INTO requests_app_assignment (request_id, round, slot, volunteer_id, offer_id, state, accepted_at, agreed_start,
                                     expected_minutes, check_in_by, completed_at, end_reason, notice_minutes, excused)
SELECT request_id, 9, 1 + row_number() OVER (PARTITION BY request_id), volunteer_id, id,
       CASE id %% 20 WHEN 0 THEN 'no_show' WHEN 1 THEN 'given_up' ELSE 'completed' END, made_at, made_at, 45, '',
       made_at, '', CASE id %% 20 WHEN 1 THEN 60 END, false
  FROM requests_app_offer WHERE round = 9 AND state = 'accepted'
"""
COMMITMENTS = """
INSERT INTO volunteers_commitment (volunteer_id, subject_kind, subject_id, during, active)
SELECT %(first)s + (n * 7919::bigint) %% %(people)s, 'crowd', n,
       tstzrange(now() + (n %% 200) * interval '1 hour', now() + (n %% 200 + 2) * interval '1 hour'), true
  FROM generate_series(1, least(%(count)s, %(people)s)) n
"""


@dataclass(frozen=True)
class Land:
    """Where the crowd lives, in degrees."""

    south: float
    west: float
    height: float
    width: float


def gather(area: Area, land: Land, count: int, *, common: Sequence[int], rare: int) -> None:
    """Adds `count` volunteers of `area` with home points all over `land`."""
    facts: dict[str, Any] = {
        **vars(land),
        "count": count,
        "area": area.pk,
        "common": list(common),
        "rare": rare,
    }
    ids = scope.of(area)._asdict()
    facts |= {name.removesuffix("_id"): value for name, value in ids.items()}
    with without_triggers() as cursor, _without_indexes(cursor, "volunteers_volunteer"):
        cursor.execute(PEOPLE, facts)
        cursor.execute(VOLUNTEERS, facts)


def live(requests: Sequence[int], count: int) -> None:
    """Gives the crowd `count` offers, what came of them at `requests`, and as many promises of the next days."""
    with without_triggers() as cursor:
        cursor.execute("SELECT min(id), count(*) FROM volunteers_volunteer WHERE number LIKE 'Y-%'")
        first, people = cursor.fetchone()
        facts = {"requests": list(requests), "count": count, "first": first, "people": people}
        for statement in (OFFERS, ASSIGNMENTS, COMMITMENTS):
            cursor.execute(statement, facts)


@contextmanager
def without_triggers() -> Iterator[Any]:
    """Yields a cursor in a transaction in which the tables take rows that no verb wrote."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # nothing may wait for its check while a table is altered
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def _without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Builds the indexes of `table` that are no constraints once, afterwards: five times as fast as row by row."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _name, definition in found:
        cursor.execute(definition)
