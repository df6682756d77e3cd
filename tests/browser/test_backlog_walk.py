"""A district's first day: a messy file comes in through the pages, ten of its requests are worked through."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from civic.lib import clock
from requests_app import actions
from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportBatch, ServiceRequest
from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.people import Look
from tests.cast import Cast
from tests.requests_app.tables import look_alike
from volunteers.models import RecordConfirmation, Volunteer

Visit = Callable[..., Visitor]
ROWS, WORKED_THROUGH, BY_PAGES = 120, 10, 2


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"
    settings.STAFF_SECOND_FACTOR = False


def take_in(page: Page, look: Look, path: Path) -> ImportBatch:
    """Uploads, looks, starts and ends at the queue of what came in; does the worker's part meanwhile."""
    look(page)
    page.set_input_files("[name=file]", str(path))
    page.select_option("[name=category]", "other")
    page.locator("main form button.main").click()
    expect(page.locator(".im-busy progress")).to_be_visible()
    batch = ImportBatch.objects.get()
    BACKLOG.work(batch.pk)
    page.wait_for_selector("[data-import-columns]")
    look(page)
    page.locator("[data-import-start]").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".im-busy progress")).to_have_attribute("max", str(ROWS))
    BACKLOG.work(batch.pk)
    page.wait_for_selector(".nums")
    look(page)
    page.locator(".im-next a.btn.main").click()
    page.wait_for_url("**batch=**")
    return batch


def serve(request: ServiceRequest, volunteer: Volunteer) -> None:
    """The volunteer takes, begins and finishes it, by the actions that the pages call."""
    actions.act(request, "accept", actor=volunteer.user)
    actions.act(request, "check_in", actor=volunteer.user, reason="居民没有手机，人已在家门口。")
    actions.act(request, "complete", actor=volunteer.user, note="已处理。")


def skip(page: Page) -> None:
    """Looks at nothing: the same page was looked at for an earlier request."""


@pytest.mark.full
def test_ten_requests_of_a_backlog_are_dispatched_served_and_closed_by_call_back(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    look = Look("zh-hans")
    at_desk, on_the_way = visit(width=1440, user=cast.dispatcher), visit(user=cast.volunteer.user)
    for visitor in (at_desk, on_the_way):
        look.follow(visitor)
    desk = at_desk.go("/desk/imports/new/")
    take_in(desk, look, look_alike(tmp_path / "积压诉求.xlsx", ROWS, empty_rows=500))
    queue = desk.url
    shown = [int(row.get_attribute("data-row") or 0) for row in desk.locator("[data-row]").all()]
    worked = list(ServiceRequest.objects.in_bulk(shown[:WORKED_THROUGH]).values())

    helpers = [cast.volunteer] * BY_PAGES + [cast.second, cast.third] * WORKED_THROUGH
    for number, (request, helper) in enumerate(zip(worked, helpers, strict=False)):
        day = timezone.localtime(clock.now()) + timedelta(days=1 + number)
        start = f"{day:%Y-%m-%d}T10:00"
        people.offer(desk, look if number == 0 else skip, request, helper.user.name, start=start)
    for number, (request, helper) in enumerate(zip(worked, helpers, strict=False)):
        if number < BY_PAGES:
            see = look if number == 0 else skip
            page = on_the_way.go(reverse("v:task", args=[request.pk]))
            page.locator(".offer .btn.main").click()
            expect(page.locator(".task-head")).to_be_visible()
            people.check_in(page, see, "")
            people.complete(page, see, "已处理。")
        else:
            serve(request, helper)
    assert states(worked) == {"completed": WORKED_THROUGH}

    colleague = visit(width=1440, user=cast.colleague)
    look.follow(colleague)
    page = colleague.go("/desk/?tab=callback")
    assert page.locator("[data-row]").count() >= WORKED_THROUGH
    for number, request in enumerate(worked):
        page.locator(f"[data-row='{request.pk}'] a").click()
        expect(page.locator(".head-case .code")).to_have_text(request.code)
        people.call_back(page, look if number == 0 else skip)
        expect(page.locator(".head-case")).to_contain_text("已办结")
    assert states(worked) == {"closed": WORKED_THROUGH}
    assert {each.outcome for each in worked} == {"solved"}
    assert RecordConfirmation.objects.filter(how="call_back").count() == WORKED_THROUGH
    desk.goto(queue)
    expect(desk.locator("[data-tab=open] b")).to_have_text(str(ROWS - WORKED_THROUGH))


def states(requests: list[ServiceRequest]) -> dict[str, int]:
    """Returns how many of them stand in which state now."""
    for request in requests:
        request.refresh_from_db()
    return dict(Counter(request.state for request in requests))
