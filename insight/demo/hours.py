"""What happens at which hour in the demo city, whenever it is loaded: by day people ask, are asked and come."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

DAY_BEGINS, DAY_ENDS = 8, 22  # hours of local time
COMING_BEGINS, COMING_ENDS = 7, 20


def last_waking(until: datetime) -> datetime:
    """Returns `until`, or at night ten minutes to ten of the evening before: the last time people did anything."""
    local = timezone.localtime(until)
    if DAY_BEGINS <= local.hour < DAY_ENDS:
        return until
    evening = local if local.hour >= DAY_ENDS else local - timedelta(days=1)
    return evening.replace(hour=DAY_ENDS - 1, minute=50, second=0, microsecond=0)


def by_day(moment: datetime) -> datetime:
    """Returns `moment`, or where that is at night a time of the day before it."""
    at_day = COMING_BEGINS <= timezone.localtime(moment).hour < COMING_ENDS
    return moment if at_day else moment - timedelta(hours=11)


def lately(until: datetime, dice: Random, low_minutes: float, high_minutes: float) -> datetime:
    """Returns a moment that many minutes before people last did anything, not before seven in the morning."""
    found = last_waking(until) - timedelta(minutes=dice.uniform(low_minutes, high_minutes))
    local = timezone.localtime(found)
    if local.hour >= COMING_BEGINS:
        return found
    return local.replace(hour=COMING_BEGINS, minute=0, second=0) + timedelta(minutes=dice.uniform(0, 20))
