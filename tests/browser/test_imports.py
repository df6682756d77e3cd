"""A dispatcher at a browser takes a backlog in: every page in several modes, with and without scripts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportBatch, ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast
from tests.requests_app.tables import look_alike
from tests.requests_app.test_import import damaged

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 390}, id="phone"),
    pytest.param(
        {"width": 360, "language": "en", "dark": True}, id="phone-english-dark", marks=pytest.mark.full
    ),
    pytest.param({"width": 768, "language": "en"}, id="tablet-english", marks=pytest.mark.full),
    pytest.param({"width": 1440, "dark": True}, id="desktop-dark", marks=pytest.mark.full),
]


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"
    settings.STAFF_SECOND_FACTOR = False


def work() -> ImportBatch:
    """Does what a worker would; returns the import."""
    batch = ImportBatch.objects.get()
    BACKLOG.work(batch.pk)
    batch.refresh_from_db()
    return batch


def send(page: Page, path: Path) -> None:
    """Fills the upload form in and sends it."""
    page.set_input_files("[name=file]", str(path))
    page.select_option("[name=category]", "other")
    page.locator("main form button.main").click()


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_a_backlog_is_sent_looked_at_started_and_undone(
    visit: Visit, cast: Cast, mode: dict[str, object], tmp_path: Path
) -> None:
    page = visit(user=cast.dispatcher, **mode).go("/desk/imports/")
    check_page(page)
    page.locator(".empty a.btn").click()
    check_page(page)
    send(page, damaged(tmp_path, "truncated"))
    expect(page.locator("#id_file_error")).to_be_visible()
    check_page(page)
    send(page, look_alike(tmp_path / "积压诉求.xlsx", 60))
    expect(page.locator(".im-busy progress")).to_be_visible()
    check_page(page)
    work()
    page.wait_for_selector("[data-import-columns]")  # the page found out by itself
    page.locator(".im-whole summary").first.click()
    check_page(page)
    title = page.locator("[data-samples=column_title] li")
    subject = title.first.inner_text()
    page.select_option("[name=column_title]", "1")
    assert title.first.inner_text() != subject
    expect(page.locator("[data-import-start]")).to_be_disabled()
    page.select_option("[name=column_title]", "2")
    page.select_option("[name=column_contact_name]", "")
    page.locator("[data-import-columns] button.btn").click()
    expect(page.locator(".toast")).to_be_visible()
    page.locator("[data-import-start]").click()
    check_page(page)
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".im-busy progress")).to_have_attribute("max", "60")
    check_page(page)
    assert (work().state, ServiceRequest.objects.count()) == ("done", 60)
    page.wait_for_selector(".nums")
    check_page(page)
    page.locator(".pager [rel=next]").click()
    expect(page.locator(".pager [rel=prev]")).to_be_visible()
    page.locator(".im-next form button").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".im-busy progress")).to_be_visible()
    assert work().state == "undone"
    page.wait_for_selector(".nums.four")
    check_page(page)
    page.locator(".im-crumb a").click()
    check_page(page)


def test_without_scripts_everything_works_by_refreshing(visit: Visit, cast: Cast, tmp_path: Path) -> None:
    page = visit(user=cast.dispatcher, width=1440, scripts=False).go("/desk/imports/new/")
    send(page, look_alike(tmp_path / "a.xlsx", 5))
    expect(page.locator(".im-busy progress")).to_be_visible()
    work()
    page.locator(".im-leave a.btn").click()
    page.locator("[data-import-start]").click()
    work()
    page.locator(".im-leave a.btn").click()
    expect(page.locator(".nums dd").first).to_have_text("5")
    page.locator(".im-next a.btn.main").click()
    expect(page.locator("[data-row]")).to_have_count(5)


@pytest.mark.full
def test_a_failed_file_says_what_to_do(visit: Visit, cast: Cast, tmp_path: Path) -> None:
    page = visit(user=cast.dispatcher, width=390).go("/desk/imports/new/")
    send(page, damaged(tmp_path, "no_rows"))
    expect(page.locator(".im-busy progress")).to_be_visible()
    work()
    expect(page.locator(".note.red")).to_be_visible()
    check_page(page)
    page.locator("form[action$='/discard/'] button").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".empty")).to_be_visible()
