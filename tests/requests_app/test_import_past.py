"""What the earlier system has closed comes in as history: found and read, in no rate, with no clock and no way on."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from civic.accounts.queries import user_by_phone
from civic.cases.models import CaseEvent, CaseText, Timer
from civic.imports import actions as imports
from civic.imports.columns import guess
from civic.lib import clock
from civic.lib.errors import IllegalTransition
from civic.notify.models import Message
from insight import consistency, rates
from insight.privacy import retention
from requests_app import figures
from requests_app.actions import act
from requests_app.imports import columns
from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportBatch, ImportRow, ServiceRequest
from requests_app.suggesting import closed
from tests.cast import Cast
from tests.insight.test_rates import of_last_days
from tests.requests_app.test_import import counts, run, send, write

pytestmark = pytest.mark.django_db

HEAD = [
    "工单编号",
    "标题",
    "诉求内容",
    "受理时间",
    "办结时间",
    "办理状态",
    "办理结果",
    "联系人",
    "联系电话",
    "分类",
]
PHONE = "13900009999"


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"
    settings.STAFF_SECOND_FACTOR = False


def ago(days: float) -> str:
    """Returns a moment as such files write it."""
    return f"{timezone.localtime(clock.now() - timedelta(days=days)):%Y/%m/%d %H:%M:%S}"


def line(number: int, **cells: Any) -> list[Any]:
    """Returns a row of a request that was closed nine days ago, but for `cells`, by heading."""
    told = {
        "工单编号": f"L{number}",
        "标题": "楼道灯不亮",
        "诉求内容": "三单元楼道灯坏了，老人上下楼不方便",
        "受理时间": ago(10),
        "办结时间": ago(9),
        "办理状态": "已办结",
        "办理结果": "已更换灯泡",
        "联系人": "陈桂兰",
        "联系电话": PHONE,
        "分类": "repair",
    }
    return [(told | cells)[name] for name in HEAD]


def taken(cast: Cast, tmp_path: Path, *lines: list[Any]) -> tuple[ImportBatch, list[ServiceRequest]]:
    """Imports a file with these rows; returns the batch and what came of them, in the order of the file."""
    batch = run(cast, send(cast, write(tmp_path / "past.xlsx", HEAD, *lines)))
    rows = ImportRow.objects.filter(batch=batch).order_by("number").select_related("request")
    return batch, [row.request for row in rows if row.request is not None]


def test_what_was_closed_comes_in_as_history_and_what_is_open_as_work(cast: Cast, tmp_path: Path) -> None:
    told = Message.objects.exclude(event="desk.imported").count()
    path = write(tmp_path / "both.xlsx", HEAD, line(1), line(2, 办结时间="", 办理状态="办理中", 办理结果=""))
    batch = send(cast, path)
    assert {"closed_at": 4, "received_at": 3, "status": 5, "reply": 6}.items() <= batch.columns.items()
    assert counts(batch) == {"past": 1, "new": 1}
    assert counts(run(cast, batch)) == {"taken": 1, "added": 1}
    past, present = ServiceRequest.objects.order_by("state")
    assert (past.state, past.outcome, present.state) == ("closed", "taken_over", "submitted")
    assert (past.title, past.beneficiary_name, past.beneficiary_phone) == (
        "楼道灯不亮",
        "陈桂兰",
        f"+86{PHONE}",
    )
    assert past.closed_at is not None
    assert past.closed_at - past.received_at == timedelta(days=1)
    assert (past.category.code, past.community_id) == ("repair", cast.community.pk)
    event = CaseEvent.objects.get(kind="request", case_id=past.pk)
    assert (event.verb, event.from_state, event.to_state) == ("take_over", "", "closed")
    assert (event.actor_id, event.facts["texts"], past.import_batch) == (cast.dispatcher.pk, ["reply"], batch)
    assert CaseText.objects.get(kind="request", case_id=past.pk).body == "已更换灯泡"
    assert not Timer.objects.filter(kind="request", case_id=past.pk).exists()
    assert Timer.objects.filter(kind="request", case_id=present.pk).exists()
    assert Message.objects.exclude(event="desk.imported").count() == told
    assert [str(fault) for fault in consistency.check()] == []
    assert counts(send(cast, path)) == {"known": 2}


def test_it_is_in_no_rate_and_in_no_figure(cast: Cast, tmp_path: Path) -> None:
    cast.closed()
    before = [rate.figure() for rate in rates.rates(of_last_days())]
    received = figures.compute().received
    taken(cast, tmp_path, line(1), line(2))
    assert [rate.figure() for rate in rates.rates(of_last_days())] == before
    assert figures.compute().received == received == 1


@pytest.mark.parametrize(
    ("verb", "facts"),
    [
        ("rate", {"solved": "yes", "stars": 5}),
        ("reopen", {"reason": "又坏了"}),
        ("call_back", {"solved": "yes"}),
        ("exempt", {"reason_code": "duplicate", "text": "重复"}),
    ],
)
def test_nothing_of_it_is_answered_or_counted_here(
    cast: Cast, tmp_path: Path, verb: str, facts: dict[str, Any]
) -> None:
    _batch, [past] = taken(cast, tmp_path, line(1, 联系电话=cast.resident.phone))
    actor = cast.resident if verb == "rate" else cast.dispatcher
    with pytest.raises(IllegalTransition):
        act(past, verb, actor=actor, **facts)
    past.refresh_from_db()
    assert (past.state, past.version) == ("closed", 1)


def test_plain_sql_cannot_open_it_again(cast: Cast, tmp_path: Path) -> None:
    _batch, [past] = taken(cast, tmp_path, line(1))
    with pytest.raises(IntegrityError, match="request_taken_over_stays_closed"), transaction.atomic():
        ServiceRequest.objects.filter(pk=past.pk).update(state="submitted")


def test_who_asked_finds_it_by_their_phone_and_the_desk_too(cast: Cast, tmp_path: Path) -> None:
    _batch, [past] = taken(cast, tmp_path, line(1, 联系电话=cast.resident.phone))
    assert user_by_phone(past.beneficiary_phone) == cast.resident
    theirs, desk = Client(), Client()
    theirs.force_login(cast.resident)
    desk.force_login(cast.dispatcher)
    page = theirs.get(reverse("track", args=[past.code])).content.decode()
    assert "原系统" in page
    assert "已更换灯泡" in page
    for closed_to_them in ("rate", "reopen", "concern"):
        assert f"/{closed_to_them}/" not in page
    assert past.code in theirs.get(reverse("me")).content.decode()
    page = desk.get(reverse("desk:request", args=[past.pk])).content.decode()
    assert "已更换灯泡" in page
    assert "reopen" not in page
    assert "exempt" not in page
    page = desk.get(reverse("desk:queue"), {"tab": "all", "q": cast.resident.phone}).content.decode()
    assert past.title in page


def test_people_are_left_out_of_what_is_older_than_people_are_kept(cast: Cast, tmp_path: Path) -> None:
    long = settings.REQUESTS_KEPT.days + 30
    _batch, [old] = taken(cast, tmp_path, line(1, 受理时间=ago(long + 2), 办结时间=ago(long)))
    assert (old.title, old.text, old.beneficiary_name, old.beneficiary_phone_hash) == ("", "", "", "")
    assert old.anonymised_at == old.placed_at
    assert old.category.code == "repair"
    assert not CaseText.objects.filter(case_id=old.pk).exists()
    assert not retention.requests(clock.now()).exists()
    assert [str(fault) for fault in consistency.check()] == []


def test_undoing_takes_closed_ones_back_too(cast: Cast, tmp_path: Path) -> None:
    batch, requests = taken(cast, tmp_path, line(1), line(2), line(3, 办结时间="", 办理状态=""))
    imports.undo(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("undone", {"undone": 3})
    found = ServiceRequest.objects.filter(pk__in=[request.pk for request in requests])
    assert set(found.values_list("state", "outcome")) == {("cancelled", "import_undone")}
    assert [str(fault) for fault in consistency.check()] == []


def test_a_request_closed_here_is_not_taken_back_with_an_import(cast: Cast, tmp_path: Path) -> None:
    batch, [present] = taken(cast, tmp_path, line(1, 办结时间="", 办理状态=""))
    act(present, "reject", actor=cast.dispatcher, reason_code="unsafe", text="请拨 110")
    imports.undo(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    assert counts(batch) == {"kept": 1}


@pytest.mark.parametrize(
    ("cells", "state", "notes"),
    [
        ({"办结时间": "", "办理状态": "已办结"}, "past", 1),
        ({"办结时间": "2999/1/1", "办理状态": "办理中"}, "new", 1),
        ({"办结时间": "", "办理状态": "未办结"}, "new", 0),
        ({"办结时间": "昨天", "办理状态": "办理中"}, "new", 0),
        ({"受理时间": "", "办理状态": ""}, "past", 1),
        ({"受理时间": "2026/11/30", "办结时间": "2026/11/01", "办理状态": ""}, "past", 1),
        ({"标题": "", "诉求内容": ""}, "bad", 1),
    ],
)
def test_what_a_row_leaves_unclear_about_its_end_is_said(
    cast: Cast, tmp_path: Path, cells: dict[str, Any], state: str, notes: int
) -> None:
    batch = send(cast, write(tmp_path / "unclear.xlsx", HEAD, line(1, **cells)))
    row = ImportRow.objects.get(batch=batch)
    assert (row.state, len(row.notes)) == (state, notes)
    run(cast, batch)
    if request := ServiceRequest.objects.first():
        assert request.closed_at is None or request.received_at <= request.closed_at <= clock.now()


def test_suggestions_learn_from_a_kind_the_file_named_and_not_from_an_assumed_one(
    cast: Cast, tmp_path: Path
) -> None:
    taken(cast, tmp_path, line(1), line(2, 分类="不认识的类别", 标题="别的事"))
    assert closed.rows(None) == [("楼道灯不亮", "三单元楼道灯坏了，老人上下楼不方便", "repair")]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("办结时间", "closed_at"),
        ("答复时间", "closed_at"),
        ("答复意见", "reply"),
        ("closed_at", "closed_at"),
        ("状态", "status"),
    ],
)
def test_headings_about_the_end_are_known(header: str, target: str) -> None:
    assert guess(["编号", header], columns.KNOWN)[target] == 1


def test_the_pages_say_what_comes_in_as_closed(cast: Cast, tmp_path: Path) -> None:
    desk = Client()
    desk.force_login(cast.dispatcher)
    batch = send(cast, write(tmp_path / "both.xlsx", HEAD, line(1), line(2, 办结时间="", 办理状态="")))
    page = desk.get(reverse("desk_imports:show", args=[batch.pk])).content.decode()
    assert "将新增 2 件诉求" in page
    assert "其中 1 件" in page
    run(cast, batch)
    page = desk.get(reverse("desk_imports:show", args=[batch.pk]), {"tab": "taken"}).content.decode()
    assert "楼道灯不亮" in page
    assert reverse("desk:request", args=[ServiceRequest.objects.get(state="closed").pk]) in page


def test_a_thousand_records_take_a_few_statements(
    cast: Cast, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    batch = send(cast, write(tmp_path / "many.xlsx", HEAD, *(line(number) for number in range(1, 100))))
    imports.start(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    with django_assert_max_num_queries(40):
        BACKLOG.work(batch.pk)
    assert ServiceRequest.objects.filter(outcome="taken_over").count() == 99
    moments = ServiceRequest.objects.values_list("closed_at", flat=True)
    assert all(isinstance(moment, datetime) for moment in moments)


def test_figures_and_rates_look_at_nothing_that_was_taken_over(cast: Cast) -> None:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # with a few rows reading all of them is cheapest
        cursor.execute(f"EXPLAIN {figures.SQL}", {"now": now, "year": now, "quarter": now})
        assert " ".join(text for (text,) in cursor.fetchall()).count("request_counted") == 3
    assert "request_counted" in next(iter(rates.rates(of_last_days()))).behind.explain()
