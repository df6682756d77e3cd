"""A worker killed in the middle of an import: the next one goes on, no row is lost and none comes twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from civic.accounts.models import User
from civic.cases.models import CaseEvent, Timer
from civic.imports import actions as imports
from civic.imports.importer import Importer
from civic.imports.models import BUSY, Batch
from requests_app.imports.backlog import BACKLOG
from requests_app.models import BacklogRowState as RowState
from requests_app.models import Category, ImportRow, ImportState, ServiceRequest
from tests.cast import Cast
from tests.faults.plant import Plant, backends, somewhen, until
from tests.faults.scenes import assert_consistent
from tests.requests_app.tables import look_alike
from tests.volunteers import registers
from volunteers.imports.register import REGISTER
from volunteers.models import Papers, RegisterImport, RegisterRow, Volunteer

ROWS, PEOPLE = 450, 6000
RESUME = {BACKLOG: "requests.resume_imports", REGISTER: "volunteers.resume_imports"}


def strike(plant: Plant, importer: Importer[Any] = BACKLOG) -> bool:
    """Kills a worker while it works on an import; False when there was nothing left to do."""
    worker = plant.start("worker")
    plant.send(RESUME[importer])
    busy = importer.batches.objects.filter(state__in=BUSY)
    until(lambda: backends("worker", busy=True) or not busy.exists(), "the import is under way")
    somewhen(0.6)
    hit = bool(backends("worker", busy=True))
    plant.kill(worker)
    until(lambda: not backends("worker"), "the database has noticed")
    return hit


def go_on(plant: Plant, batch: Batch, state: str, importer: Importer[Any] = BACKLOG) -> None:
    worker = plant.start("worker")
    plant.send(RESUME[importer])
    done = importer.batches.objects.filter(pk=batch.pk, state=state)
    until(done.exists, f"the import is {state}")
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


@pytest.mark.full
def test_a_register_is_taken_over_and_back_once_however_often_its_worker_is_killed(
    plant: Plant, crowd: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.CIVIC_HOME = plant.home
    file = registers.look_alike(tmp_path / "register.xlsx", PEOPLE, seed=9)  # no ID number twice
    before = (Volunteer.objects.count(), User.objects.count(), Papers.objects.count())
    batch = imports.upload(
        REGISTER,
        actor=crowd.dispatcher,
        file_name=file.name,
        chunks=[file.read_bytes()],
        area=crowd.community,
        enter_as="approved",
        wake=False,
    )
    hits = [strike(plant, REGISTER)]
    go_on(plant, batch, ImportState.PREVIEW, REGISTER)
    assert_rows(batch, {"new": PEOPLE}, total=PEOPLE, done=0)

    imports.start(REGISTER, batch, actor=crowd.dispatcher, wake=False)
    hits += [strike(plant, REGISTER) for _ in range(3)]
    go_on(plant, batch, ImportState.DONE, REGISTER)
    assert_rows(batch, {"added": PEOPLE}, total=PEOPLE, done=PEOPLE)
    brought = Volunteer.objects.filter(pk__in=RegisterRow.objects.filter(batch=batch).values("volunteer"))
    papers = Papers.objects.filter(volunteer__in=brought).count()
    assert brought.filter(state="approved", version=2, user__consent_due=True).count() == PEOPLE
    assert papers == PEOPLE * 2 // 3
    assert_everybody_has(["enrol", "admit"], brought)
    assert Timer.objects.filter(kind="volunteer", case_id__in=brought, voided_at=None).count() == PEOPLE
    people, users = (model.objects.count() for model in (Volunteer, User))
    assert (people, users) == (
        before[0] + PEOPLE,
        before[1] + PEOPLE,
    )  # nobody twice, no account without a person
    assert_consistent()

    imports.undo(REGISTER, batch, actor=crowd.dispatcher, wake=False)
    hits += [strike(plant, REGISTER) for _ in range(3)]
    go_on(plant, batch, ImportState.UNDONE, REGISTER)
    assert_rows(batch, {"undone": PEOPLE}, total=PEOPLE, done=PEOPLE)
    assert brought.filter(state="left", version=3, user__phone_hash=None, user__name="").count() == PEOPLE
    assert_everybody_has(["enrol", "admit", "undo_import"], brought)
    assert not Timer.objects.filter(kind="volunteer", case_id__in=brought, voided_at=None).exists()
    assert (Volunteer.objects.count(), User.objects.count()) == (people, users)
    assert Papers.objects.count() == before[2]
    assert sum(hits) >= 4
    assert_consistent()


def assert_rows(batch: RegisterImport, states: dict[str, int], *, total: int, done: int) -> None:
    """Every row of the file stands there once, in these states, each with somebody of its own; the totals are right."""
    rows = RegisterRow.objects.filter(batch=batch)
    assert rows.values("number").distinct().count() == total
    assert Counter(rows.values_list("state", flat=True)) == states
    assert rows.exclude(volunteer=None).values("volunteer").distinct().count() == done
    batch.refresh_from_db()
    assert (batch.total, batch.done, batch.last_error) == (total, done, "")


def assert_everybody_has(verbs: list[str], people: Any) -> None:
    """The history of everybody is these verbs, each once."""
    events = CaseEvent.objects.filter(kind="volunteer", case_id__in=people)
    seen = Counter(events.values_list("seq", "verb"))
    assert seen == dict.fromkeys(enumerate(verbs, start=1), PEOPLE)
