"""What Celery calls for privacy."""

from celery import shared_task

from insight.privacy import copies
from insight.privacy import sweep as forgetting


@shared_task(name="privacy.sweep")
def sweep() -> dict[str, int]:
    """Forgets what is due, five minutes at most; harmless when two run at once. Returns how much by rule."""
    return forgetting.run(seconds=300)


@shared_task(name="privacy.make_copy")
def make_copy(export_id: int) -> bool:
    """Makes one copy of somebody's data; returns whether it was there to be made."""
    return copies.make(export_id)


@shared_task(name="privacy.make_copies")
def make_copies() -> int:
    """Makes the copies that a worker left undone; returns how many."""
    return copies.resume()
