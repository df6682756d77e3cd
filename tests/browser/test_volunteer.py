"""A volunteer at a browser: registers, answers with one thumb, checks in, finishes; every page looked at."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, expect

from civic.lib import clock
from requests_app import actions
from requests_app.models import Assignment, Offer, ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.browser.test_resident_pages import sign_in_by_phone
from tests.cast import Cast
from volunteers import actions as volunteer_actions
from volunteers.models import ServiceRecord, Volunteer

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 390}, id="phone"),
    pytest.param(
        {"width": 360, "language": "en", "elder": True}, id="elder-english-360", marks=pytest.mark.full
    ),
    pytest.param({"width": 1440, "dark": True}, id="desktop-dark", marks=pytest.mark.full),
    pytest.param({"width": 768, "language": "en"}, id="tablet-english", marks=pytest.mark.full),
]


def task(request: ServiceRequest, name: str = "task") -> str:
    """Returns the address of a task's page."""
    return reverse(f"v:{name}", args=[request.pk])


def pooled(cast: Cast) -> ServiceRequest:
    """Returns a request in the open pool, for three people."""
    request = cast.place(headcount=3, preferred_start=clock.now() + timedelta(days=4), preferred_end=None)
    return actions.act(
        request, "offer", actor=cast.dispatcher, pool=True, agreed_start=request.preferred_start
    )


def press_main(page: Page) -> None:
    """Presses the red button of the dock."""
    page.locator(".dock .btn.main").click()


@pytest.mark.parametrize("mode", MODES)
def test_a_volunteer_accepts_checks_in_by_place_and_finishes(
    visit: Visit, cast: Cast, mode: dict[str, object], tmp_path: Path
) -> None:
    photo = tmp_path / "done.png"
    Image.new("RGB", (1200, 900), "#668844").save(photo)
    request = cast.offered()
    pooled(cast)
    page = visit(**mode, user=cast.volunteer.user).go(reverse("v:home"))
    expect(page.locator(".offer")).to_have_count(2)
    check_page(page)
    page.locator(".offer.direct h2 a").click()
    check_page(page)
    page.locator(".offer .yes button").click()
    page.wait_for_selector(".dock")
    check_page(page)
    expect(page.locator("a[href='tel:+8613800000001']").first).to_be_visible()
    page.goto(page.url.replace(task(request), reverse("v:tasks")))
    check_page(page)
    page.locator(".task-line").click()
    press_main(page)
    page.wait_for_url("**/check-in/")
    check_page(page)
    page.locator("[data-here-ask]").click()
    page.wait_for_url("**" + task(request))
    assert Assignment.objects.get().check_in_by == "place"
    check_page(page)
    press_main(page)
    page.wait_for_url("**/complete/")
    page.set_input_files("input[type=file]", [str(photo)])
    expect(page.locator(".photo input[name=photos]")).to_have_count(1)
    page.fill("textarea", "药已经取到。")
    check_page(page)
    press_main(page)
    page.wait_for_url("**" + task(request))
    check_page(page)
    assert ServiceRecord.objects.get().minutes == 1
    expect(page.locator(".photo")).to_have_count(1)
    page.locator(".tabs a").nth(2).click()
    page.wait_for_url("**/record/")
    check_page(page)


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_every_other_page_of_a_volunteer_bears_a_look(
    visit: Visit, cast: Cast, mode: dict[str, object]
) -> None:
    open_start = actions.act(cast.place(), "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    pool = pooled(cast)
    accepted = cast.accepted(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    moved = cast.accepted(preferred_start=clock.now() + timedelta(days=6), preferred_end=None)
    actions.act(moved, "amend", actor=cast.dispatcher, agreed_start=clock.now() + timedelta(days=7))
    serving = cast.in_service(preferred_start=clock.now() + timedelta(days=9), preferred_end=None)
    visitor = visit(**mode, user=cast.volunteer.user)
    for path in (
        reverse("v:home"),
        task(open_start),
        task(open_start, "accept"),
        task(pool),
        task(moved),
        task(accepted, "give_up"),
        task(accepted, "concern"),
        task(serving),
        task(serving, "abort"),
        reverse("v:tasks"),
        reverse("v:profile"),
    ):
        check_page(visitor.go(path))


def test_declining_opens_reasons_and_one_of_them_is_the_whole_answer(visit: Visit, cast: Cast) -> None:
    request = cast.offered()
    page = visit(user=cast.volunteer.user).go(reverse("v:home"))
    page.locator(".not-now summary").click()
    check_page(page)
    page.locator(".reasons button[value=far]").click()
    expect(page.locator(".toast")).to_be_visible()
    expect(page.locator(".offer")).to_have_count(0)
    check_page(page)
    assert Offer.objects.get(request=request).reason_code == "far"


def test_a_claim_that_comes_too_late_is_explained_in_place(visit: Visit, cast: Cast) -> None:
    request = pooled(cast)
    page = visit(user=cast.volunteer.user).go(task(request))
    actions.act(request, "cancel", actor=cast.resident)
    page.locator(".offer .btn.main").click()
    expect(page.locator("main .empty")).to_be_visible()
    check_page(page)


def test_everything_but_the_phones_position_works_without_scripts(visit: Visit, cast: Cast) -> None:
    request = cast.offered()
    page = visit(user=cast.volunteer.user, scripts=False).go(reverse("v:home"))
    page.locator(".offer .yes button").click()
    press_main(page)
    expect(page.locator("[data-here-ask]")).to_be_hidden()
    page.fill("[name=code]", request.check_in_code)
    press_main(page)
    press_main(page)
    page.fill("[name=minutes]", "1")
    press_main(page)
    expect(page.locator(".note.ok")).to_be_visible()
    assert Assignment.objects.get().state == "completed"


def test_where_the_phone_is_refused_the_code_is_asked_for(visit: Visit, cast: Cast) -> None:
    request = cast.accepted()
    visitor = visit(user=cast.volunteer.user)
    visitor.context.clear_permissions()
    page = visitor.go(task(request, "check_in"))
    page.locator("[data-here-ask]").click()
    expect(page.locator("[data-here-note]")).to_be_visible()
    check_page(page)


@pytest.mark.parametrize("mode", MODES)
def test_a_stranger_registers_by_phone_and_waits(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    page = visit(**mode).go(reverse("v:home"))
    sign_in_by_phone(page, "13900001111")
    page.wait_for_url("**/v/")
    check_page(page)
    page.locator(".welcome .btn.main").click()
    check_page(page)
    page.locator("[data-here-ask]").click()
    page.wait_for_selector("[name=birth_date]")
    check_page(page)
    press_main(page)
    expect(page.locator(".error-summary")).to_be_visible()
    check_page(page)
    page.fill("[name=name]", "何建军")
    page.fill("[name=birth_date]", "1961-03-08")
    page.locator(".skill label").nth(2).click()
    page.locator("[name=terms]").check()
    press_main(page)
    page.wait_for_url("**/v/")
    check_page(page)
    made = Volunteer.objects.get(user__name="何建军")
    assert (made.state, made.area) == ("applied", cast.grid)


@pytest.mark.parametrize("verb", ["refuse", "suspend"])
def test_who_may_not_serve_reads_whom_to_call(visit: Visit, cast: Cast, verb: str) -> None:
    person = cast.volunteer
    if verb == "refuse":
        person = volunteer_actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[])
    volunteer_actions.decide(person, verb, actor=cast.dispatcher, reason="…")
    page = visit(user=person.user).go(reverse("v:home"))
    expect(page.locator("a[href^='tel:']").first).to_be_visible()
    check_page(page)
