"""The canary that is sent through every queue: a worker that lives but does no work does not carry it out."""

from celery import shared_task

from civic.notify import heartbeat


def canary_of(queue: str) -> str:
    """Returns the heartbeat that the canary of `queue` leaves."""
    return f"canary:{queue}"


@shared_task(name="civic.canary")
def canary(queue: str) -> None:
    """Leaves a sign of life of the worker that serves `queue`: it took a task, and reaches the database."""
    heartbeat.beat(canary_of(queue))
