"""Taking a backlog file in: upload, correct, start, undo. The work itself runs in requests_app.imports.jobs."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from civic.accounts.access import holds
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area
from civic.lib import clock, tables
from civic.lib.errors import IllegalTransition, NotAllowed, NotFound, TooLarge, ValidationFailed
from civic.lib.text import clean
from requests_app.imports import columns, jobs, waking
from requests_app.models import Category, ImportBatch, ImportState


def upload(
    *, actor: User, file_name: str, chunks: Iterable[bytes], area: Area, category: Category, wake: bool = True
) -> ImportBatch:
    """Keeps a file and starts reading it in the background; returns the batch.

    `area` and `category` are assumed for every row that names none. Raises NotAllowed outside the actor's
    areas, TooLarge over 50 MB. With `wake` False the caller runs the job itself.
    """
    if not holds(actor, {Role.DISPATCHER}, scope.of(area)):
        raise NotAllowed(_("You import requests into your own areas only."))
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            area=area,
            category=category,
            by=actor,
            file_name=clean(Path(file_name).name, 200) or "table",
            created_at=clock.now(),
        )
        _keep(batch, chunks)
        if wake:
            transaction.on_commit(lambda: waking.wake(batch.pk))
    return batch


def _keep(batch: ImportBatch, chunks: Iterable[bytes]) -> None:
    path = jobs.path_of(batch)
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        with path.open("wb") as kept:
            for chunk in chunks:
                size += len(chunk)
                if size > tables.MAX_BYTES:
                    raise TooLarge(_("The file is larger than 50 MB. Please split it."))
                kept.write(chunk)
            kept.flush()
            os.fsync(kept.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def correct(batch: ImportBatch, *, actor: User, chosen: dict[str, int], **defaults: Any) -> ImportBatch:
    """Changes which column says what (target > number) and the assumed area or category; judges every row anew."""
    with transaction.atomic():
        batch = _locked(batch, actor, ImportState.PREVIEW)
        unknown = [name for name in chosen if name not in columns.TARGETS]
        if unknown or not all(0 <= at < len(batch.headers) for at in chosen.values()):
            raise ValidationFailed.on("columns", _("Choose among the columns of the file."))
        if len(set(chosen.values())) != len(chosen):
            raise ValidationFailed.on("columns", _("One column cannot say two things."))
        batch.columns = chosen
        if area := defaults.get("area"):
            if not holds(actor, {Role.DISPATCHER}, scope.of(area)):
                raise NotAllowed(_("You import requests into your own areas only."))
            batch.area = area
        if category := defaults.get("category"):
            batch.category = category
        jobs.judge(batch)
        batch.save()
    return batch


def start(batch: ImportBatch, *, actor: User, wake: bool = True) -> ImportBatch:
    """Starts adding the rows that can be added."""
    return _begin(batch, actor, ImportState.PREVIEW, ImportState.RUNNING, wake)


def undo(batch: ImportBatch, *, actor: User, wake: bool = True) -> ImportBatch:
    """Starts cancelling what nobody has touched; within a day of the import."""
    if batch.finished_at is not None and clock.now() > batch.finished_at + jobs.UNDO_WITHIN:
        raise IllegalTransition(_("An import can be undone within a day."))
    return _begin(batch, actor, ImportState.DONE, ImportState.UNDOING, wake)


def discard(batch: ImportBatch, *, actor: User) -> None:
    """Forgets an import that has added nothing: its rows, with the names and numbers in them, are gone."""
    with transaction.atomic():
        _locked(batch, actor, ImportState.PREVIEW, ImportState.FAILED).delete()


def _begin(batch: ImportBatch, actor: User, before: str, after: str, wake: bool) -> ImportBatch:
    with transaction.atomic():
        batch = _locked(batch, actor, before)
        batch.state, batch.done, batch.by = after, 0, actor
        batch.save(update_fields=["state", "done", "by"])
        if wake:
            transaction.on_commit(lambda: waking.wake(batch.pk))
    return batch


def _locked(batch: ImportBatch, actor: User, *states: str) -> ImportBatch:
    found = ImportBatch.objects.select_for_update(of=("self",)).select_related("area", "category")
    locked = found.filter(pk=batch.pk).first()
    if locked is None:
        raise NotFound()
    if not holds(actor, {Role.DISPATCHER}, scope.of(locked.area)):
        raise NotAllowed()
    if locked.state not in states:
        raise IllegalTransition(_("This import is not at that point; please look at it again."))
    return locked
