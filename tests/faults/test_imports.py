"""A worker killed in the middle of an import: the next one goes on, no row is lost and none comes twice."""

from pathlib import Path

import pytest
from pytest_django import Settings

from civic.imports import actions as imports
from requests_app.imports.backlog import BACKLOG
from requests_app.models import Category, ImportBatch, ImportRow, ImportState, RowState, ServiceRequest
from tests.cast import Cast
from tests.faults.plant import Plant, backends, somewhen, until
from tests.faults.scenes import assert_consistent
from tests.requests_app.tables import look_alike

ROWS = 450


def strike(plant: Plant) -> bool:
    """Kills a worker while it works on an import; False when there was nothing left to do."""
    worker = plant.start("worker")
    plant.send("requests.resume_imports")
    busy = ImportBatch.objects.filter(
        state__in=[ImportState.READING, ImportState.RUNNING, ImportState.UNDOING]
    )
    until(lambda: backends("worker", busy=True) or not busy.exists(), "the import is under way")
    somewhen(0.6)
    hit = bool(backends("worker", busy=True))
    plant.kill(worker)
    until(lambda: not backends("worker"), "the database has noticed")
    return hit


def go_on(plant: Plant, batch: ImportBatch, state: str) -> None:
    worker = plant.start("worker")
    plant.send("requests.resume_imports")
    until(lambda: ImportBatch.objects.filter(pk=batch.pk, state=state).exists(), f"the import is {state}")
    plant.kill(worker)


@pytest.mark.full
def test_an_import_goes_on_after_its_worker_was_killed_at_every_step(
    plant: Plant, crowd: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.CIVIC_HOME = plant.home
    file = look_alike(tmp_path / "backlog.xlsx", ROWS)
    batch = imports.upload(
        BACKLOG,
        actor=crowd.dispatcher,
        file_name=file.name,
        chunks=[file.read_bytes()],
        area=crowd.community,
        category=Category.objects.get(code="errand"),
        wake=False,
    )
    hits = [strike(plant)]
    go_on(plant, batch, ImportState.PREVIEW)
    lines = ImportRow.objects.filter(batch=batch)
    assert lines.count() == ROWS
    wanted = lines.filter(state=RowState.NEW).count()
    assert wanted > ROWS / 2

    imports.start(BACKLOG, batch, actor=crowd.dispatcher, wake=False)
    hits += [strike(plant) for _ in range(2)]
    go_on(plant, batch, ImportState.DONE)
    assert not lines.filter(state=RowState.NEW).exists()
    added = lines.filter(state=RowState.ADDED)
    assert added.count() == wanted
    assert added.values("request").distinct().count() == wanted
    assert ServiceRequest.objects.filter(import_batch=batch).count() == wanted
    batch.refresh_from_db()
    assert batch.done == wanted
    assert_consistent()

    imports.undo(BACKLOG, batch, actor=crowd.dispatcher, wake=False)
    hits.append(strike(plant))
    go_on(plant, batch, ImportState.UNDONE)
    assert lines.filter(state=RowState.UNDONE).count() == wanted
    assert ServiceRequest.objects.filter(import_batch=batch, outcome="import_undone").count() == wanted
    assert sum(hits) >= 2
    assert_consistent()
