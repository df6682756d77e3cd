"""What Celery calls for the case kit."""

from datetime import timedelta

from celery import shared_task

from civic.cases import timers
from civic.cases.models import OnceKey
from civic.lib import clock
from civic.notify import heartbeat, waking

SWEEP_TASK = "cases.sweep_timers"


@shared_task(name=SWEEP_TASK)
def sweep_timers() -> int:
    """Fires what is due; harmless when two run at once, and calls for another worker when there is much to do.
    Returns the number of timers fired.
    """
    waking.woken(SWEEP_TASK)
    if timers.many_due():
        waking.publish(SWEEP_TASK)
    fired = timers.sweep()
    heartbeat.beat("timers")
    return fired


@shared_task(name="cases.forget_once_keys")
def forget_once_keys() -> int:
    """Deletes idempotency keys older than 24 hours (CONTRACT.md); returns how many."""
    return OnceKey.objects.filter(created_at__lt=clock.now() - timedelta(hours=24)).delete()[0]
