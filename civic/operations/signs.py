"""The class of every task: one that the beat sends now and then leaves a sign of life when it ends well."""

from typing import Any

from celery import Task
from django.conf import settings


class SignedTask(Task):  # type: ignore[misc]  # celery ships no types
    """Sweepers leave a heartbeat of their own, each round; this is for what runs by the hour or by night."""

    abstract = True

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        """Called by the worker after the task."""
        from civic.notify import heartbeat  # models, which are not there yet when Celery starts

        if any(self.name == entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()):
            heartbeat.beat(self.name)
