"""A district's backlog file: read, previewed, imported, imported again, undone."""

import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import TestCase
from openpyxl import Workbook

from civic.cases.models import Timer
from civic.imports import actions as imports
from civic.imports.columns import guess
from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotAllowed, NotFound, TooLarge, ValidationFailed
from civic.notify.models import Message
from requests_app import reference
from requests_app.actions import act
from requests_app.imports import columns, rows
from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportBatch, ImportRow, ServiceRequest
from tests.cast import Cast
from tests.requests_app.tables import HEADERS, look_alike

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"


def send(cast: Cast, path: Path, **more: object) -> ImportBatch:
    """Uploads a file and runs the reading job; returns the batch."""
    batch = imports.upload(
        BACKLOG,
        actor=cast.dispatcher,
        file_name=path.name,
        chunks=[path.read_bytes()],
        area=more.get("area", cast.community),  # type: ignore[arg-type]
        category=reference.category("other"),  # type: ignore[arg-type]
        wake=False,
    )
    with TestCase.captureOnCommitCallbacks(execute=True):
        BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    return batch


def run(cast: Cast, batch: ImportBatch) -> ImportBatch:
    """Starts the import and runs it to the end; returns the batch."""
    imports.start(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    """Returns how many rows stand in which state."""
    found: dict[str, int] = {}
    for state in ImportRow.objects.filter(batch=batch).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def write(path: Path, *lines: list[object]) -> Path:
    """Writes a small workbook."""
    book = Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


def test_a_backlog_goes_in_completely_and_residents_hear_nothing(cast: Cast, tmp_path: Path) -> None:
    batch = send(cast, look_alike(tmp_path / "留言.xlsx", 250, empty_rows=3000))
    assert (batch.state, batch.total) == ("preview", 250)
    assert batch.columns == {
        "number": 0,
        "contact_name": 1,
        "title": 2,
        "received_at": 3,
        "text": 4,
    }
    assert counts(batch) == {"new": 250}
    before = Message.objects.count()
    batch = run(cast, batch)
    assert (batch.state, batch.done) == ("done", 250)
    assert counts(batch) == {"added": 250}
    first = ServiceRequest.objects.get(pk=ImportRow.objects.get(batch=batch, number=2).request_id)
    assert f"{first.received_at:%Y-%m-%d}" == "2019-01-03"
    assert first.placed_at.year >= 2026
    assert first.due_at > first.placed_at
    assert first.text.startswith(("荷花里", "柳岸", "春风里", "锦苑", "文化路"))
    assert max(len(request.text) for request in ServiceRequest.objects.all()) > 7000
    told = Message.objects.exclude(event="volunteer.approve").order_by("pk")[before - 8 :]
    assert {message.event for message in told} <= {"desk.imported"}
    assert Message.objects.filter(event="desk.imported", user=cast.dispatcher).count() == 1


def test_the_same_file_again_adds_nothing(cast: Cast, tmp_path: Path) -> None:
    path = look_alike(tmp_path / "a.xlsx", 40)
    run(cast, send(cast, path))
    again = send(cast, path)
    assert counts(again) == {"known": 40}
    run(cast, again)
    assert ServiceRequest.objects.count() == 40


def test_rows_without_a_number_that_say_the_same_are_all_kept(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "b.xlsx", ["主题", "内容"], ["路灯坏了", "请修"], ["路灯坏了", "请修"])
    run(cast, send(cast, path))
    first, again = ImportRow.objects.order_by("pk").values_list("notes", flat=True)
    assert again[1:] == first
    run(cast, send(cast, path))
    assert ServiceRequest.objects.count() == 2


def test_an_import_is_undone_where_nobody_has_touched_it(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, look_alike(tmp_path / "c.xlsx", 5)))
    touched = ServiceRequest.objects.order_by("pk").first()
    assert touched is not None
    act(touched, "amend", actor=cast.dispatcher, urgency="urgent")
    imports.undo(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("undone", {"undone": 4, "kept": 1})
    gone = ServiceRequest.objects.exclude(pk=touched.pk)
    assert set(gone.values_list("state", "outcome")) == {("cancelled", "import_undone")}
    assert not Timer.objects.filter(
        case_id__in=gone.values("pk"), fired_at=None, voided_at=None, kind="request"
    ).exists()
    again = send(cast, look_alike(tmp_path / "c.xlsx", 5))
    assert counts(again) == {"new": 4, "known": 1}  # what was undone may come again, what was kept stands


def test_an_import_is_undone_within_a_day_only(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, look_alike(tmp_path / "d.xlsx", 2)))
    assert batch.finished_at is not None
    with (
        time_machine.travel(batch.finished_at + timedelta(days=1, minutes=1)),
        pytest.raises(IllegalTransition),
    ):
        imports.undo(BACKLOG, batch, actor=cast.dispatcher, wake=False)


