"""On paper: the slip that somebody without a phone takes home from the desk."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from civic.lib import clock
from tests.browser.conftest import Visitor
from tests.cast import Cast

Visit = Callable[..., Visitor]
PAGE_OF_PDF = re.compile(rb"/Type\s*/Page\b")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_long_slip_is_one_sheet_without_what_belongs_to_the_screen(
    visit: Visit, cast: Cast, language: str
) -> None:
    day = clock.now() + timedelta(days=1)
    request = cast.accepted(
        cast.volunteer,
        cast.second,
        cast.third,
        title="陪同老人去社区医院复查血压，取一个月的药，再到居委会交一张表格",
        address="青禾区文化路街道锦苑社区荷花里小区北门进，3 号楼 2 单元 502 室，电梯在左边",
        preferred_start=day,
        preferred_end=None,
    )
    visitor = visit(width=1440, user=cast.dispatcher, language=language, dark=True)
    visitor.page.add_init_script("window.print = () => { window.printed = true; }")
    page = visitor.go(reverse("desk:slip", args=[request.pk]))
    page.locator("[data-print]").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print", color_scheme="light")
    for on_screen in (".desk-bar", "[data-print]", ".slip-bar a", ".skip", ".toasts"):
        expect(page.locator(on_screen).locator("visible=true")).to_have_count(0)
    for on_paper in (".slip h1", ".slip-qr", ".slip .sos", ".slip-foot > :last-child"):
        expect(page.locator(on_paper)).to_be_visible()
    expect(page.locator(".slip-codes")).to_contain_text(request.check_in_code)
    assert page.evaluate("document.querySelector('.slip-qr').naturalWidth") > 0
    sheet = page.pdf(format="A4")
    assert len(PAGE_OF_PDF.findall(sheet)) == 1
