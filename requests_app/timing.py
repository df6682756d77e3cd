"""Hours of the day: when an offer runs out, and when a reminder may ring."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from requests_app.enums import Urgency

QUIET_FROM, QUIET_UNTIL = time(22), time(7)
EVENING = time(20)
DAY_FROM, DAY_UNTIL = time(6), time(22)  # when somebody may come to the door without having been asked to
FURTHEST_AHEAD = timedelta(days=366)  # what is wished or agreed later is a slip of the keyboard
OFFER_RUNS: dict[str, timedelta] = {Urgency.URGENT: timedelta(minutes=15)}
OFFER_RUNS_OTHERWISE = timedelta(hours=2)


def is_quiet(moment: datetime) -> bool:
    """Whether people sleep at `moment` (22:00-07:00 local time)."""
    clock_time = timezone.localtime(moment).time()
    return clock_time >= QUIET_FROM or clock_time < QUIET_UNTIL


def is_at_night(moment: datetime) -> bool:
    """Whether nobody may come to the door at `moment` unless the resident wishes it (22:01-5:59 local time)."""
    return not DAY_FROM <= timezone.localtime(moment).time() <= DAY_UNTIL


def offer_expires_at(
    now: datetime, urgency: str, latest: datetime | None, minutes: int | None = None
) -> datetime:
    """Returns when an offer made `now` runs out: 15 minutes when urgent, else 2 hours of waking time; or as many
    `minutes`, likewise.

    Never after `latest` (the start of the service).
    """
    own = timedelta(minutes=minutes) if minutes else None
    if urgency in OFFER_RUNS:
        expires = now + (own or OFFER_RUNS[urgency])
    else:
        expires = _add_waking(now, own or OFFER_RUNS_OTHERWISE)
    return min(expires, latest) if latest is not None else expires


def reminder_at(moment: datetime) -> datetime:
    """Returns `moment`, or 20:00 of the evening before when it falls into the night."""
    local = timezone.localtime(moment)
    if not is_quiet(moment):
        return moment
    evening = local if local.time() >= QUIET_FROM else local - timedelta(days=1)
    return evening.replace(hour=EVENING.hour, minute=0, second=0, microsecond=0)


def _add_waking(start: datetime, amount: timedelta) -> datetime:
    local = timezone.localtime(start)
    while True:
        if is_quiet(local):
            wake = local if local.time() < QUIET_UNTIL else local + timedelta(days=1)
            local = wake.replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
        night = local.replace(hour=QUIET_FROM.hour, minute=0, second=0, microsecond=0)
        if local + amount <= night:
            return (local + amount).astimezone(start.tzinfo)
        amount -= night - local
        local = night
