"""A community's register of volunteers: read, previewed, taken over, taken over again, undone."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import TestCase
from openpyxl import Workbook

from civic.accounts.enums import Role
from civic.accounts.models import Consent, User
from civic.cases.models import CaseEvent, Timer
from civic.imports import actions as imports
from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotAllowed
from civic.notify.models import Message
from insight import consistency
from requests_app.actions import act
from tests.cast import Cast
from tests.volunteers.registers import HEADERS, id_number, look_alike
from volunteers import actions
from volunteers.imports.register import REGISTER
from volunteers.models import (
    Papers,
    RegisterImport,
    RegisterRow,
    ServiceClass,
    Skill,
    Volunteer,
    VolunteerTerms,
)

pytestmark = pytest.mark.django_db
HEAD = [
    "姓名",
    "手机",
    "身份证号",
    "出生日期",
    "社区",
    "技能",
    "语言",
    "保险到期",
    "审查",
    "监护人",
    "监护人电话",
    "服务类别",
]
BORN = date(1970, 5, 3)


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"


def send(cast: Cast, path: Path, **more: object) -> RegisterImport:
    """Uploads a file and runs the reading job; returns the batch."""
    given = {"area": cast.community, "enter_as": "approved", "insured_until": None, "vetted": False} | more
    batch = imports.upload(
        REGISTER, actor=cast.dispatcher, file_name=path.name, chunks=[path.read_bytes()], wake=False, **given
    )
    with TestCase.captureOnCommitCallbacks(execute=True):
        REGISTER.work(batch.pk)
    batch.refresh_from_db()
    return batch


def run(cast: Cast, batch: RegisterImport) -> RegisterImport:
    """Starts the import and runs it to the end; returns the batch."""
    imports.start(REGISTER, batch, actor=cast.dispatcher, wake=False)
    REGISTER.work(batch.pk)
    batch.refresh_from_db()
    return batch


def undo(cast: Cast, batch: RegisterImport) -> RegisterImport:
    """Takes the import back; returns the batch."""
    imports.undo(REGISTER, batch, actor=cast.dispatcher, wake=False)
    REGISTER.work(batch.pk)
    batch.refresh_from_db()
    return batch


def counts(batch: RegisterImport) -> dict[str, int]:
    """Returns how many rows stand in which state."""
    return dict(Counter(RegisterRow.objects.filter(batch=batch).values_list("state", flat=True)))


def write(path: Path, *lines: list[object], head: list[str] | None = None) -> Path:
    """Writes a small workbook under the usual headers."""
    book = Workbook()
    for line in [head or HEAD, *lines]:
        book.active.append(line)
    book.save(path)
    return path


def notes(batch: RegisterImport) -> dict[int, tuple[str, str]]:
    """Returns state and notes by row number."""
    rows = RegisterRow.objects.filter(batch=batch)
    return {row.number: (row.state, " ".join(row.notes)) for row in rows}


def faults() -> list[str]:
    """Returns what disagrees with itself; deferred triggers have had their say before."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return [str(fault) for fault in consistency.faults()]


def test_a_messy_register_goes_in_completely_and_nobody_hears_of_it(cast: Cast, tmp_path: Path) -> None:
    before, staying = Message.objects.count(), Volunteer.objects.count()
    batch = send(cast, look_alike(tmp_path / "台账.xlsx", 130, empty_rows=2000))
    assert (batch.state, batch.total, batch.headers) == ("preview", 130, HEADERS)
    assert batch.columns == {
        "guardian_phone": 13, "guardian_name": 12, "id_number": 4, "phone": 5, "name": 1, "birth_date": 3,
        "insured_until": 9, "vetted": 10, "joined_on": 11, "languages": 8, "skills": 7, "area": 6,
    }  # fmt: skip
    assert counts(batch) == {"new": 130}, notes(batch)
    batch = run(cast, batch)
    assert (batch.state, batch.done, counts(batch)) == ("done", 130, {"added": 130})
    assert Volunteer.objects.count() == staying + 130
    first = RegisterRow.objects.get(batch=batch, number=3).volunteer
    assert first is not None and first.is_approved and first.version == 2
    assert (first.area, first.applied_at.year) == (cast.community, 2019)
    assert first.lat is not None
    told = list(CaseEvent.objects.filter(kind="volunteer", case_id=first.pk).order_by("seq"))
    assert [(event.verb, event.from_state, event.to_state, event.actor_id) for event in told] == [
        ("enrol", "", "applied", cast.dispatcher.pk),
        ("admit", "applied", "approved", cast.dispatcher.pk),
    ]
    assert Timer.objects.filter(kind="volunteer", case_id=first.pk, name="idle", voided_at=None).exists()
    assert Message.objects.count() == before
    assert not Consent.objects.filter(user=first.user).exists()
    assert User.objects.filter(consent_due=True).count() == 130
    assert faults() == []


