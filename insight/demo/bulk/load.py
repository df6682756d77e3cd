"""Larger demo cities: the small one, lived through the verbs, copied in SQL until there are as many as were asked for.

Every copy is right because its model is: its own people, the same steps in the same order, moments moved back together.
The sizes are those of a district that told its numbers, and of a city with a million volunteers (DOMAIN.md section 2).
"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from django.db import connection

from civic.lib import crypto
from insight.demo.bulk import cells, stencils
from insight.demo.bulk.bare import bare
from insight.demo.bulk.cells import Share
from insight.demo.bulk.copying import Copier
from insight.demo.bulk.tables import EVERY, MODELS
from requests_app.enums import FINAL
from requests_app.models import ServiceRequest
from volunteers.models import Volunteer

PHONES_AT_ONCE = 20_000
# Shares of the time: people, then requests, then indexes and references.
PEOPLE_UNTIL, REQUESTS_UNTIL = 0.06, 0.6
RARE = 0.03
Report = Callable[[float], None]


def leave_room(requests: int) -> None:
    """Lets the requests of the small city have the highest numbers of all: lists show the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
            [ServiceRequest._meta.db_table, requests + 1000],
        )


def multiply(
    *,
    volunteers: int,
    requests: int,
    open_requests: int,
    past: int = 0,
    report: Report = lambda share: None,
) -> None:
    """Copies the city that is in the database until it has so many, `open_requests` of them open, and `past` of the
    copies copies of what an earlier system had closed.

    Inside the transaction of the caller, who has left room before.
    """
    made = stencils.cut()
    present_open = ServiceRequest.objects.exclude(state__in=FINAL).count()
    world = made.rows[Share.WHOLE]
    plan = cells.layout(
        volunteers=volunteers - Volunteer.objects.count(),
        requests=requests - ServiceRequest.objects.count(),
        open_requests=open_requests - present_open,
        past=past,
        of_volunteers=world["volunteer"],
        of_requests=cells.Counts(**{share: made.rows[share]["request"] for share in Share}),
    )
    copier = Copier(made, _next_ids())
    tables = [model._meta.db_table for model in MODELS]

    def put_back(share: float) -> None:
        report(REQUESTS_UNTIL + (1 - REQUESTS_UNTIL) * 0.95 * share)

    with bare(tables, rare=_is_rare, told=put_back):
        copier.begin(plan)
        _draw_phones(copier.first_of_people["user"], (plan.worlds + 1) * world["user"])
        copier.people(plan)
        report(PEOPLE_UNTIL)
        done, wanted = 0, max(1, requests)
        for each in plan.cells:
            done += copier.requests(each)
            report(PEOPLE_UNTIL + (REQUESTS_UNTIL - PEOPLE_UNTIL) * min(1.0, done / wanted))
    _count_on()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def _is_rare(table: str, condition: str) -> bool:
    """Returns whether few rows of an ended request meet the condition of an index."""
    stencil = next(each.stencil for each in reversed(EVERY) if each.table == table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {condition}) <= {RARE} * count(*) FROM {stencil} WHERE of_ended"
        )
        return bool(cursor.fetchone()[0])


def _next_ids() -> dict[str, int]:
    """Returns the first number of each table that copies may take: requests before those there are, all else after."""
    found = {}
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {model._meta.db_table}")
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found | {ServiceRequest._meta.db_table: 1}


def _count_on() -> None:
    """Lets each table go on counting after the last copy."""
    with connection.cursor() as cursor:
        for model in MODELS:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {table})) FROM {table} LIMIT 1",
                [table],
            )


def _draw_phones(first: int, count: int) -> None:
    """Gives every copied person a phone number of their own, from a range that is given to nobody (+86 120 ...)."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE demo_phone (id bigint, sealed text, hash text) ON COMMIT DROP")
        for start in range(0, count, PHONES_AT_ONCE):
            lines = StringIO()
            for number in range(start, min(count, start + PHONES_AT_ONCE)):
                phone = f"+86120{number:08d}"
                lines.write(f"{first + number}\t{crypto.encrypt(phone)}\t{crypto.keyed_hash(phone)}\n")
            lines.seek(0)
            cursor.copy_expert("COPY demo_phone FROM STDIN", lines)
        cursor.execute("CREATE UNIQUE INDEX ON demo_phone (id)")
        cursor.execute("ANALYZE demo_phone")