def test_a_killed_worker_leaves_an_import_that_goes_on(cast: Cast, tmp_path: Path) -> None:
    batch = send(cast, look_alike(tmp_path / "e.xlsx", 120))
    imports.start(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    BACKLOG.add_some(ImportBatch.objects.get(pk=batch.pk))  # one chunk, then the worker is gone
    assert ServiceRequest.objects.count() == 100
    assert BACKLOG.resume() == 1
    assert ServiceRequest.objects.count() == 120
    assert BACKLOG.resume() == 0


def test_columns_are_corrected_and_rows_judged_anew(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "f.xlsx", ["甲", "乙"], ["路灯坏了", "请修"], ["", ""], ["井盖松动", ""])
    batch = send(cast, path)
    assert counts(batch) == {"bad": 2}
    assert ImportRow.objects.filter(batch=batch).order_by("number")[0].notes
    batch = imports.correct(BACKLOG, batch, actor=cast.dispatcher, chosen={"title": 0, "text": 1})
    assert counts(batch) == {"new": 2}
    with pytest.raises(ValidationFailed):
        imports.correct(BACKLOG, batch, actor=cast.dispatcher, chosen={"title": 0, "text": 0})
    with pytest.raises(ValidationFailed):
        imports.correct(BACKLOG, batch, actor=cast.dispatcher, chosen={"colour": 0})


def test_rows_are_numbered_as_the_spreadsheet_shows_them(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [None], ["主题"], ["路灯坏了"], [""], [None], ["井盖松动"])
    batch = send(cast, path)
    numbers = ImportRow.objects.filter(batch=batch).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [3, 6]


def test_what_has_added_nothing_can_be_forgotten(cast: Cast, tmp_path: Path) -> None:
    path = look_alike(tmp_path / "l.xlsx", 2)
    batch = send(cast, path)
    with pytest.raises(NotAllowed):
        imports.discard(BACKLOG, batch, actor=cast.outsider)
    imports.discard(BACKLOG, batch, actor=cast.dispatcher)
    assert not ImportBatch.objects.exists() and not ImportRow.objects.exists()
    with pytest.raises(NotFound):
        imports.start(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    done = run(cast, send(cast, path))
    with pytest.raises(IllegalTransition):
        imports.discard(BACKLOG, done, actor=cast.dispatcher)


def test_a_preview_that_nobody_starts_is_forgotten_after_a_week(cast: Cast, tmp_path: Path) -> None:
    table = write(tmp_path / "a.xlsx", ["主题"], ["楼道灯不亮"])
    begun = clock.now()
    for days, kept in ((6.9, 1), (7.1, 0)):
        batch = send(cast, table)
        with clock.at(begun + timedelta(days=days)):
            BACKLOG.forget_unstarted()
        assert ImportRow.objects.filter(batch=batch).count() == kept
        assert ImportBatch.objects.filter(pk=batch.pk).count() == kept


def test_an_import_that_was_started_is_never_forgotten(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, write(tmp_path / "a.xlsx", ["主题"], ["楼道灯不亮"])))
    with clock.at(clock.now() + timedelta(days=400)):
        assert BACKLOG.forget_unstarted() == 0
    assert ImportRow.objects.get(batch=batch).request is not None


def test_files_that_nobody_will_read_go_after_a_day_and_awaited_ones_stay(cast: Cast, tmp_path: Path) -> None:
    table = write(tmp_path / "a.xlsx", ["主题"], ["楼道灯不亮"])
    awaited = imports.upload(
        BACKLOG,
        actor=cast.dispatcher,
        file_name="a.xlsx",
        chunks=[table.read_bytes()],
        area=cast.community,
        category=reference.category("other"),  # type: ignore[arg-type]
        wake=False,
    )
    stray = BACKLOG.path_of(awaited).with_name("999999999.table")
    stray.write_bytes(b"x")
    assert BACKLOG.forget_unstarted() == 0
    with clock.at(clock.now() + timedelta(days=30)):
        assert BACKLOG.forget_unstarted() == 1
    assert (stray.exists(), BACKLOG.path_of(awaited).exists()) == (False, True)


def test_a_file_that_got_lost_and_one_that_breaks_the_job_do_not_stop_the_others(
    cast: Cast, tmp_path: Path
) -> None:
    lost = imports.upload(
        BACKLOG,
        actor=cast.dispatcher,
        file_name="lost.csv",
        chunks=[b"a\nb\n"],
        area=cast.community,
        category=reference.category("other"),  # type: ignore[arg-type]
        wake=False,
    )
    BACKLOG.path_of(lost).unlink()
    broken = imports.upload(
        BACKLOG,
        actor=cast.dispatcher,
        file_name="folder.csv",
        chunks=[b"a\nb\n"],
        area=cast.community,
        category=reference.category("other"),  # type: ignore[arg-type]
        wake=False,
    )
    BACKLOG.path_of(broken).unlink()
    BACKLOG.path_of(broken).mkdir()
    third = imports.upload(
        BACKLOG,
        actor=cast.dispatcher,
        file_name="good.csv",
        chunks=["主题\n路灯坏了\n".encode()],
        area=cast.community,
        category=reference.category("other"),  # type: ignore[arg-type]
        wake=False,
    )
    assert BACKLOG.resume() == 3
    states = dict(ImportBatch.objects.values_list("pk", "state"))
    assert (states[lost.pk], states[broken.pk], states[third.pk]) == ("failed", "reading", "preview")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_is_read_in_every_usual_shape(cast: Cast, tmp_path: Path, encoding: str, mark: str) -> None:
    lines = [
        ["编号", "主题", "内容", "时间", "电话"],
        ["7", "路灯", "坏了", "2024年3月5日 9时30分", "13800138000"],
    ]
    path = tmp_path / "g.csv"
    path.write_text("\n".join(mark.join(line) for line in lines), encoding=encoding)
    run(cast, send(cast, path))
    request = ServiceRequest.objects.get()
    assert (request.title, request.text, request.contact_phone) == ("路灯", "坏了", "+8613800138000")
    assert request.received_at.isoformat() == "2024-03-05T01:30:00+00:00"


def test_a_formula_stays_text_and_is_never_evaluated(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "h.xlsx", ["主题", "内容"], ["=cmd|' /C calc'!A0", "=1+1"])
    run(cast, send(cast, path))
    request = ServiceRequest.objects.get()
    assert (request.title, request.text) == ("=cmd|' /C calc'!A0", "=1+1")


def test_what_a_file_leaves_unclear_is_said(cast: Cast, tmp_path: Path) -> None:
    path = write(
        tmp_path / "i.xlsx",
        ["主题", "时间", "电话", "类别"],
        ["甲", "不详", "abc", "不存在"],
        ["乙", "2999/1/1", "13800138000", "小修小补"],
        ["丙", "2024/02/30", "", "errand"],
        ["丁", "0001/1/1", "", "errand"],
    )
    run(cast, send(cast, path))
    made = {request.title: request for request in ServiceRequest.objects.all()}
    assert [made[each].category.code for each in "甲乙丙"] == ["other", "repair", "errand"]
    assert all(made[each].received_at == made[each].placed_at for each in "乙丁")
    assert len(ImportRow.objects.order_by("number")[0].notes) == 3


def damaged(tmp_path: Path, kind: str) -> Path:
    """Returns a file that is not what it seems."""
    path = tmp_path / f"{kind}.{'csv' if kind == 'no_rows' else 'xlsx'}"
    good = look_alike(tmp_path / "good.xlsx", 50).read_bytes()
    contents = {
        "truncated": good[: len(good) // 2],
        "password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4096,
        "renamed_exe": b"MZ\x90\x00\x03\x00\x00\x00" * 500,
        "empty": b"",
        "other_zip": b"",
        "no_rows": b"\n\n\n",
        "odd_bytes": b"\xff\xff\xfe\x81 title,\x81\xff\n",
        "scrambled": good,
    }
    path.write_bytes(contents[kind])
    if kind == "scrambled":
        with zipfile.ZipFile(path) as archive:
            sheet = archive.getinfo("xl/worksheets/sheet1.xml")
        at = sheet.header_offset + 300  # inside the packed rows; the table of contents stays right
        path.write_bytes(good[:at] + b"\x00" * 400 + good[at + 400 :])
    if kind == "other_zip":
        path.unlink()
        subprocess.run(
            ["python3", "-m", "zipfile", "-c", str(path), __file__],
            check=True,
        )
    return path


@pytest.mark.parametrize(
    "kind",
    ["truncated", "password", "renamed_exe", "empty", "other_zip", "no_rows", "odd_bytes", "scrambled"],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(cast: Cast, tmp_path: Path, kind: str) -> None:
    batch = send(cast, damaged(tmp_path, kind))
    assert batch.state == "failed"
    assert len(batch.last_error) > 5
    assert "file:" not in batch.last_error
    assert not ImportRow.objects.exists()
    assert not BACKLOG.path_of(batch).exists()


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(cast: Cast) -> None:
    with pytest.raises(TooLarge):
        imports.upload(
            BACKLOG,
            actor=cast.dispatcher,
            file_name="big.csv",
            chunks=(b"x" * 1_000_000 for _ in range(53)),
            area=cast.community,
            category=reference.category("other"),  # type: ignore[arg-type]
            wake=False,
        )
    assert not ImportBatch.objects.exists()


def test_nobody_imports_into_the_area_of_others(cast: Cast, tmp_path: Path) -> None:
    path = look_alike(tmp_path / "j.xlsx", 1)
    with pytest.raises(NotAllowed):
        send(cast, path, area=cast.other_district)
    batch = send(cast, path)
    for step in (imports.start, imports.undo):
        with pytest.raises(NotAllowed):
            step(BACKLOG, batch, actor=cast.outsider, wake=False)


def test_headers_are_guessed_in_both_languages() -> None:
    assert guess(HEADERS, columns.KNOWN)["text"] == 4
    assert guess(["Ticket ID", "Subject", "Description", "Date", "Phone", "Category"], columns.KNOWN) == {
        "number": 0,
        "title": 1,
        "text": 2,
        "received_at": 3,
        "contact_phone": 4,
        "category": 5,
    }
    assert guess(["foo", "bar"], columns.KNOWN) == {}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019/2/28 11:25:05", "2019-02-28T11:25:05+08:00"),
        ("2019-02-28", "2019-02-28T00:00:00+08:00"),
        ("2019.2.8 7:05", "2019-02-08T07:05:00+08:00"),
        ("2019年2月28日 11时25分", "2019-02-28T11:25:00+08:00"),
        ("2019-02-28T03:25:05Z", "2019-02-28T03:25:05+00:00"),
        ("2019/13/1", None),
        ("昨天", None),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, read: str | None) -> None:
    moment = rows._moment(written)
    assert (moment.isoformat() if moment else None) == read
