"""The class of every task: one that the beat sends now and then leaves a sign of life when it ends well."""

from datetime import timedelta
from functools import cache
from typing import Any

from celery import Task
from celery.schedules import crontab, maybe_schedule
from django.conf import settings


@cache
def regular_jobs() -> dict[str, Any]:
    """Returns the schedule of each task that the beat sends at most once a minute."""
    found = {
        each["task"]: maybe_schedule(each["schedule"]) for each in settings.CELERY_BEAT_SCHEDULE.values()
    }
    minute = timedelta(minutes=1)
    return {
        task: when for task, when in found.items() if isinstance(when, crontab) or when.run_every >= minute
    }


class SignedTask(Task):  # type: ignore[misc]  # celery ships no types
    """Sweepers leave a heartbeat of their own, each round; this is for what runs by the hour or by night."""

    abstract = True

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        """Called by the worker after the task."""
        from civic.notify import heartbeat  # models, which are not there yet when Celery starts

        if self.name in regular_jobs():
            heartbeat.beat(self.name)