def test_what_was_read_is_what_stands_there(cast: Cast, tmp_path: Path) -> None:
    number = id_number(BORN, 7)
    path = write(
        tmp_path / "a.xlsx",
        ["  王  小明 ", "138 0000 0101", number.lower(), "", "锦苑社区第一网格",
         "开车、水电维修；绘画", "粤语/英语", "2027年6月30日", "是", "", "", "助学支教、卫生环保、舞龙"],
        ["李四", 13800000102, "", "1980年7月", "", "", "", "", "2024-02-03"],
    )  # fmt: skip
    batch = run(cast, send(cast, path, insured_until=date(2028, 1, 1)))
    one, two = (row.volunteer for row in RegisterRow.objects.filter(batch=batch).order_by("number"))
    assert one is not None and two is not None
    assert (one.user.name, one.user.phone, one.birth_date) == ("王 小明", "+8613800000101", BORN)
    assert one.area == cast.grid and one.grid_id == cast.grid.pk and one.user.home_area == cast.grid
    assert set(Skill.objects.filter(pk__in=one.skills).values_list("code", flat=True)) == {
        "driving",
        "repair",
    }
    assert set(one.languages) == {"cantonese", "english"}
    classes = ServiceClass.objects.filter(pk__in=one.service_classes)
    assert set(classes.values_list("code", flat=True)) == {"teaching", "environment"}
    assert one.insured_until == date(2027, 6, 30) and one.vetted_at is not None
    assert one.papers.id_number == number
    assert "“绘画”" in notes(batch)[2][1]
    assert "“舞龙”" in notes(batch)[2][1]
    assert (two.birth_date, two.insured_until) == (date(1980, 7, 1), date(2028, 1, 1))
    assert f"{two.vetted_at:%Y-%m}" == "2024-02"
    with connection.cursor() as cursor:
        cursor.execute("SELECT cells FROM volunteers_registerrow WHERE batch_id = %s", [batch.pk])
        stored = " ".join(cells for (cells,) in cursor.fetchall())
        cursor.execute("SELECT id_number FROM volunteers_papers WHERE volunteer_id = %s", [one.pk])
        stored += cursor.fetchone()[0]
    assert number not in stored and "王" not in stored


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["张三", "12345"], "号码不对"),
        (["张三", "0512-65123456"], "收不到短信"),
        (["张三", ""], "请输入手机号码"),
        (["", "13800000101"], "缺少姓名"),
        (["张三", "13800000101", "320381197005030013"], "身份证号中有一位不对"),
        (["张三", "13800000101", id_number(BORN, 1), "1971-01-01"], "与身份证号不符"),
        (["张三", "13800000101", "", date(2020, 1, 1)], "志愿者须年满 14 周岁"),
        (["张三", "13800000101", "", date(2010, 1, 1)], "须填写监护人"),
        (["张三", "13800000101", "", "", "月亮社区"], "没有“月亮社区”"),
        (["=HYPERLINK(1)", "13800000101"], "是公式"),
        (["张三", "=13800000101"], "是公式"),
        (["张" * 41, "13800000101"], "最多"),
        (["张三", "13800000004"], "以其他姓名登记"),
        (["李敏", "13800000004"], "工作人员账号"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(
    cast: Cast, tmp_path: Path, line: list[object], said: str
) -> None:
    batch = send(cast, write(tmp_path / "b.xlsx", line))
    state, words = notes(batch)[2]
    assert state == "bad" and said in words
    assert counts(run(cast, batch)) == {"bad": 1}


def test_the_first_of_those_who_stand_there_twice_counts(cast: Cast, tmp_path: Path) -> None:
    number = id_number(BORN, 9)
    path = write(
        tmp_path / "c.xlsx",
        ["张三", "13800000101", "不是证件号"],
        ["张三", "13800000101"],
        ["张三", "+86 138-0000-0101"],
        ["王五", "13800000102", number],
        ["赵六", "13800000103", number],
    )
    batch = send(cast, path)
    assert {at: state for at, (state, _words) in notes(batch).items()} == {
        2: "bad", 3: "new", 4: "bad", 5: "new", 6: "bad",
    }  # fmt: skip
    assert "第 3 行" in notes(batch)[4][1] and "第 5 行" in notes(batch)[6][1]
    assert counts(run(cast, batch)) == {"added": 2, "bad": 3}


def test_the_same_register_again_adds_nothing(cast: Cast, tmp_path: Path) -> None:
    path = look_alike(tmp_path / "d.xlsx", 45)
    run(cast, send(cast, path))
    before = (Volunteer.objects.count(), User.objects.count(), CaseEvent.objects.count())
    again = send(cast, path)
    assert counts(again) == {"known": 45}
    assert counts(run(cast, again)) == {"known": 45}
    assert (Volunteer.objects.count(), User.objects.count(), CaseEvent.objects.count()) == before


def test_who_is_a_volunteer_keeps_everything_and_is_completed_where_empty(cast: Cast, tmp_path: Path) -> None:
    known = cast.volunteer
    skills, insured = list(known.skills), known.insured_until
    path = write(
        tmp_path / "e.xlsx",
        ["张建国", "13800000011", id_number(BORN, 3), BORN, "", "法律咨询", "英语", "2030-01-01", "是"],
    )
    batch = send(cast, path)
    state, words = notes(batch)[2]
    assert state == "fill"
    assert "出生日期、语言、身份证号" in words and "保险" not in words
    assert counts(run(cast, batch)) == {"filled": 1}
    known.refresh_from_db()
    assert (known.skills, known.insured_until) == (skills, insured)
    assert (known.birth_date, known.languages, known.papers.id_number) == (
        BORN,
        ["english"],
        id_number(BORN, 3),
    )
    assert not known.user.consent_due
    assert counts(send(cast, path)) == {"known": 1}
    assert faults() == []
    assert counts(undo(cast, batch)) == {"undone": 1}
    known.refresh_from_db()
    assert (known.birth_date, known.languages, known.skills) == (None, [], skills)
    assert Papers.objects.get(volunteer=known).id_number == ""
    assert faults() == []


def test_a_volunteer_of_elsewhere_and_one_who_was_refused_are_left_alone(cast: Cast, tmp_path: Path) -> None:
    refused = actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[])
    actions.decide(refused, "refuse", actor=cast.dispatcher, reason="不符合条件")
    path = write(tmp_path / "f.xlsx", ["孙丽", "13800000014", "", BORN], ["周敏", "13800000002", "", BORN])
    batch = send(cast, path)
    assert counts(batch) == {"known": 2}
    assert "其他区域" in notes(batch)[2][1] and "未通过" in notes(batch)[3][1]
    run(cast, batch)
    cast.far_volunteer.refresh_from_db()
    assert cast.far_volunteer.birth_date is None


