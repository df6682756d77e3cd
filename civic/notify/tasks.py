"""Celery's side of the outbox. The beat runs the sweep every few seconds; a commit may wake one earlier."""

from time import monotonic
from typing import Final

from celery import shared_task

from civic.notify import deliver, heartbeat, waking

SWEEP_SECONDS: Final = 20.0
BATCH: Final = 50


@shared_task(name=waking.SWEEP_TASK, ignore_result=True)  # type: ignore[untyped-decorator]  # celery ships no types
def sweep(seconds: float = SWEEP_SECONDS) -> int:
    """Delivers until nothing is due or `seconds` have passed; then leaves a sign of life and returns how many
    it took.
    """
    waking.woken()
    ends = monotonic() + seconds
    handled = 0
    while taken := deliver.sweep(BATCH):
        handled += taken
        if monotonic() >= ends:
            waking.publish()
            break
    heartbeat.beat(waking.SWEEP_TASK, handled=handled)
    return handled
