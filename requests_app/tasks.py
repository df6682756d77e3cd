"""What Celery calls for requests."""

from celery import shared_task

from requests_app import drafts, recalculating
from requests_app.imports.backlog import BACKLOG
from requests_app.plans import jobs as plan_jobs


@shared_task(name="requests.work_import")
def work_import(batch_id: int) -> None:
    """Goes on with one import."""
    BACKLOG.work(batch_id)


@shared_task(name="requests.resume_imports")
def resume_imports() -> int:
    """Goes on with every import whose worker is gone; returns how many were busy."""
    return BACKLOG.resume()


@shared_task(name="requests.recalculate")
def recalculate() -> int:
    """Moves open deadlines after the work calendar was changed; returns how many requests moved."""
    return recalculating.sweep()


@shared_task(name="requests.forget_imports")
def forget_imports() -> int:
    """Deletes imports that nobody has started within 7 days, with their files; returns how many."""
    return BACKLOG.forget_unstarted()


@shared_task(name="requests.forget_drafts")
def forget_drafts() -> int:
    """Deletes unfinished requests not touched for 30 days; returns how many."""
    return drafts.forget_old()


@shared_task(name="requests.work_plan")
def work_plan(plan_id: int) -> None:
    """Goes on with one plan."""
    plan_jobs.work(plan_id)


@shared_task(name="requests.resume_plans")
def resume_plans() -> int:
    """Goes on with every plan whose worker is gone; returns how many were busy."""
    return plan_jobs.resume()


@shared_task(name="requests.forget_plans")
def forget_plans() -> int:
    """Deletes plans older than 30 days; returns how many."""
    return plan_jobs.forget_old()
