"""A demo city copied in SQL: right in every record, as many as were asked for, and the tables as they were before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import shapely
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from civic.accounts.models import User
from civic.areas import boundaries, queries
from civic.areas.models import Area
from civic.cases.models import CaseEvent, Timer
from insight import consistency
from insight.demo import plan
from insight.demo.bulk import cells
from insight.demo.bulk.bare import CONSTRAINTS, INDEXES, bare
from insight.demo.bulk.cells import Share
from insight.demo.bulk.stencils import moved_back
from insight.demo.bulk.tables import EVERY, MODELS, NAMED_IN_FACTS
from requests_app.enums import FINAL
from requests_app.models import ServiceRequest
from volunteers.models import Commitment, Volunteer

COPIED = plan.Copied(volunteers=331, requests=1_054, open_requests=150, past=277)
OF_WORLD = cells.Counts(whole=300, ended=213, past=12)
TABLES = [model._meta.db_table for model in MODELS]
CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
)


def definitions() -> list[Any]:
    """Returns all that may be taken off a table for a while: constraints, indexes, triggers.

    Without casts and brackets: PostgreSQL writes conditions with more of them when it has read its own writing.
    """
    found = []
    with connection.cursor() as cursor:
        for statement, given in ((CONSTRAINTS, [TABLES]), (INDEXES, [TABLES]), (TRIGGERS, None)):
            cursor.execute(statement, given)
            found.append(sorted(CASTS.sub("", str(row)) for row in cursor.fetchall()))
    return found


@pytest.fixture(scope="module")
def before(django_db_setup: None, django_db_blocker: Any) -> list[Any]:
    """What hangs on the tables before anything is loaded."""
    with django_db_blocker.unblock():
        return definitions()


@pytest.fixture(scope="module")
def loaded(before: list[Any], django_db_blocker: Any) -> Iterator[str]:
    """A tiny city and its copies, loaded once for this file by the command and taken back at its end."""
    said = StringIO()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(plan.SIZES, "district", replace(plan.TINY, name="district", copied=COPIED))
        transaction.set_autocommit(False)
        try:
            queries.forget()
            until = "2026-07-08T10:30:00"
            call_command("load_demo", "--size", "district", "--until", until, stdout=said, stderr=StringIO())
            yield said.getvalue()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
            queries.forget()


@pytest.mark.full
def test_a_copied_city_agrees_with_its_histories(loaded: str) -> None:
    assert [str(fault) for fault in consistency.check()] == []


@pytest.mark.full
def test_there_are_as_many_as_were_asked_for(loaded: str) -> None:
    assert f"{COPIED.volunteers} volunteers, {COPIED.requests} requests" in loaded
    waiting = ServiceRequest.objects.exclude(state__in=FINAL).count()
    assert abs(waiting - COPIED.open_requests) < 45  # a world more or less
    assert Volunteer.objects.filter(state="applied").count() < 5  # nobody applies a second time in a copy
    assert (
        User.objects.exclude(phone_hash=None).values("phone_hash").distinct().count() == User.objects.count()
    )


@pytest.mark.full
def test_indexes_references_and_triggers_are_back(before: list[Any], loaded: str) -> None:
    assert definitions() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
        assert cursor.fetchone() == (0,)


@pytest.mark.full
def test_tables_count_on_behind_the_copies(loaded: str) -> None:
    newest = {
        model: model._default_manager.order_by("-pk").values_list("pk", flat=True)[0] for model in MODELS
    }
    with connection.cursor() as cursor:
        for model, most in newest.items():
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
            assert cursor.fetchone()[0] > most, model


@pytest.mark.full
def test_the_city_that_lived_has_the_newest_requests(loaded: str) -> None:
    newest = ServiceRequest.objects.order_by("-pk")[: plan.TINY.requests - 5]
    assert all(len(set(request.code) - set("QH-0123456789ABCDEF")) > 0 for request in newest)
    oldest = ServiceRequest.objects.order_by("pk")[:50]
    assert max(each.placed_at for each in oldest) < min(each.placed_at for each in newest)


@pytest.mark.full
def test_copies_live_in_their_areas_and_nobody_joins_after_serving(loaded: str) -> None:
    shapes = {area.pk: boundaries.read(area.boundary) for area in Area.objects.exclude(boundary=None)}
    for request in ServiceRequest.objects.exclude(lat=None):
        assert shapely.intersects_xy(shapes[request.area_id], request.lon, request.lat), request
    for each in Commitment.objects.select_related("volunteer"):
        assert each.volunteer.applied_at < each.during.lower
    joined = CaseEvent.objects.filter(kind="volunteer", seq=1).values_list("at", flat=True)
    assert max(joined) <= ServiceRequest.objects.order_by("-placed_at")[0].placed_at + timedelta(days=90)


@pytest.mark.full
def test_what_was_taken_over_is_copied_as_that_and_within_the_time_people_are_kept(loaded: str) -> None:
    past = ServiceRequest.objects.filter(outcome="taken_over")
    assert past.count() >= COPIED.past
    copies = past.filter(import_batch=None)
    assert copies.count() > COPIED.past - 10
    until = datetime(2026, 7, 8, 2, 30, tzinfo=UTC)
    assert all(until - settings.REQUESTS_KEPT < each.closed_at < until for each in copies if each.closed_at)
    phones = User.objects.exclude(phone_hash=None).values("phone_hash")
    assert not copies.exclude(beneficiary_phone_hash__in=phones).exists()
    assert copies.values("beneficiary_phone_hash").distinct().count() > 10
    events = CaseEvent.objects.filter(kind="request", case_id__in=copies.values("pk"))
    assert events.count() == copies.count()
    assert set(events.values_list("verb", flat=True)) == {"take_over"}


@pytest.mark.full
def test_no_copy_is_overdue_by_years(loaded: str) -> None:
    until = datetime(2026, 7, 8, 2, 30, tzinfo=UTC)
    assert not Timer.objects.filter(fired_at=None, voided_at=None, run_at__lte=until).exists()


def test_worlds_and_epochs_add_up_to_what_was_asked_for() -> None:
    made = cells.layout(
        volunteers=1005,
        requests=9_877,
        open_requests=87 * 3,
        past=1_234,
        of_volunteers=100,
        of_requests=OF_WORLD,
    )
    assert (made.worlds, made.extra) == (10, 5)
    each_has = {share: getattr(OF_WORLD, share) for share in Share}
    taken = Counter[Share]()
    for each in made.cells:
        taken[each.share] += (each.upto or each_has[each.share]) * each.count
    assert (taken.total(), taken[Share.PAST], taken[Share.WHOLE]) == (9_877, 1_234, 900)
    assert [each.back for each in made.cells if each.share == Share.WHOLE] == [timedelta(0)]
    of_past = [each for each in made.cells if each.share == Share.PAST]
    assert list(made.cells[: len(of_past)]) == of_past  # with the lowest numbers, the oldest first
    backs = [each.back for each in of_past]
    assert backs == sorted(backs, reverse=True)
    assert 0 < backs[-1].days < backs[0].days <= cells.PAST_SPAN.days
    assert all(each.first >= 1 and each.first + each.count <= made.worlds + 1 for each in of_past)


def test_nobody_is_in_two_epochs_at_once() -> None:
    made = cells.layout(
        volunteers=30_000,
        requests=200_000,
        open_requests=500,
        past=0,
        of_volunteers=197,
        of_requests=OF_WORLD,
    )
    lived: dict[int, list[timedelta]] = {}
    for each in made.cells:
        for world in range(each.first, each.first + each.count):
            lived.setdefault(world, []).append(each.back)
    for backs in lived.values():
        in_order = sorted(backs)
        assert all(
            later - sooner >= timedelta(days=95)
            for sooner, later in zip(in_order, in_order[1:], strict=False)
        )
        assert in_order[-1] + timedelta(days=90) < made.people_back + timedelta(days=91)


def test_requests_without_volunteers_are_refused() -> None:
    with pytest.raises(ValueError, match="too few volunteers"):
        cells.layout(
            volunteers=3, requests=500, open_requests=0, past=0, of_volunteers=10, of_requests=OF_WORLD
        )


def test_what_nobody_has_taken_over_is_not_copied() -> None:
    with pytest.raises(ValueError, match="taken over"):
        cells.layout(
            volunteers=30,
            requests=500,
            open_requests=0,
            past=100,
            of_volunteers=10,
            of_requests=cells.Counts(whole=30, ended=20, past=0),
        )


def test_moments_in_a_form_move_and_nothing_else() -> None:
    form = '{"until": "2026-09-07T04:55:16.574674+00:00", "of": [%s, 5], "text": "2026-09-07"}'
    moved = moved_back(form, timedelta(days=98, minutes=6))
    assert moved == '{"until": "2026-06-01T04:49:16.574674+00:00", "of": [%s, 5], "text": "2026-09-07"}'


@pytest.mark.django_db
def test_a_bare_table_has_nothing_but_its_key_and_gets_all_of_it_back() -> None:
    kept = definitions()
    with bare(["requests_app_rating"]), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'requests_app_rating'::regclass")
        assert cursor.fetchone() == (1,)
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'requests_app_rating'::regclass AND contype = 'f'"
        )
        assert cursor.fetchone() == (0,)
    assert definitions() == kept


@pytest.mark.django_db(transaction=True)
def test_a_table_is_not_made_bare_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError), bare(["requests_app_rating"]):
        raise AssertionError("never reached")


def test_every_name_in_facts_leads_to_a_table_that_is_copied() -> None:
    assert set(NAMED_IN_FACTS.values()) <= {table.name for table in EVERY}
    assert all(set(table.leads.values()) <= {"part", *(each.name for each in EVERY)} for table in EVERY)
