"""A register of volunteers at a browser: the pages of its import, and the question to whom it registered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast
from tests.volunteers.registers import look_alike
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 390}, id="phone"),
    pytest.param({"width": 390, "language": "en"}, id="phone-english", marks=pytest.mark.full),
    pytest.param({"width": 1440, "language": "en"}, id="desktop-english", marks=pytest.mark.full),
]


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"
    settings.STAFF_SECOND_FACTOR = False


def work() -> RegisterImport:
    """Does what a worker would; returns the import."""
    batch = RegisterImport.objects.get()
    REGISTER.work(batch.pk)
    batch.refresh_from_db()
    return batch


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_a_register_is_sent_looked_at_and_started(
    visit: Visit, cast: Cast, mode: dict[str, object], tmp_path: Path
) -> None:
    page = visit(user=cast.dispatcher, **mode).go("/desk/volunteers/")
    check_page(page)
    page.locator("a[href='/desk/registers/']").click()
    check_page(page)
    page.locator(".empty a.btn").click()
    check_page(page)
    page.set_input_files("[name=file]", str(look_alike(tmp_path / "台账.xlsx", 40)))
    page.select_option("[name=enter_as]", "approved")
    page.locator("main form button.main").click()
    expect(page.locator(".im-busy progress")).to_be_visible()
    work()
    page.wait_for_selector("[data-import-columns]")
    check_page(page)
    page.locator("[data-import-start]").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".im-busy progress")).to_have_attribute("max", "40")
    batch = work()
    page.wait_for_selector(".nums")
    check_page(page)
    first = RegisterRow.objects.filter(batch=batch).order_by("number")[0].volunteer
    assert first is not None
    asked = visit(user=first.user, elder=True, **mode).go("/v/")
    expect(asked.locator("form[action$='/agree/'] button.main")).to_be_visible()
    check_page(asked)
