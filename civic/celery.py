"""The Celery application of workers, and of whoever sends tasks.

Nothing that matters hangs on a message: sweepers find their work in the database, so that a flushed broker,
a killed worker or two beats change nothing. Beat itself runs on civic/beat.py.
"""

import os

from celery import Celery
from celery.signals import worker_process_init

from civic import collecting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civic.settings")

app = Celery("civic", task_cls="civic.operations.signs:SignedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["civic.operations"])


@worker_process_init.connect
def _settle(**_: object) -> None:
    collecting.settle()
