"""The write door: one transaction, one history line, and a database that refuses to be walked around."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError

from civic.cases import door, registry, timers
from civic.cases.models import CaseEvent, Timer
from civic.cases.once import claim
from civic.lib import clock
from civic.lib.errors import IllegalTransition, KeyReused, NotFound, ValidationFailed, VersionConflict
from civic.notify.models import Message
from requests_app.actions import act
from requests_app.models import Assignment, ServiceRequest
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_unknown_verb_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        act(cast.place(), "explode", actor=cast.dispatcher)
    with pytest.raises(NotFound):
        act(cast.place(), "expire_offer", actor=cast.dispatcher)
    with pytest.raises(NotFound):
        door.perform(ServiceRequest(pk=999_999), "cancel", actor=cast.resident)


def test_who_saw_an_earlier_state_is_told_so_without_our_numbers(cast: Cast) -> None:
    with pytest.raises(VersionConflict) as refused:
        act(cast.place(), "cancel", actor=cast.resident, expected_version=7)
    assert str(refused.value.detail)
    assert not any(sign.isdigit() for sign in str(refused.value.detail))


def test_a_failing_effect_leaves_no_trace(cast: Cast) -> None:
    request = cast.place()
    before = (CaseEvent.objects.count(), Message.objects.count(), Timer.objects.count())
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk, 999_999])
    request.refresh_from_db()
    assert (request.state, request.version, request.public_summary) == ("submitted", 1, "")
    assert (CaseEvent.objects.count(), Message.objects.count(), Timer.objects.count()) == before


def test_raw_sql_cannot_take_an_illegal_edge(cast: Cast) -> None:
    request = cast.place()
    with pytest.raises(IntegrityError, match="no edge"):
        _sql("UPDATE requests_app_servicerequest SET state = 'rejected_' WHERE id = %s", request.pk)
    closed = cast.closed()
    with pytest.raises(IntegrityError, match="no edge"):
        _sql("UPDATE requests_app_servicerequest SET state = 'accepted' WHERE id = %s", closed.pk)


def test_raw_sql_cannot_move_a_part_along_an_illegal_edge(cast: Cast) -> None:
    cast.accepted()
    with pytest.raises(IntegrityError, match="no edge"):
        _sql("UPDATE requests_app_assignment SET state = 'completed'")
    with pytest.raises(IntegrityError, match="no edge"):
        _sql("UPDATE requests_app_offer SET state = 'open'")


def test_a_row_cannot_begin_in_the_middle(cast: Cast) -> None:
    line = cast.accepted().assignments.get()
    line.pk, line.slot, line.state = None, 2, "completed"
    line.offer_id = line.offer_id + 1000
    with pytest.raises(IntegrityError, match="cannot start"), transaction.atomic():
        line.save(force_insert=True)


def test_a_version_without_history_is_refused_at_commit(cast: Cast) -> None:
    request = cast.place()
    with pytest.raises(IntegrityError, match="not the end of its history"):
        _sql("UPDATE requests_app_servicerequest SET version = 2 WHERE id = %s", request.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_caseevent SET verb = 'nothing'",
        "DELETE FROM cases_caseevent",
        "TRUNCATE cases_caseevent",
        "UPDATE volunteers_servicerecord SET minutes = 600",
        "DELETE FROM volunteers_servicerecord",
        "UPDATE volunteers_recordconfirmation SET how = 'rating'",
    ],
)
def test_history_and_ledgers_are_append_only(cast: Cast, statement: str) -> None:
    cast.closed()
    with pytest.raises(DatabaseError, match="append-only|Cannot update|Cannot delete"):
        _sql(statement)


def test_the_database_refuses_a_second_active_assignment_in_a_slot(cast: Cast) -> None:
    request = cast.accepted(cast.volunteer, cast.second)
    first, second = Assignment.objects.filter(request=request).order_by("slot")
    with pytest.raises(IntegrityError, match="assignment_slot_once"):
        _sql("UPDATE requests_app_assignment SET slot = %s WHERE id = %s", first.slot, second.pk)


def test_the_database_refuses_overlapping_commitments(cast: Cast) -> None:
    cast.accepted()
    with pytest.raises(IntegrityError, match="commitment_no_overlap"):
        _sql(
            "INSERT INTO volunteers_commitment (volunteer_id, subject_kind, subject_id, during, active)"
            " SELECT volunteer_id, 'activity', 1, during, true FROM volunteers_commitment"
        )


def test_a_moved_timer_voids_the_old_generation(cast: Cast) -> None:
    request = cast.accepted()
    later = request.agreed_start + timedelta(hours=3)
    act(request, "amend", actor=cast.dispatcher, agreed_start=later)
    act(request, "confirm", actor=cast.volunteer.user)
    rings = Timer.objects.filter(kind="request", case_id=request.pk, name="late_check_in").order_by(
        "generation"
    )
    assert [ring.generation for ring in rings] == list(range(len(rings)))
    assert [ring.voided_at is None for ring in rings] == [False] * (len(rings) - 1) + [True]
    assert len(rings) > 1


def test_a_poison_timer_backs_off_and_blocks_nobody(cast: Cast) -> None:
    request, healthy = cast.place(), cast.place()
    now = clock.now()
    Timer.objects.filter(kind="request", case_id__in=[request.pk, healthy.pk]).update(due_at=now, run_at=now)
    Timer.objects.filter(kind="request", case_id=request.pk).update(name="late_check_in", part_id=999_999)
    assert timers.sweep() == 1
    poison = Timer.objects.get(kind="request", case_id=request.pk)
    assert (poison.attempts, poison.fired_at) == (1, None)
    assert poison.run_at >= now + timedelta(seconds=10)
    assert "DoesNotExist" in poison.last_error
    assert Timer.objects.filter(kind="request", case_id=healthy.pk, fired_at__isnull=False).exists()


def test_a_timer_of_a_case_that_moved_on_is_voided(cast: Cast) -> None:
    request = cast.closed()
    now = clock.now()
    Timer.objects.create(
        kind="request", case_id=request.pk, name="auto_close", round=9, due_at=now, run_at=now
    )
    assert timers.sweep() == 0
    stale = Timer.objects.get(kind="request", case_id=request.pk, round=9)
    assert stale.voided_at is not None
    assert stale.last_error == "the case had moved on"


def test_the_same_key_answers_the_same_and_another_body_is_refused(cast: Cast) -> None:
    first = claim("user:1", "/place/", "k1", b"body")
    assert first.fresh
    first.finish(201, "QH-1")
    again = claim("user:1", "/place/", "k1", b"body")
    assert (again.fresh, again.status, again.reference) == (False, 201, "QH-1")
    with pytest.raises(KeyReused):
        claim("user:1", "/place/", "k1", b"other body")
    assert claim("user:2", "/place/", "k1", b"other body").fresh
    with pytest.raises(ValidationFailed):
        claim("user:1", "/place/", "k" * 256, b"")


def test_a_verb_from_the_wrong_state_says_so_and_changes_nothing(cast: Cast) -> None:
    request = cast.place()
    with pytest.raises(IllegalTransition):
        act(request, "reopen", actor=cast.resident)
    assert CaseEvent.objects.filter(kind="request", case_id=request.pk).count() == 1


def test_the_registry_knows_a_case_by_its_kind(cast: Cast) -> None:
    assert registry.workflow_of(cast.place()) is registry.by_kind("request")


def test_every_session_says_which_triggers_it_ignores_so_that_none_fails_in_asking() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pgtrigger.ignore')::text[]")
        assert cursor.fetchone() == ([],)
