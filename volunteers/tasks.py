"""What Celery calls for volunteers."""

from celery import shared_task

from volunteers.imports.register import REGISTER


@shared_task(name="volunteers.work_import")
def work_import(batch_id: int) -> None:
    """Goes on with one import of a register."""
    REGISTER.work(batch_id)


@shared_task(name="volunteers.resume_imports")
def resume_imports() -> int:
    """Goes on with every import whose worker is gone; returns how many were busy."""
    return REGISTER.resume()


@shared_task(name="volunteers.forget_imports")
def forget_imports() -> int:
    """Deletes imports that nobody has started within 7 days, with their files; returns how many."""
    return REGISTER.forget_unstarted()
