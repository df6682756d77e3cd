"""Checking in by camera: the resident's square is read on the phone; where there is no camera the six digits stay."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from civic.lib import clock
from requests_app.models import Assignment, ServiceRequest
from tests.browser.camera import film, filming, photographed
from tests.browser.conftest import Visitor, wait_until_served
from tests.browser.pages import check_page
from tests.browser.people import press_main, sign_in_by_phone
from tests.cast import Cast

Visit = Callable[..., Visitor]
# As in WeChat's older browsers, and in a browser that has never heard of the camera.
WITHOUT_CAMERA = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined })"


def soon(cast: Cast) -> ServiceRequest:
    """Returns a request that the volunteer has accepted and that begins now."""
    return cast.accepted(preferred_start=clock.now() + timedelta(seconds=90), preferred_end=None)


def door(request: ServiceRequest, code: str = "") -> str:
    """Returns the path that the resident's square leads to."""
    return f"{reverse('v:check_in', args=[request.pk])}?code={code or request.check_in_code}"


@pytest.fixture
def camera(chromium: Browser, live_server: Any, tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Returns a function that opens a volunteer's browser whose camera sees the square of a text."""
    opened: list[tuple[Any, Visitor]] = []

    def seeing(text: str, cast: Cast) -> Visitor:
        holding = filming(chromium, film(photographed(text), tmp_path / "square.y4m"))
        context = holding.__enter__().new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", permissions=["camera"]
        )
        visitor = Visitor(context, live_server.url)
        visitor.sign_in(cast.volunteer.user)
        opened.append((holding, visitor))
        return visitor

    yield seeing
    errors = [error for _, visitor in opened for error in visitor.errors]
    for holding, visitor in opened:
        visitor.context.close()
        holding.__exit__(None, None, None)
    wait_until_served()
    assert errors == []


def asked_of(page: Page) -> list[str]:
    """Returns a list that grows with every address the page asks for, other servers' too."""
    found: list[str] = []
    page.on("request", lambda call: found.append(call.url))
    return found


def test_the_camera_reads_the_residents_square_and_checks_in(
    camera: Callable[..., Visitor], cast: Cast, live_server: Any
) -> None:
    request = soon(cast)
    visitor = camera(live_server.url + door(request), cast)
    asked = asked_of(visitor.page)
    page = visitor.go(reverse("v:check_in", args=[request.pk]))
    assert not any("decode" in url for url in asked)  # loaded when it is needed, not before
    page.locator("[data-scan-on]").click()
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    part = Assignment.objects.get()
    assert (part.state, part.check_in_by) == ("in_service", "code")
    hosts = {urlsplit(url).netloc for url in asked}
    assert hosts == {urlsplit(live_server.url).netloc}
    assert not any(request.check_in_code in url for url in asked)


@pytest.mark.parametrize("what", ["another task", "something else"])
def test_a_strange_square_is_said_to_be_one_and_sends_nothing(
    camera: Callable[..., Visitor], cast: Cast, live_server: Any, what: str
) -> None:
    request = soon(cast)
    other = reverse("v:check_in", args=[request.pk + 1]) + "?code=123456"
    visitor = camera(live_server.url + other if what == "another task" else "https://example.org/win", cast)
    page = visitor.go(reverse("v:check_in", args=[request.pk]))
    page.locator("[data-scan-on]").click()
    expect(page.locator("[data-scan-note]")).to_be_visible()
    expect(page.locator("[data-scan-video]")).to_be_visible()
    check_page(page)
    page.locator("[data-scan-off]").click()
    expect(page.locator("[data-scan-video]")).to_be_hidden()
    assert urlsplit(page.url).path == reverse("v:check_in", args=[request.pk])
    assert page.input_value("[name=code]") == ""
    assert Assignment.objects.get().state == "accepted"


@pytest.mark.parametrize("why", ["no way to the camera", "refused"])
@pytest.mark.parametrize(
    "mode", [{}, {"elder": True, "language": "en", "width": 360}], ids=["plain", "elder"]
)
def test_where_there_is_no_camera_it_says_so_and_the_digits_stay(
    visit: Visit, cast: Cast, why: str, mode: dict[str, Any]
) -> None:
    request = soon(cast)
    visitor = visit(user=cast.volunteer.user, **mode)
    if why == "refused":
        visitor.page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); }"
        )
    else:
        visitor.page.add_init_script(WITHOUT_CAMERA)
    page = visitor.go(reverse("v:check_in", args=[request.pk]))
    if why == "refused":
        page.locator("[data-scan-on]").click()
    else:
        expect(page.locator("[data-scan-on]")).to_be_hidden()
    expect(page.locator("[data-scan-note]")).to_be_visible()
    check_page(page)
    page.fill("[name=code]", request.check_in_code)
    press_main(page)
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    assert Assignment.objects.get().check_in_by == "code"


def test_the_phones_own_camera_leads_through_signing_in_to_the_page_with_the_code(
    visit: Visit, cast: Cast
) -> None:
    request = soon(cast)
    page = visit().go(door(request))
    sign_in_by_phone(page, cast.volunteer.user.phone.removeprefix("+86"), check_page)
    page.wait_for_url(f"**{door(request)}")
    assert page.input_value("[name=code]") == request.check_in_code
    assert Assignment.objects.get().state == "accepted"  # opening it changes nothing
    check_page(page)
    press_main(page)
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    assert Assignment.objects.get().state == "in_service"


def test_the_square_of_somebody_elses_task_opens_nothing(visit: Visit, cast: Cast) -> None:
    request = soon(cast)
    visitor = visit(user=cast.second.user)
    answer = visitor.page.goto(visitor.base + door(request))
    assert answer is not None and answer.status == 404
    assert settings.SECURE_REFERRER_POLICY == "same-origin"  # nobody else learns the address either
