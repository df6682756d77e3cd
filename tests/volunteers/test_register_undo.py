"""A register taken back: many people in a few statements, and each as the verb would have left them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from civic.accounts.models import User
from civic.cases import door
from civic.imports import actions as imports
from civic.lib import clock
from tests.cast import Cast
from tests.volunteers.registers import id_number, look_alike
from tests.volunteers.test_register_import import BORN, counts, faults, run, send, undo, write
from volunteers.imports import untouched
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, Volunteer

pytestmark = pytest.mark.django_db
TABLES = {  # and what differs from one time to the next: drawn by chance, or by a sequence
    "volunteers_volunteer": (),
    "volunteers_papers": (),
    "volunteers_registerrow": (),
    "accounts_user": ("username", "password"),
    "accounts_userevent": ("pgh_id", "username"),
    "cases_caseevent": ("id",),
    "cases_casetext": (),
    "cases_timer": (),
}
# Columns without an index, by which nobody asks whether somebody was touched: all of them name who did something.
DOINGS = {
    "cases_caseevent.actor_id",
    "requests_app_block.by_id",
    "requests_app_concern.by_id",
    "requests_app_offer.made_by_id",
    "requests_app_pool.opened_by_id",
    "requests_app_rating.by_id",
    "requests_app_serviceproject.proposed_by_id",
    "requests_app_teamoffer.answered_by_id",
    "requests_app_teamoffer.made_by_id",
    "requests_app_toldapart.by_id",
    "requests_app_waterfall.opened_by_id",
    "volunteers_qualification.checked_by_id",
    "volunteers_recordconfirmation.by_id",
}


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"


def mixed(cast: Cast, path: Path) -> RegisterImport:
    """Takes over people of every sort: with papers, a minor who waits, two who had an account, one who is completed."""
    teen = clock.now().date() - timedelta(days=16 * 365)
    return run(
        cast,
        send(
            cast,
            write(
                path,
                [
                    "甲一",
                    "13800000101",
                    id_number(BORN, 1),
                    "",
                    "锦苑社区第一网格",
                    "开车",
                    "粤语",
                    "2030-01-01",
                    "是",
                ],
                ["乙二", "13800000102"],
                ["张小", "13800000103", id_number(teen, 2), "", "", "", "", "", "", "张大", "13800000104"],
                ["陈桂兰", "13800000001", id_number(BORN, 3)],
                ["周敏", "13800000002"],
                ["张建国", "13800000011", id_number(BORN, 4), BORN],
            ),
        ),
    )


def stored(newest_user: int) -> dict[str, list[dict[str, Any]]]:
    """Returns every row of TABLES without what differs by chance; accounts newer than `newest_user` by their order."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_user WHERE id > %s ORDER BY id", [newest_user])
        new = {pk: f"new {at}" for at, (pk,) in enumerate(cursor.fetchall())}
        for table, by_chance in TABLES.items():
            cursor.execute(f"SELECT to_jsonb(line)::text FROM {table} line")
            rows = [json.loads(text) for (text,) in cursor.fetchall()]
            for row in rows:
                key = {"accounts_user": "id", "volunteers_volunteer": "user_id"}.get(table)
                if key:
                    row[key] = new.get(row[key], row[key])
                for column in by_chance:
                    del row[column]
            found[table] = sorted(rows, key=str)
    return found


def test_many_taken_back_stand_as_if_the_verb_had_taken_them_one_by_one(cast: Cast, tmp_path: Path) -> None:
    batch = mixed(cast, tmp_path / "a.xlsx")
    assert counts(batch) == {"added": 5, "filled": 1}
    newest = max(User.objects.values_list("pk", flat=True))
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        with transaction.atomic():
            for line in RegisterRow.objects.filter(batch=batch).order_by("state", "number"):
                verb, facts = "take_out", dict[str, Any](fields=line.filled)
                if line.state == "added":
                    verb, facts = "undo_import", {"empty_account": line.made_account}
                door.perform(line.volunteer, verb, actor=cast.dispatcher, batch=batch.pk, **facts)
            RegisterRow.objects.filter(batch=batch).update(state="undone")
            one_by_one = stored(newest)
            transaction.set_rollback(True)
        assert counts(undo(cast, batch)) == {"undone": 6}
        together = stored(newest)
    for table, rows in one_by_one.items():
        assert together[table] == rows, table
    assert faults() == []


def test_a_longer_register_takes_no_more_statements_to_take_back(cast: Cast, tmp_path: Path) -> None:
    taken = []
    for first, count in ((0, 10), (100, 40)):
        batch = run(cast, send(cast, look_alike(tmp_path / f"{count}.xlsx", count, first=first)))
        imports.undo(REGISTER, batch, actor=cast.dispatcher, wake=False)
        with CaptureQueriesContext(connection) as queries:
            REGISTER.work(batch.pk)
        assert counts(batch) == {"undone": count}
        taken.append(len(queries))
    assert taken[1] <= taken[0] + 2, taken  # accounts of another kind, or none, change a statement or two


def test_whoever_may_not_decide_about_somebody_any_more_keeps_them(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, look_alike(tmp_path / "b.xlsx", 3)))
    line = RegisterRow.objects.filter(batch=batch).order_by("number")[0]
    far = cast.other_district
    Volunteer.objects.filter(pk=line.volunteer_id).update(
        area=far, district_id=far.pk, street_id=None, community_id=None, grid_id=None
    )
    assert counts(undo(cast, batch)) == {"undone": 2, "kept": 1}
    line.refresh_from_db()
    assert line.state == "kept" and line.volunteer is not None and line.volunteer.state == "approved"
    assert line.volunteer.user.phone and faults() == []


def test_whoever_has_a_key_was_touched(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, look_alike(tmp_path / "c.xlsx", 2)))
    line = RegisterRow.objects.filter(batch=batch).order_by("number")[0]
    assert line.volunteer is not None
    line.volunteer.user.api_tokens.create(name="k", prefix="k", digest="0" * 64)
    assert counts(undo(cast, batch)) == {"undone": 1, "kept": 1}


def test_every_column_that_is_not_searched_says_who_did_something() -> None:
    fields = [*untouched.referring(Volunteer), *untouched.referring(User)]
    left_out = {
        f"{each.model._meta.db_table}.{each.column}" for each in fields if not untouched.is_indexed(each)
    }
    assert left_out == DOINGS
