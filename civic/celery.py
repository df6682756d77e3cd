"""The Celery application of workers, and of whoever sends tasks.

Nothing that matters hangs on a message: sweepers find their work in the database, so that a flushed broker,
a killed worker or two beats change nothing. Beat itself runs on civic/beat.py.
"""

import os
from typing import Any

from celery import Celery, bootsteps

from civic import collecting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civic.settings")


class Settle(bootsteps.Step):  # type: ignore[misc]  # celery ships no types
    """A step of a worker's start, before its processes are forked: they share what is loaded by then."""

    def create(self, parent: Any) -> None:
        """Everything is imported, nothing has begun."""
        collecting.settle()


app = Celery("civic", task_cls="civic.operations.signs:SignedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["civic.operations"])
app.steps["worker"].add(Settle)