def test_minors_and_who_lacks_a_needed_id_number_wait_for_approval(cast: Cast, tmp_path: Path) -> None:
    VolunteerTerms.objects.create(area=cast.community, id_number="required")
    teen = clock.now().date() - timedelta(days=16 * 365)
    path = write(
        tmp_path / "g.xlsx",
        ["张小", "13800000101", id_number(teen, 2), "", "", "", "", "", "", "张大", "13800000102"],
        ["李四", "13800000103"],
        ["王五", "13800000104", id_number(BORN, 4)],
    )
    batch = run(cast, send(cast, path))
    people = [row.volunteer for row in RegisterRow.objects.filter(batch=batch).order_by("number")]
    assert [each.state for each in people if each] == ["applied", "applied", "approved"]
    assert people[0] is not None and people[0].papers.guardian_phone == "+8613800000102"
    assert people[0].guardian_agreed_at is None
    assert faults() == []


def test_staff_may_have_everybody_wait_for_approval(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, look_alike(tmp_path / "h.xlsx", 12), enter_as="applied"))
    rows = RegisterRow.objects.filter(batch=batch)
    assert set(rows.values_list("volunteer__state", "version")) == {("applied", 1)}
    assert not Timer.objects.filter(kind="volunteer", case_id__in=rows.values("volunteer")).exists()
    assert faults() == []


