"""Celery's side of the outbox. The beat runs the sweep every few seconds; a commit may wake one earlier."""

from time import monotonic
from typing import Final

from celery import shared_task

from civic.notify import copies, deliver, digests, heartbeat, purge, waking

SWEEP_SECONDS: Final = 20.0
BATCH: Final = 50


@shared_task(name=waking.SWEEP_TASK, ignore_result=True)  # type: ignore[untyped-decorator]  # celery ships no types
def sweep(seconds: float = SWEEP_SECONDS) -> int:
    """Delivers until nothing is due or `seconds` have passed; then leaves a sign of life and returns how many
    it took.
    """
    waking.woken()
    copies.by_email()
    copies.by_push()
    ends = monotonic() + seconds
    handled = 0
    while taken := deliver.sweep(BATCH):
        handled += taken
        if monotonic() >= ends:
            waking.publish()
            break
    heartbeat.beat(waking.SWEEP_TASK, handled=handled)
    return handled


@shared_task(name="notify.digest", ignore_result=True)  # type: ignore[untyped-decorator]
def write_digests() -> int:
    """Writes the digests of this morning; asked each hour of the day, so that a late worker makes up for it."""
    return digests.write_all()


@shared_task(name="notify.purge", ignore_result=True)  # type: ignore[untyped-decorator]
def purge_texts() -> int:
    """Deletes texts that have been kept long enough; returns how many messages it went through."""
    return purge.texts()


@shared_task(name="notify.forget_secrets", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_secrets() -> int:
    """Wipes codes that have expired unsent; returns how many."""
    return purge.secrets()
