"""A register taken back while people work on those whom it brought, and by two workers at once."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction

from civic.cases.models import CaseEvent
from civic.imports import actions as imports
from civic.lib.errors import DomainError
from tests.cast import Cast
from tests.races.conftest import WAIT_S, together
from tests.volunteers.registers import look_alike
from volunteers import actions
from volunteers.imports import untouched
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, Volunteer

PEOPLE = 12


@pytest.fixture
def batch(crowd: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RegisterImport:
    """A register that was taken over and is to be taken back, in portions of five."""
    settings.CIVIC_HOME = tmp_path / "home"
    monkeypatch.setattr(type(REGISTER), "chunk", 5)
    path = look_alike(tmp_path / "a.xlsx", PEOPLE)
    found = imports.upload(
        REGISTER, actor=crowd.dispatcher, file_name=path.name, chunks=[path.read_bytes()], area=crowd.community,
        enter_as="approved", wake=False,
    )  # fmt: skip
    REGISTER.work(found.pk)
    imports.start(REGISTER, found, actor=crowd.dispatcher, wake=False)
    REGISTER.work(found.pk)
    found.refresh_from_db()
    return imports.undo(REGISTER, found, actor=crowd.dispatcher, wake=False)


def states(batch: RegisterImport) -> list[str]:
    """Returns the states of the rows, in the order of the file."""
    return list(RegisterRow.objects.filter(batch=batch).order_by("number").values_list("state", flat=True))


def of_first(batch: RegisterImport) -> Volunteer:
    """Returns whom the first row brought."""
    line = RegisterRow.objects.filter(batch=batch).order_by("number").select_related("volunteer")[0]
    assert line.volunteer is not None
    return line.volunteer


def test_nobody_is_changed_after_it_was_asked_whether_they_were(
    crowd: Cast, batch: RegisterImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    volunteer, asked, outcome = of_first(batch), untouched.touched, list[str]()

    def change() -> None:
        try:
            actions.update(volunteer, actor=crowd.dispatcher, about="常来")
            outcome.append("changed")
        except DomainError:
            outcome.append("refused")
        finally:
            connection.close()

    other = threading.Thread(target=change)

    def asked_and_changed(*given: Any) -> set[int]:
        found = asked(*given)
        if not other.ident:
            other.start()
            other.join(1)  # long enough for a change that nothing holds up
        return found

    monkeypatch.setattr(untouched, "touched", asked_and_changed)
    REGISTER.work(batch.pk)
    other.join(WAIT_S)
    assert outcome == ["refused"]
    assert states(batch) == ["undone"] * PEOPLE
    assert of_first(batch).about == ""


def test_whom_somebody_is_working_on_is_kept_and_holds_up_nobody_else(
    crowd: Cast, batch: RegisterImport
) -> None:
    volunteer, held, done = of_first(batch), threading.Event(), threading.Event()

    def work_on() -> None:
        with transaction.atomic():
            list(Volunteer.objects.select_for_update().filter(pk=volunteer.pk))
            held.set()
            done.wait(WAIT_S)
        connection.close()

    other = threading.Thread(target=work_on)
    other.start()
    try:
        assert held.wait(WAIT_S)
        REGISTER.work(batch.pk)
    finally:
        done.set()
        other.join(WAIT_S)
    assert states(batch) == ["kept"] + ["undone"] * (PEOPLE - 1)
    assert of_first(batch).state == "approved"


def test_two_workers_take_everybody_back_once(crowd: Cast, batch: RegisterImport) -> None:
    def work() -> None:
        REGISTER.work(batch.pk)

    together(*[work] * 4)
    close_old_connections()
    batch.refresh_from_db()
    while batch.state == "undoing":  # each of them may have found it in another's hands
        REGISTER.work(batch.pk)
        batch.refresh_from_db()
    assert (batch.state, batch.done, states(batch)) == ("undone", PEOPLE, ["undone"] * PEOPLE)
    brought = RegisterRow.objects.filter(batch=batch).values("volunteer")
    taken_back = CaseEvent.objects.filter(kind="volunteer", case_id__in=brought, verb="undo_import")
    assert taken_back.count() == taken_back.values("case_id").distinct().count() == PEOPLE
