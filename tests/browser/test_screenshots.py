"""Pictures for README and guides, of an invented city on a Wednesday morning.

They go to var/screenshots; to renew those in the documents:
`PICTURES=docs/screenshots script/test --full tests/browser/test_screenshots.py`.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as project
from django.db.models import QuerySet
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.cases.models import Approval, Timer
from civic.cases.timers import STUCK_AFTER
from civic.lib import clock
from civic.notify import deliver, heartbeat
from civic.notify.models import Message
from civic.operations import work
from civic.operations.tasks import canary
from insight.demo import load, people
from insight.demo.plan import Size
from requests_app.actions import act
from requests_app.models import Assignment, Plan, ServiceRequest
from tests.browser.conftest import Visitor
from tests.cast import Cast
from tests.requests_app.tables import look_alike
from volunteers import actions as volunteer_actions
from volunteers.models import Volunteer

Visit = Callable[..., Visitor]
FOLDER = Path(project.BASE_DIR) / os.environ.get("PICTURES", "var/screenshots")
ELSEWHERE = ("backlog-", "operations-")  # taken by tests of their own
KEPT = Path(project.BASE_DIR) / "docs" / "screenshots"
CITY = Size("pictures", volunteers=90, residents=50, requests=110, past=4)
PHONE, DESKTOP = {"width": 390, "scale": 2}, {"width": 1440}
WAYS: dict[str, dict[str, Any]] = {  # the main pages as others see them
    "en-phone": {"language": "en", **PHONE},
    "elder-en-small": {"language": "en", "elder": True, "width": 360, "scale": 2},
    "dark-wide": {"dark": True, "width": 1920},
}
COLOURS, MOST_BYTES = 128, 200_000
DRIPS = {
    "zh-hans": "厨房水龙头一直滴水，关不紧。",
    "en": "The kitchen tap keeps dripping, it does not close.",
}
PHONE_HEIGHT = 1200  # what is cut off below says nothing new

pytestmark = pytest.mark.full


def wednesday() -> datetime:
    """Returns the next Wednesday, half past ten: the desk is at work."""
    now = timezone.localtime()
    day = now + timedelta(days=(2 - now.weekday()) % 7 or 7)
    return day.replace(hour=10, minute=30, second=0, microsecond=0)


@pytest.fixture
def morning(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[datetime]:
    """The city at that moment; its clock goes on from there, in the server too."""
    settings.STAFF_SECOND_FACTOR = False
    settings.CIVIC_HOME = tmp_path / "home"
    moment = wednesday()
    with time_machine.travel(moment, tick=True):
        areas.forget()
        load.load(CITY, until=moment)
        yield moment


class Camera:
    """Somebody's browser whose pages are kept as small pictures."""

    def __init__(self, visit: Visit, morning: datetime, **mode: Any) -> None:
        self.visitor = visit(**mode)
        self.visitor.context.clock.set_system_time(morning)
        self.page: Page = self.visitor.page

    def take(self, name: str, path: str = "") -> None:
        """Keeps what is shown, or what `path` shows, as `name`.png."""
        if path:
            self.visitor.go(path)
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        wide = self.page.viewport_size or {"width": 390, "height": 844}
        height = wide["height"]
        if wide["width"] < 800:
            height = min(PHONE_HEIGHT, self.page.evaluate("document.documentElement.scrollHeight"))
            self.page.set_viewport_size({"width": wide["width"], "height": max(height, wide["height"])})
        shot = self.page.screenshot(animations="disabled")
        self.page.set_viewport_size(wide)  # type: ignore[arg-type]
        FOLDER.mkdir(parents=True, exist_ok=True)
        target = FOLDER / f"{name}.png"
        picture = Image.open(BytesIO(shot)).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
        assert target.stat().st_size < MOST_BYTES, name


def user(username: str) -> User:
    """Returns one of the people of the tour."""
    return User.objects.get(username=username)


def test_pictures_of_every_role(visit: Visit, morning: datetime, tmp_path: Path) -> None:
    residents(visit, morning)
    volunteers(visit, morning)
    dispatchers(visit, morning, tmp_path)
    administrators(visit, morning)
    for language, tag in (("zh-hans", ""), ("en", "-en")):
        under_time(visit, morning, language, tag)
    for tag, mode in WAYS.items():
        main_pages(visit, morning, tag, mode)
    taken = {each.name for each in FOLDER.glob("*.png")}
    assert {each.name for each in KEPT.glob("*.png") if not each.name.startswith(ELSEWHERE)} <= taken