def test_an_import_is_undone_where_nobody_has_touched_it(cast: Cast, tmp_path: Path) -> None:
    path = write(
        tmp_path / "i.xlsx",
        ["甲一", "13800000101", id_number(BORN, 1)],
        ["乙二", "13800000102"],
        ["丙三", "13800000103"],
        ["丁四", "13800000104"],
        ["陈桂兰", "13800000001"],
    )
    batch = run(cast, send(cast, path))
    plain, changed, came, offered, resident = (
        row.volunteer for row in RegisterRow.objects.filter(batch=batch).order_by("number")
    )
    assert plain and changed and came and offered and resident
    actions.update(changed, actor=cast.dispatcher, about="常来")
    User.objects.filter(pk=came.user_id).update(last_login=clock.now())
    act(cast.place(), "offer", actor=cast.dispatcher, volunteers=[offered.pk])
    batch = undo(cast, batch)
    assert (batch.state, counts(batch)) == ("undone", {"undone": 2, "kept": 3})
    plain.refresh_from_db()
    assert (plain.state, plain.birth_date, plain.skills) == ("left", None, [])
    assert not Papers.objects.filter(volunteer=plain).exists()
    gone = User.objects.get(pk=plain.user_id)
    assert (gone.name, gone.phone, gone.phone_hash, gone.is_active) == ("", "", None, False)
    cast.resident.refresh_from_db()  # had an account before: it stays, and may register
    assert (cast.resident.phone, cast.resident.is_active) == ("+8613800000001", True)
    assert not cast.resident.consent_due
    assert actions.register(
        actor=User.objects.get(pk=cast.resident.pk), name="陈桂兰", area=cast.grid, skills=[]
    )
    assert not Timer.objects.filter(
        kind="volunteer", case_id=plain.pk, fired_at=None, voided_at=None
    ).exists()
    assert faults() == []
    again = send(cast, path)
    assert {at: state for at, (state, _words) in notes(again).items()} == {
        2: "new", 3: "known", 4: "known", 5: "known", 6: "known",
    }  # fmt: skip


def test_an_import_is_undone_within_a_day_only(cast: Cast, tmp_path: Path) -> None:
    batch = run(cast, send(cast, look_alike(tmp_path / "j.xlsx", 2)))
    assert batch.finished_at is not None
    with (
        time_machine.travel(batch.finished_at + timedelta(days=1, minutes=1)),
        pytest.raises(IllegalTransition),
    ):
        imports.undo(REGISTER, batch, actor=cast.dispatcher, wake=False)


def test_a_killed_worker_leaves_an_import_that_goes_on(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(REGISTER), "chunk", 50)
    batch = send(cast, look_alike(tmp_path / "k.xlsx", 120))
    imports.start(REGISTER, batch, actor=cast.dispatcher, wake=False)
    REGISTER.add_some(RegisterImport.objects.get(pk=batch.pk))  # one chunk, then the worker is gone
    assert counts(batch) == {"added": 50, "new": 70}
    assert REGISTER.resume() == 1
    batch.refresh_from_db()
    assert (counts(batch), batch.done) == ({"added": 120}, 120)
    assert faults() == []


def test_who_registers_between_preview_and_start_is_not_registered_twice(cast: Cast, tmp_path: Path) -> None:
    batch = send(cast, write(tmp_path / "l.xlsx", ["周敏", "13800000002"], ["钱七", "13800000102"]))
    assert counts(batch) == {"new": 2}
    actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[])
    assert counts(run(cast, batch)) == {"known": 1, "added": 1}


def test_nobody_imports_into_the_area_of_others(cast: Cast, tmp_path: Path) -> None:
    path = look_alike(tmp_path / "m.xlsx", 1)
    with pytest.raises(NotAllowed):
        send(cast, path, area=cast.other_district)
    batch = send(cast, path)
    for step in (imports.start, imports.undo):
        with pytest.raises(NotAllowed):
            step(REGISTER, batch, actor=cast.outsider, wake=False)
    proxy = cast.staff("代办", "+8613800000044", Role.PROXY, cast.community)
    with pytest.raises(NotAllowed):
        imports.start(REGISTER, batch, actor=proxy, wake=False)
