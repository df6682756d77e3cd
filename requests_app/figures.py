"""The few figures of the home page, from the records; kept for ten minutes in the cache.

Formulas as shown to everybody at /about/numbers/. A figure with too few records behind it is not shown.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db import connection

from civic.lib import clock
from requests_app.enums import UNCOUNTED

KEPT_SECONDS = 600
STALE_SECONDS = 24 * 3600
ENOUGH = 20

# Which requests are counted at all, in the words of the index request_counted.
COUNTED = "NOT (outcome IN ({}))".format(", ".join(f"'{each}'" for each in sorted(UNCOUNTED)))
SQL = f"""
WITH wait AS (
    SELECT extract(epoch FROM accepted_at - placed_at) / 60 AS minutes
      FROM requests_app_servicerequest
     WHERE {COUNTED} AND placed_at > %(quarter)s AND accepted_at IS NOT NULL AND exempt_reason = ''
), rated AS (
    SELECT g.stars FROM requests_app_rating g
     WHERE g.via = 'beneficiary' AND NOT EXISTS (
           SELECT FROM requests_app_servicerequest r WHERE r.id = g.request_id AND r.exempt_reason <> '')
), due AS (
    SELECT count(*) AS due, count(*) FILTER (WHERE dispatched_at <= dispatch_due_at) AS in_time
      FROM requests_app_servicerequest
     WHERE {COUNTED} AND placed_at > %(year)s AND dispatch_due_at <= %(now)s AND source <> 'import'
       AND state NOT IN ('cancelled', 'rejected') AND exempt_reason = ''
)
SELECT (SELECT count(*) FROM requests_app_servicerequest WHERE {COUNTED}),
       (SELECT due FROM due), (SELECT in_time FROM due),
       (SELECT count(*) FROM rated), (SELECT avg(stars) FROM rated),
       (SELECT count(DISTINCT volunteer_id) FROM requests_app_assignment
         WHERE state = 'completed' AND completed_at > %(quarter)s),
       (SELECT count(*) FROM wait),
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) FROM wait)
"""


@dataclass(frozen=True)
class Figures:
    """What the home page may say; None where there is too little to say it."""

    received: int | None
    in_time_percent: float | None
    stars: float | None
    ratings: int
    volunteers: int | None
    wait_minutes: int | None

    @property
    def any(self) -> bool:
        """Whether there is anything to show below the tiles."""
        return bool(self.received)


def home() -> Figures:
    """Returns the figures, ten minutes old at most; while one process renews them others show the last."""
    kept = cache.get("home-figures")
    if kept is not None and (kept[0] > clock.now() - timedelta(seconds=KEPT_SECONDS) or _somebody_renews()):
        return kept[1]
    figures = compute()
    cache.set("home-figures", (clock.now(), figures), STALE_SECONDS)
    return figures


def compute() -> Figures:
    """Returns the figures as the records stand; one query."""
    now = clock.now()
    times = {"now": now, "year": now - timedelta(days=365), "quarter": now - timedelta(days=90)}
    with connection.cursor() as cursor:
        cursor.execute(SQL, times)
        received, due, in_time, ratings, stars, volunteers, waits, wait = cursor.fetchone()
    return Figures(
        received=received or None,
        in_time_percent=round(in_time / due * 100, 1) if due >= ENOUGH else None,
        stars=round(float(stars), 1) if ratings >= ENOUGH else None,
        ratings=ratings,
        volunteers=volunteers or None,
        wait_minutes=max(1, round(wait)) if waits >= ENOUGH else None,
    )


def _somebody_renews() -> bool:
    return not cache.add("home-figures-renewing", 1, 60)