def test_pictures_of_the_operations_page(visit: Visit, cast: Cast, settings: Any) -> None:
    """Taken in the present: one check compares this machine's clock with the database's."""
    settings.STAFF_SECOND_FACTOR = False
    request = cast.offered()
    deliver.sweep()
    for name in work.SWEEPERS:
        heartbeat.beat(name)
    for queue in project.TASK_QUEUES:
        canary(queue)
    now = clock.now()
    Timer.objects.filter(
        kind="request", case_id=request.pk, name="expire_offer", fired_at=None, voided_at=None
    ).update(
        attempts=STUCK_AFTER, last_error="OperationalError('disk full')", run_at=now + timedelta(hours=1)
    )
    text = Message.objects.filter(channel="sms", user=cast.resident)
    text.update(state="dead", last_error="isv.MOBILE_NUMBER_ILLEGAL: 号码不正确")
    admin = cast.staff("郑洁", "+8613800000051", Role.ADMIN, cast.city)
    for language, tag in (("zh-hans", ""), ("en", "-en")):
        camera = Camera(visit, now, user=admin, language=language, **DESKTOP)
        camera.visitor.go("/desk/operations/")
        expect(camera.page.locator(".ops-more .btn")).to_have_count(1)  # the timer can be tried again
        camera.take(f"operations{tag}-desktop")


def residents(visit: Visit, morning: datetime) -> None:
    """Home, asking, following, rating; for elders, in the dark, on a wide screen."""
    chen = user("resident-chen")
    coming = ServiceRequest.objects.filter(state="accepted", beneficiary=chen).latest("pk")
    done = ServiceRequest.objects.filter(state="completed", beneficiary=chen).latest("pk")
    stranger = Camera(visit, morning, **PHONE)
    stranger.take("home-phone", "/")
    stranger.page.locator(".tile").nth(1).click()
    stranger.page.fill("textarea", DRIPS["zh-hans"])
    stranger.take("new-what-phone")
    stranger.page.locator(".dock .btn.main").click()
    stranger.page.wait_for_url("**/where/")
    stranger.take("new-where-phone")
    stranger.take("sign-in-phone", "/accounts/login/")
    resident = Camera(visit, morning, user=chen, **PHONE)
    resident.take("track-phone", f"/track/{coming.code}/")
    resident.take("rate-phone", f"/track/{done.code}/rate/")
    elder = Camera(visit, morning, user=chen, elder=True, **PHONE)
    elder.take("home-elder-phone", "/")
    elder.take("track-elder-phone", f"/track/{coming.code}/")
    Camera(visit, morning, user=chen, **DESKTOP).take("home-desktop", "/")


def volunteers(visit: Visit, morning: datetime) -> None:
    """Offers, a task, the record."""
    zhang = user("volunteer-zhang")
    task = Assignment.objects.filter(volunteer__user=zhang, state="accepted").latest("pk")
    volunteer = Camera(visit, morning, user=zhang, **PHONE)
    volunteer.take("offers-phone", "/v/")
    volunteer.take("task-phone", f"/v/tasks/{task.request_id}/")
    volunteer.take("check-in-phone", f"/v/tasks/{task.request_id}/check-in/")
    volunteer.take("record-phone", "/v/record/")
    say_when_and_how_far(zhang.volunteer, morning)
    volunteer.take("times-phone", "/v/profile/times/")
    volunteer.take("wishes-phone", "/v/profile/wishes/")
    Camera(visit, morning, user=zhang, dark=True, **PHONE).take("offers-dark-phone", "/v/")


def say_when_and_how_far(person: Volunteer, morning: datetime) -> None:
    """The volunteer has evenings and Saturdays, not the week after next, and does not go far."""
    own: dict[str, Any] = {"actor": person.user}
    volunteer_actions.change_times(person, "add_hours", weekdays=[1, 3], starts=18 * 60, ends=21 * 60, **own)
    volunteer_actions.change_times(person, "add_hours", weekdays=[6], starts=9 * 60, ends=12 * 60, **own)
    away = morning.date() + timedelta(days=12)
    volunteer_actions.change_times(person, "add_days_off", first=away, last=away + timedelta(days=6), **own)
    volunteer_actions.update(person, radius_m=3000, weekly_limit=3, **own)


def dispatchers(visit: Visit, morning: datetime, tmp_path: Path) -> None:
    """The desk in light, dark, English and on a phone; call-back, volunteers, import."""
    desk = user("qinghe-desk")
    wide = Camera(visit, morning, user=desk, **DESKTOP)
    for name, mode in (
        ("desk-desktop", {}),
        ("desk-dark-desktop", {"dark": True}),
        ("desk-en-desktop", {"language": "en"}),
    ):
        camera = Camera(visit, morning, user=desk, **DESKTOP, **mode) if mode else wide
        camera.visitor.go("/desk/?tab=new")
        expect(camera.page.locator("#case-title")).to_be_visible()
        camera.page.keyboard.press("1")
        camera.take(name)
    Camera(visit, morning, user=desk, **PHONE).take("desk-phone", "/desk/?tab=new")
    on_the_map(Camera(visit, morning, user=desk, **DESKTOP))
    colleague = Camera(visit, morning, user=user("qinghe-callback"), **DESKTOP)
    done = ServiceRequest.objects.filter(state="completed", beneficiary=user("resident-chen")).latest("pk")
    colleague.visitor.go(f"/desk/requests/{done.pk}/")
    colleague.page.locator(".act a[href*='/do/call_back/']").first.click()
    expect(colleague.page.locator("#verb form")).to_be_visible()
    colleague.take("call-back-desktop")
    wide.take("desk-new-desktop", "/desk/new/")
    plan = f"/desk/plan/{Plan.objects.get().pk}/"
    for camera, tag in ((wide, ""), (Camera(visit, morning, user=desk, language="en", **DESKTOP), "-en")):
        camera.take(f"today{tag}-desktop", "/desk/today/")
        camera.take(f"plan{tag}-desktop", plan)
    Camera(visit, morning, user=desk, **PHONE).take("plan-phone", plan)
    wide.take("volunteers-desktop", "/desk/volunteers/?state=approved")
    wide.visitor.go("/desk/imports/new/")
    wide.page.set_input_files("[name=file]", str(look_alike(tmp_path / "积压诉求.xlsx", 60)))
    wide.page.select_option("[name=category]", "other")
    wide.take("import-desktop")


