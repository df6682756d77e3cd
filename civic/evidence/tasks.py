"""Sweeping up what was sent and never given to a record."""

from celery import shared_task

from civic.evidence import store


@shared_task(name="evidence.sweep")
def sweep() -> int:
    """Removes orphaned rows and files; returns how many. Often enough once an hour."""
    return store.sweep_orphans() + store.sweep_files()
