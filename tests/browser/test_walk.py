"""The main job, walked in three browsers: a resident asks, a dispatcher sends, volunteers serve, the resident rates."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.urls import reverse
from playwright.sync_api import expect

from requests_app.models import ServiceRequest
from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.people import Look, poll_now, sign_in_by_phone, sign_in_staff
from tests.cast import Cast
from volunteers.models import RecordConfirmation, ServiceRecord

Visit = Callable[..., Visitor]
VNU = Path(project.BASE_DIR) / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
RESIDENT, ENGLISH_RESIDENT = "13912345678", "13912345679"


@pytest.fixture(autouse=True)
def _staff_by_password(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


def one_helper(visit: Visit, cast: Cast) -> Look:
    """A stranger on a phone, a dispatcher at a desk, a volunteer on a phone; returns what was looked at."""
    look = Look("zh-hans")
    at_home, at_desk, on_the_way = visit(), visit(width=1440), visit()
    for visitor in (at_home, at_desk, on_the_way):
        look.follow(visitor)
    resident, volunteer = at_home.page, on_the_way.page

    people.ask_for_help(at_home.go("/"), look, text="腿疼，想请人代买一袋米。", name="何秀英")
    resident.wait_for_url("**/login/**")
    sign_in_by_phone(resident, RESIDENT, look)
    request = people.follow_the_new_one(resident, look)
    expect(resident.locator(".head .tag")).to_have_text("待派单")
    expect(resident.locator(".tl .now")).to_contain_text("已点单")

    desk = sign_in_staff(at_desk, cast.dispatcher, look, "/desk/?tab=new")
    look(desk)
    people.offer(desk, look, request, "张建国")
    poll_now(resident, "#progress")
    expect(resident.locator(".head .tag")).to_have_text("派单中")

    on_the_way.go(reverse("v:home"))
    sign_in_by_phone(volunteer, "13800000011", look)
    people.accept(volunteer, look, request)
    expect(volunteer.locator("main")).to_contain_text("荷花里小区 3 号楼 2 单元 502")

    poll_now(resident, "#progress")
    expect(resident.locator(".head .tag")).to_have_text("已接单")
    expect(resident.locator(".who")).to_contain_text(cast.volunteer.number)
    look(resident)
    people.check_in(volunteer, look, resident.locator(".door-code .code").inner_text())
    poll_now(resident, "#progress")
    expect(resident.locator(".head .tag")).to_have_text("服务中")
    people.complete(volunteer, look, "米已放在厨房。")

    people.rate(resident, look, stars=5, words="小张很耐心，谢谢！")
    expect(resident.locator(".head")).to_contain_text("已办结")
    resident.goto(at_home.base + "/me/")
    look(resident)

    desk.reload()
    expect(desk.locator(".head-case")).to_contain_text("已办结")
    look(desk)
    volunteer.goto(on_the_way.base + reverse("v:record"))
    expect(volunteer.locator("main")).to_contain_text("已确认")
    look(volunteer)
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("closed", "solved")
    assert RecordConfirmation.objects.get().how == "rating"
    return look


def in_english(visit: Visit, cast: Cast) -> Look:
    """The same in English and shorter: through the open pool, by a volunteer on a wide screen."""
    look = Look("en")
    for user in (cast.dispatcher, cast.second.user):
        user.language = "en"
        user.save()
    at_home, at_desk, on_the_way = (visit(language="en", width=width) for width in (390, 1440, 768))
    for visitor in (at_home, at_desk, on_the_way):
        look.follow(visitor)
    resident, volunteer = at_home.page, on_the_way.page

    people.ask_for_help(at_home.go("/"), look, text="Please fetch my medicine.", name="Helen Ho")
    resident.wait_for_url("**/login/**")
    sign_in_by_phone(resident, ENGLISH_RESIDENT, look)
    request = people.follow_the_new_one(resident, look)

    desk = sign_in_staff(at_desk, cast.dispatcher, look, "/desk/?tab=new")
    desk.locator(f"[data-row='{request.pk}'] a").click()
    expect(desk.locator(".head-case .code")).to_have_text(request.code)
    desk.locator("button[name=pool]").click()
    expect(desk.locator(".people")).to_contain_text("Open pool")
    look(desk)

    on_the_way.go(reverse("v:home"))
    sign_in_by_phone(volunteer, "13800000012", look)
    people.accept(volunteer, look, request)
    request.refresh_from_db()
    people.check_in(volunteer, look, request.check_in_code)
    people.complete(volunteer, look, "Done.")
    people.rate(resident, look, stars=4)
    expect(resident.locator(".head .tag")).to_have_text("Closed")
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("closed", "solved")
    return look


def test_three_people_take_a_request_from_asking_to_rating(visit: Visit, cast: Cast) -> None:
    one_helper(visit, cast)


@pytest.mark.full
def test_three_people_do_it_in_english(visit: Visit, cast: Cast) -> None:
    in_english(visit, cast)


@pytest.mark.full
def test_two_helpers_share_one_request(visit: Visit, cast: Cast) -> None:
    look = Look("zh-hans")
    at_home, at_desk = visit(user=cast.resident), visit(width=1440, user=cast.dispatcher)
    first, second = visit(user=cast.volunteer.user), visit(user=cast.second.user)
    for visitor in (at_home, at_desk, first, second):
        look.follow(visitor)
    resident = at_home.page

    people.ask_for_help(at_home.go("/"), look, text="搬一张大床到楼上。", name="陈桂兰", headcount=2)
    request = people.follow_the_new_one(resident, look)
    people.offer(at_desk.go("/desk/?tab=new"), look, request, "张建国", "刘芳")

    people.accept(first.go(reverse("v:home")), look, request)
    assert state_of(request) == "offered"
    resident.reload()
    expect(resident.locator(".who")).to_have_count(1)
    people.accept(second.go(reverse("v:home")), look, request)
    assert state_of(request) == "accepted"
    resident.reload()
    expect(resident.locator(".who")).to_have_count(2)
    look(resident)
    code = resident.locator(".door-code .code").inner_text()

    people.check_in(first.page, look, code)
    people.check_in(second.page, look, code)
    expect(second.page.locator(".task-head")).to_contain_text("还有 1 位志愿者")
    people.complete(first.page, look, "床头已搬好。")
    assert state_of(request) == "in_service"
    desk = at_desk.go(f"/desk/requests/{request.pk}/")
    look(desk)
    people.complete(second.page, look, "床尾也好了。")
    assert state_of(request) == "completed"
    assert (ServiceRecord.objects.count(), RecordConfirmation.objects.count()) == (2, 0)

    people.rate(resident, look, stars=5)
    assert state_of(request) == "closed"
    assert RecordConfirmation.objects.count() == 2


def state_of(request: ServiceRequest) -> str:
    """Returns the state as it stands in the database."""
    request.refresh_from_db()
    return request.state


@pytest.mark.full
def test_every_page_on_the_way_is_valid_html(visit: Visit, cast: Cast, tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("NO JAVA: the HTML of the walk was not validated. Install a Java runtime.")
    looked = [one_helper(visit, cast), in_english(visit, cast)]
    for look in looked:
        for name, html in look.seen.items():
            (tmp_path / f"{look.language}-{name}.html").write_text(html, encoding="utf-8")
    command = [java, "-Xmx256m", "-jar", str(VNU), "--errors-only", "--format", "text", str(tmp_path)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert sum(len(look.seen) for look in looked) > 80
    assert checked.returncode == 0, checked.stderr.replace(str(tmp_path), "")[:4000]