def on_the_map(camera: Camera) -> None:
    """The queue as a map, with the candidates of a request beside it."""
    camera.visitor.go("/desk/?tab=open").locator(".view-q [data-view=map]").click()
    expect(camera.page.locator("[data-map-told]")).to_contain_text("超期")
    qinghe = areas.tree().by_code[people.QINGHE].pk
    waiting = ServiceRequest.objects.filter(state="submitted", district_id=qinghe, lat__isnull=False)
    request = waiting.filter(confidential=False).latest("pk")
    camera.visitor.go(f"/desk/requests/{request.pk}/?tab=open")
    expect(camera.page.locator(".cand").first).to_be_visible()
    camera.take("desk-map-desktop")


def administrators(visit: Visit, morning: datetime) -> None:
    """The Django admin."""
    Camera(visit, morning, user=user("city-admin"), **DESKTOP).take("admin-desktop", "/admin/")


def under_time(visit: Visit, morning: datetime, language: str, tag: str) -> None:
    """Referred, joined, late, approved by a second person; the calendar and the messages, in one language."""
    qinghe = areas.tree().by_code[people.QINGHE].pk
    open_ones = ServiceRequest.objects.filter(district_id=qinghe, confidential=False).order_by("-pk")
    late = open_ones.filter(state="referred", referrals__unit__contact_phone="0530-5550603").first()
    for state in ("referred", "merged"):
        request = open_ones.filter(state=state, beneficiary__isnull=False).first()
        assert request is not None
        phone = Camera(visit, morning, user=request.beneficiary, language=language, **PHONE)
        phone.take(f"track-{state}{tag}-phone", f"/track/{request.code}/")
    officer = Camera(visit, morning, user=user("qinghe-chengguan"), language=language, **PHONE)
    officer.visitor.go("/unit/").locator(".unit-line").first.click()
    officer.page.wait_for_url("**/unit/requests/**")
    officer.take(f"unit{tag}-phone")
    desk = Camera(visit, morning, user=user("qinghe-desk"), language=language, **DESKTOP)
    assert late is not None
    desk.visitor.go(f"/desk/requests/{late.pk}/").locator("details:has(.clock-line) > summary").click()
    desk.page.locator("details:has(.clock-line)").scroll_into_view_if_needed()
    desk.take(f"clocks{tag}-desktop")
    propose_an_exemption(open_ones)
    colleague = Camera(visit, morning, user=user("qinghe-callback"), language=language, **DESKTOP)
    colleague.take(f"approvals{tag}-desktop", "/desk/approvals/")
    admin = Camera(visit, morning, user=user("city-admin"), language=language, **DESKTOP)
    for name, path in (
        ("calendar", f"/desk/calendar/?month={morning.year}-02"),
        ("messages", "/desk/messages/request.placed/sms/"),
        ("rates", "/insight/"),
    ):
        admin.take(f"{name}{tag}-desktop", path)


def main_pages(visit: Visit, morning: datetime, tag: str, mode: dict[str, Any]) -> None:
    """Home, a new request, its progress, a volunteer's offers and the desk, in one language, size and light."""
    chen = user("resident-chen")
    coming = ServiceRequest.objects.filter(state="accepted", beneficiary=chen).latest("pk")
    resident = Camera(visit, morning, user=chen, **mode)
    resident.take(f"home-{tag}", "/")
    resident.page.locator(".tile").nth(1).click()
    resident.page.fill("textarea", DRIPS["en" if mode.get("language") == "en" else "zh-hans"])
    resident.take(f"new-{tag}")
    resident.take(f"track-{tag}", f"/track/{coming.code}/")
    Camera(visit, morning, user=user("volunteer-zhang"), **mode).take(f"offers-{tag}", "/v/")
    desk = Camera(visit, morning, user=user("qinghe-desk"), **mode)
    desk.visitor.go("/desk/?tab=new")
    if mode["width"] > PHONE["width"]:
        expect(desk.page.locator("#case-title")).to_be_visible()
    desk.take(f"desk-{tag}")


def propose_an_exemption(requests: QuerySet[ServiceRequest]) -> None:
    """The desk proposes to leave two closed requests out of the rates, unless it has done so before."""
    if Approval.objects.filter(state="open", verb="exempt").exists():
        return
    facts = {"reason_code": "unreachable", "text": "三次去电均无人接听，通话记录已存档。"}
    for request in requests.filter(state="closed", exempt_reason="")[:2]:
        act(request, "exempt", actor=user("qinghe-desk"), **facts)
