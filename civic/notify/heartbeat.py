"""Signs of life of the sweepers: one row a name, overwritten each round."""

from datetime import datetime, timedelta

from civic.lib import clock
from civic.notify.models import Heartbeat


def beat(name: str, **facts: int) -> None:
    """Records that `name` (e.g. "notify.sweep") finished a round just now, with numbers worth seeing; one
    query.
    """
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=clock.now(), facts=facts)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at", "facts"],
    )


def last(name: str) -> datetime | None:
    """Returns when `name` last finished a round, None if it never did."""
    return Heartbeat.objects.filter(pk=name).values_list("at", flat=True).first()


def is_fresh(name: str, within: timedelta = timedelta(seconds=60)) -> bool:
    """True when `name` finished a round less than `within` ago."""
    at = last(name)
    return at is not None and clock.now() - at < within
