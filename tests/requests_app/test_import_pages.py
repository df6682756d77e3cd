"""The pages of the backlog import: sent, looked at, corrected, started, watched, undone; and who may."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from civic.accounts.models import User
from civic.imports import actions as imports
from requests_app import reference
from requests_app.actions import act
from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportBatch, ImportRow, ServiceRequest
from tests.cast import Cast
from tests.requests_app.tables import look_alike
from tests.requests_app.test_import import damaged, write

pytestmark = pytest.mark.django_db
Send = Callable[..., ImportBatch]
HEAD = ["单号", "标题", "内容", "日期", "联系人", "电话", "地址", "分类"]


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def desk(cast: Cast) -> Client:
    """A browser of the community's dispatcher."""
    return browser(cast.dispatcher)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(response: Any) -> str:
    """Returns the text of a page, its blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def sent(cast: Cast, path: Path, key: str = "key") -> dict[str, Any]:
    """Returns what the upload form posts."""
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return {"file": file, "area": cast.community.pk, "category": "other", "form_key": key}


@pytest.fixture
def previewed(cast: Cast, tmp_path: Path) -> Send:
    """Returns a function that brings a file to its preview."""

    def send(*lines: list[object], head: list[object] | None = None) -> ImportBatch:
        path = (
            write(tmp_path / "backlog.xlsx", head or HEAD, *lines)
            if lines
            else look_alike(tmp_path / "l.xlsx", 60)
        )
        batch = imports.upload(
            BACKLOG,
            actor=cast.dispatcher,
            file_name=path.name,
            chunks=[path.read_bytes()],
            area=cast.community,
            category=reference.category("other"),  # type: ignore[arg-type]
            wake=False,
        )
        BACKLOG.work(batch.pk)
        batch.refresh_from_db()
        return batch

    return send


def url(name: str, batch: ImportBatch) -> str:
    return reverse(f"desk_imports:{name}", args=[batch.pk])


def test_a_file_goes_from_the_form_to_the_queue(desk: Client, cast: Cast, tmp_path: Path) -> None:
    assert "还没有导入过文件" in words(desk.get(reverse("desk_imports:index")))
    answer = desk.post(reverse("desk_imports:new"), sent(cast, look_alike(tmp_path / "积压.xlsx", 30)))
    batch = ImportBatch.objects.get()
    assert answer["Location"] == url("show", batch)
    assert "正在读取文件" in words(desk.get(url("show", batch)))
    BACKLOG.work(batch.pk)
    page = words(desk.get(url("show", batch)))
    assert "将新增 30" in page and "C · 留言主题" in page
    assert desk.post(url("start", batch), {"form_key": "s"}).status_code == 302
    assert "正在新增诉求" in words(desk.get(url("show", batch)))
    BACKLOG.work(batch.pk)
    page = words(desk.get(url("show", batch)))
    assert "已新增 30" in page and "撤销本次导入" in page
    first = ServiceRequest.objects.order_by("pk")[0]
    assert (
        f'href="{reverse("desk:request", args=[first.pk])}"' in desk.get(url("show", batch)).content.decode()
    )
    cast.place(title="与导入无关")
    queue = words(desk.get(reverse("desk:queue"), {"tab": "open", "batch": batch.pk}))
    assert "来自一次导入" in queue and "与导入无关" not in queue and first.title in queue
    assert "新增 30 件" in words(desk.get(reverse("desk_imports:index")))


def test_the_same_form_twice_is_one_import_and_another_file_another(
    desk: Client, cast: Cast, tmp_path: Path
) -> None:
    first, second = look_alike(tmp_path / "a.xlsx", 3), look_alike(tmp_path / "b.xlsx", 4)
    places = [
        desk.post(reverse("desk_imports:new"), sent(cast, path))["Location"]
        for path in (first, first, second)
    ]
    assert places[0] == places[1] != places[2]
    assert ImportBatch.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("password", "设有密码"),
        ("truncated", "已损坏或不完整"),
        ("renamed_exe", "不是表格文件"),
        ("other_zip", "不是电子表格"),
        ("empty", "文件是空的"),
        ("odd_bytes", "内容却不是工作簿"),
    ],
)
def test_what_is_no_table_is_refused_beside_the_field(
    desk: Client, cast: Cast, tmp_path: Path, kind: str, said: str
) -> None:
    answer = desk.post(reverse("desk_imports:new"), sent(cast, damaged(tmp_path, kind)))
    assert answer.status_code == 400
    assert said in words(answer)
    assert f'value="{cast.community.pk}" selected' in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_form_without_file_area_or_key_says_so(desk: Client, cast: Cast, tmp_path: Path) -> None:
    answer = desk.post(reverse("desk_imports:new"), {"area": cast.other_district.pk, "category": "nonsense"})
    assert (answer.status_code, answer.context["form"].errors.keys()) == (400, {"file", "area", "category"})
    keyless = sent(cast, look_alike(tmp_path / "a.xlsx", 1), key="")
    assert desk.post(reverse("desk_imports:new"), keyless).status_code == 400
    assert not ImportBatch.objects.exists()


def test_too_large_a_file_is_refused_beside_the_field(
    desk: Client, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = look_alike(tmp_path / "a.xlsx", 3)
    monkeypatch.setattr("civic.lib.tables.MAX_BYTES", 100)
    answer = desk.post(reverse("desk_imports:new"), sent(cast, path))
    assert (answer.status_code, "超过 50 MB" in words(answer)) == (400, True)


def test_a_file_that_fails_while_being_read_says_why_and_what_to_do(
    desk: Client, cast: Cast, tmp_path: Path
) -> None:
    desk.post(reverse("desk_imports:new"), sent(cast, damaged(tmp_path, "no_rows")))
    batch = ImportBatch.objects.get()
    BACKLOG.work(batch.pk)
    page = words(desk.get(url("show", batch)))
    assert "文件里没有数据" in page and "没有新增任何诉求" in page
    assert "data-import-over" in desk.get(url("progress", batch)).content.decode()
    assert "文件里没有数据" in words(desk.get(reverse("desk_imports:index")))


def test_columns_and_assumptions_are_corrected_on_the_page(desk: Client, cast: Cast, previewed: Send) -> None:
    batch = previewed(["路灯坏了", "请修", "13800138000"], head=["甲", "乙", "丙"])
    page = words(desk.get(url("show", batch)))
    assert "没有可新增的诉求" in page and "请在上面选出主题或内容所在的列" in page
    given = {"area": cast.grid.pk, "category": "repair", "column_title": 0, "column_text": 1}
    answer = desk.post(url("correct", batch), {**given, "area": cast.other_district.pk})
    assert answer.status_code == 400
    answer = desk.post(url("correct", batch), {**given, "area": cast.community.pk, "column_address": 0})
    assert answer.status_code == 400 and "同一列不能对应两项内容" in words(answer)
    answer = desk.post(url("correct", batch), {**given, "area": cast.community.pk, "column_title": 9})
    assert answer.status_code == 400
    answer = desk.post(url("correct", batch), {**given, "area": cast.community.pk}, follow=True)
    assert "已重新核对各行" in words(answer) and "将新增 1 " in words(answer)
    batch.refresh_from_db()
    assert (batch.columns, batch.category.code) == ({"title": 0, "text": 1}, "repair")


def test_rows_stand_in_tabs_with_what_is_wrong_and_phones_are_masked(desk: Client, previewed: Send) -> None:
    batch = previewed(
        [1, "=cmd|' /C calc'!A0", "<b>请修</b>", "2024/3/5", "陈桂兰", "13800138000", "荷花里", "repair"],
        [2, "井盖松动", "很长的内容。" * 200, "不详", "", "abc", "", "不存在"],
        [3, "", "", "2024/3/5", "", "", "", ""],
    )
    page = desk.get(url("show", batch)).content.decode()
    assert "=cmd|&#x27; /C calc&#x27;!A0" in page and "&lt;b&gt;请修&lt;/b&gt;" in page
    assert "138****8000" in page and "13800138000" not in page
    assert "很长的内容。" * 200 in page  # whole in the details
    remarks = words(desk.get(url("show", batch), {"tab": "remarks"}))
    assert "日期无法识别" in remarks and "电话号码无法识别" in remarks and "没有“不存在”这个分类" in remarks
    bad = words(desk.get(url("show", batch), {"tab": "bad"}))
    assert "第 4 行" in bad and "既没有主题，也没有内容" in bad
    assert "将新增 2" in words(desk.get(url("show", batch), {"tab": "nonsense"}))
    english = words(desk.get(url("show", batch), {"tab": "remarks"}, headers={"accept-language": "en"}))
    assert "No readable date: received today." in english


def test_rows_are_read_page_by_page(desk: Client, previewed: Send) -> None:
    batch = previewed()
    seen: list[str] = []
    place = url("show", batch)
    while place:
        answer = desk.get(place)
        page = answer.content.decode()
        seen += re.findall(r"第 (\d+) 行\s*</span>", page)
        found = re.search(r'rel="next" href="(\?[^"#]+)', page)
        place = url("show", batch) + found[1].replace("&amp;", "&") if found else ""
    assert seen == [str(number) for number in range(2, 62)]
    assert desk.get(url("show", batch), {"cursor": "nonsense"}).status_code == 400


def test_progress_is_polled_and_sent_only_when_it_changed(desk: Client, previewed: Send, cast: Cast) -> None:
    batch = previewed()
    imports.start(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    first = desk.get(url("progress", batch))
    assert "0 / 60" in words(first) and 'max="60"' in first.content.decode()
    same = desk.get(url("progress", batch), headers={"if-none-match": first["ETag"]})
    assert same.status_code == 304
    BACKLOG.work(batch.pk)
    over = desk.get(url("progress", batch), headers={"if-none-match": first["ETag"]})
    assert over.status_code == 200 and "data-import-over" in over.content.decode()


def test_starting_twice_starts_once_and_too_late_a_step_is_explained(desk: Client, previewed: Send) -> None:
    batch = previewed()
    for _again in range(2):
        assert desk.post(url("start", batch), {"form_key": "one"}).status_code == 302
    late = desk.post(url("start", batch), {"form_key": "two"}, follow=True)
    assert "状态已有变化" in words(late)
    late = desk.post(url("discard", batch), follow=True)
    assert "状态已有变化" in words(late)
    given = {"area": batch.area_id, "category": "other", "column_title": 2}
    late = desk.post(url("correct", batch), given, follow=True)
    assert "状态已有变化" in words(late)
    assert desk.post(url("start", batch)).status_code == 400  # a form without its key


def test_an_import_is_undone_from_its_page_within_a_day(desk: Client, cast: Cast, previewed: Send) -> None:
    batch = previewed()
    imports.start(BACKLOG, batch, actor=cast.dispatcher, wake=False)
    BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    assert batch.finished_at is not None
    with time_machine.travel(batch.finished_at + timedelta(days=1, minutes=1)):
        assert "不能再撤销" in words(desk.get(url("show", batch)))
        assert "一天之内" in words(desk.post(url("undo", batch), {"form_key": "late"}, follow=True))
    touched = ServiceRequest.objects.order_by("pk")[0]
    act(touched, "amend", actor=cast.dispatcher, urgency="urgent")
    desk.post(url("undo", batch), {"form_key": "u"})
    assert "正在撤销诉求" in words(desk.get(url("show", batch)))
    BACKLOG.work(batch.pk)
    page = words(desk.get(url("show", batch)))
    assert "已撤销 59" in page and "已有人办理，予以保留 1" in page
    assert "打开" in words(desk.get(url("show", batch), {"tab": "kept"}))
    assert "已撤销 59 件，保留 1 件" in words(desk.get(reverse("desk_imports:index")))


def test_what_has_added_nothing_can_be_discarded(desk: Client, previewed: Send) -> None:
    batch = previewed()
    assert "已放弃本次导入" in words(desk.post(url("discard", batch), follow=True))
    assert not ImportRow.objects.exists()
    assert desk.get(url("show", batch)).status_code == 404


def test_only_dispatchers_of_the_area_see_an_import(cast: Cast, previewed: Send) -> None:
    batch = previewed()
    pages = [url(name, batch) for name in ("show", "progress")]
    posts = [url(name, batch) for name in ("correct", "start", "undo", "discard")]
    expected = {
        cast.colleague: 200,
        cast.outsider: 404,
        cast.auditor: 403,
        cast.admin: 403,
        cast.proxy: 403,
        cast.resident: 403,
        cast.volunteer.user: 403,
    }
    for user, status in expected.items():
        client = browser(user)
        assert [client.get(place).status_code for place in pages] == [status] * 2, user
        if status != 200:
            assert [client.post(place).status_code for place in posts] == [status] * 4, user
        for place in (reverse("desk_imports:index"), reverse("desk_imports:new")):
            assert client.get(place).status_code == (403 if status == 403 else 200), user
    assert batch.file_name not in words(browser(cast.outsider).get(reverse("desk_imports:index")))
    assert batch.file_name in words(browser(cast.colleague).get(reverse("desk_imports:index")))
    assert "/desk/imports/" not in browser(cast.auditor).get(reverse("desk:queue")).content.decode()
    assert Client().get(pages[0]).status_code == 302
    assert browser(cast.dispatcher).get(posts[0]).status_code == 405


def test_the_list_asks_the_same_however_many_imports_there_are(
    desk: Client, cast: Cast, previewed: Send, django_assert_max_num_queries: Any
) -> None:
    for _each in range(22):
        previewed(["x"], head=["标题"])
    with django_assert_max_num_queries(12):
        page = desk.get(reverse("desk_imports:index")).content.decode()
    assert page.count("backlog.xlsx") == 20
    found = re.search(r'rel="next" href="(\?[^"]+)"', page)
    assert (
        found
        and desk.get(reverse("desk_imports:index") + found[1]).content.decode().count("backlog.xlsx") == 2
    )
