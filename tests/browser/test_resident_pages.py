"""A resident at a browser: asks for help, signs in last, follows it, answers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from civic.notify.models import Message
from requests_app import actions
from requests_app.models import ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 390}, id="phone"),
    pytest.param(
        {"width": 360, "language": "en", "elder": True}, id="elder-english-360", marks=pytest.mark.full
    ),
    pytest.param({"width": 1440, "dark": True}, id="desktop-dark", marks=pytest.mark.full),
    pytest.param({"width": 768, "language": "en"}, id="tablet-english", marks=pytest.mark.full),
]


def press_next(page: Page) -> None:
    """Presses the red button at the bottom."""
    page.locator(".dock button.main").click()


def sign_in_by_phone(page: Page, phone: str) -> None:
    """Types a phone and the code that was sent to it."""
    page.fill("[name=phone]", phone)
    page.locator("main button.main").click()
    page.wait_for_url("**/login/code/**")
    page.fill("[name=code]", Message.objects.latest("pk").params["code"])
    page.locator("main button.main").click()


@pytest.mark.parametrize("mode", MODES)
def test_a_stranger_asks_for_help_page_by_page_and_signs_in_last(
    visit: Visit, cast: Cast, mode: dict[str, object], tmp_path: Path
) -> None:
    photo = tmp_path / "tap.png"
    Image.new("RGB", (1800, 1200), "#886644").save(photo)
    page = visit(**mode).go("/")
    check_page(page)
    page.locator(".tile").nth(1).click()
    check_page(page)
    page.fill("textarea", "厨房水龙头一直滴水，关不紧。")
    page.set_input_files("input[type=file]", [str(photo)])
    expect(page.locator(".photo")).to_have_count(1)
    press_next(page)
    page.wait_for_url("**/where/")
    check_page(page)
    page.locator("label[for=way-pick]").click()
    press_next(page)
    while page.locator(".pick-area").count():
        check_page(page)
        page.locator(".pick-area").first.click()
        page.wait_for_load_state()
    check_page(page)
    page.fill("[name=estate]", "荷花里小区")
    page.fill("[name=building]", "3 号楼 2 单元")
    page.fill("[name=door]", "502")
    press_next(page)
    page.wait_for_url("**/when/")
    page.locator("label[for=when-day]").click()
    page.locator("label[for=part-afternoon]").click()
    page.select_option("[name=day]", index=1)
    check_page(page)
    press_next(page)
    page.wait_for_url("**/who/")
    page.fill("[name=name]", "何秀英")
    check_page(page)
    press_next(page)
    page.wait_for_url("**/check/")
    check_page(page)
    page.check("[name=terms]")
    press_next(page)
    page.wait_for_url("**/login/**")
    sign_in_by_phone(page, "13912345678")
    page.wait_for_url("**/placed/**")
    check_page(page)
    placed = ServiceRequest.objects.get()
    expect(page.locator(".code-card .code")).to_have_text(placed.code)
    assert (placed.text, placed.address) == ("厨房水龙头一直滴水，关不紧。", "荷花里小区 3 号楼 2 单元 502")
    assert placed.contact_phone == "+8613912345678"
    assert placed.beneficiary is not None and placed.beneficiary.name == "何秀英"
    page.locator("main .btn.main").click()
    page.wait_for_url("**/track/**")
    expect(page.locator(".tl li.now")).to_have_count(1)
    check_page(page)


def test_how_much_room_a_long_text_has_left_is_shown_and_told_once_it_gets_tight(
    visit: Visit, cast: Cast
) -> None:
    page = visit(language="en").go("/requests/new/what/?category=repair")
    shown, told = page.locator(".counter"), page.locator(".field [role=status]")
    page.fill("textarea", "x" * 8000)
    expect(shown).to_be_hidden()
    page.fill("textarea", "x" * 8766)
    expect(shown).to_have_text("Characters left: 1,234")
    assert told.text_content() == ""  # not at every key, only where the typing rests
    expect(told).to_have_text("Characters left: 1,234")
    check_page(page)
    page.fill("textarea", "x")
    expect(shown).to_be_hidden()
    expect(told).to_have_text("")


def test_it_all_works_without_javascript(visit: Visit, cast: Cast, tmp_path: Path) -> None:
    photo = tmp_path / "tap.jpg"
    Image.new("RGB", (300, 200), "#886644").save(photo)
    page = visit(scripts=False).go("/requests/new/")
    page.locator(".tile").nth(2).click()
    expect(page.locator("[data-voice]")).to_be_hidden()
    page.fill("textarea", "想请人代买一袋米。")
    page.set_input_files("input[type=file]", [str(photo)])
    page.locator("[name=add_photos]").click()
    expect(page.locator(".photo img")).to_have_count(1)
    press_next(page)
    expect(page.locator("#way-map")).to_be_hidden()
    page.locator("label[for=way-pick]").click()
    press_next(page)
    while page.locator(".pick-area").count():
        page.locator(".pick-area").first.click()
    page.fill("[name=estate]", "荷花里")
    press_next(page)
    press_next(page)
    page.fill("[name=name]", "老何")
    press_next(page)
    page.check("[name=terms]")
    press_next(page)
    sign_in_by_phone(page, "13912345679")
    page.wait_for_url("**/placed/**")
    assert ServiceRequest.objects.get().text == "想请人代买一袋米。"


def test_the_phone_finds_the_place_and_the_map_takes_a_press(visit: Visit, cast: Cast) -> None:
    visitor = visit()
    page = visitor.go("/requests/new/where/here/")
    expect(page.locator("[data-place-words]")).to_contain_text("锦苑社区")
    page = visitor.go("/requests/new/where/map/")
    page.locator("[data-map] path").first.wait_for()
    page.locator("[data-map]").click(position={"x": 170, "y": 160})
    expect(page.locator("[data-place-words]")).not_to_be_empty()
    expect(page.locator("[name=lat]")).to_have_value(re.compile(r"^34\."))
    check_page(page)


def test_a_voice_note_is_enough(visit: Visit, cast: Cast) -> None:
    page = visit().go("/requests/new/what/?category=errand")
    page.locator("[data-voice-record]").click()
    expect(page.locator("[data-voice]")).to_have_class(re.compile("on"))
    page.wait_for_timeout(1200)
    page.locator("[data-voice-record]").click()
    expect(page.locator("[data-voice-remove]")).to_be_visible()
    press_next(page)
    page.wait_for_url("**/where/")


@pytest.mark.full
def test_a_photo_that_was_refused_says_why_and_a_lost_network_is_tried_again(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    broken, good = tmp_path / "broken.png", tmp_path / "good.png"
    broken.write_bytes(b"no picture at all")
    Image.new("RGB", (60, 40), "#446688").save(good)
    visitor = visit()
    page = visitor.go("/requests/new/what/?category=repair")
    page.set_input_files("input[type=file]", [str(broken)])
    expect(page.locator(".photo .msg")).to_be_visible()
    page.locator(".photo .x").click()
    page.route("**/requests/new/photos/", lambda route: route.abort())
    page.set_input_files("input[type=file]", [str(good)])
    page.locator(".photo .msg button").wait_for(timeout=20_000)
    page.unroute("**/requests/new/photos/")
    page.locator(".photo .msg button").click()
    expect(page.locator(".photo:not(.failed)")).to_have_count(1)
    expect(page.locator(".photo progress")).to_have_count(0)
    visitor.errors = [error for error in visitor.errors if "net::ERR_FAILED" not in error]


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_every_page_of_a_request_is_accessible(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    accepted, completed = cast.accepted(), cast.completed(cast.second)
    actions.unmask_phone(accepted, actor=cast.dispatcher, purpose="contact", note="问取哪种药")
    page_of = visit(user=cast.resident, **mode)
    for path in (
        "/",
        "/requests/new/",
        "/requests/new/where/",
        "/requests/new/who/",
        f"/track/{accepted.code}/",
        f"/track/{accepted.code}/change/",
        f"/track/{accepted.code}/cancel/",
        f"/track/{accepted.code}/concern/",
        f"/track/{completed.code}/",
        f"/track/{completed.code}/rate/",
        "/track/",
        "/me/",
        "/me/settings/",
        "/me/data/",
        "/me/data/delete/",
        "/me/access/",
        "/about/privacy/",
        "/about/accessibility/",
        "/about/numbers/",
    ):
        check_page(page_of.go(path))


def test_the_resident_sees_who_comes_and_rates_with_the_keyboard(visit: Visit, cast: Cast) -> None:
    request = cast.completed()
    page = visit(user=cast.resident).go(f"/track/{request.code}/")
    expect(page.locator(".who")).to_contain_text(cast.volunteer.number)
    page.locator("a", has_text="去评价").press("Enter")
    page.wait_for_url("**/rate/")
    page.locator("#solved-yes").focus()
    page.keyboard.press("Space")
    page.locator("#stars-5").focus()
    page.keyboard.press("Space")
    page.fill("[name=comment]", "小张很耐心，谢谢！")
    page.locator(".dock button.main").press("Enter")
    page.wait_for_url(f"**/track/{request.code}/")
    expect(page.locator(".head")).to_contain_text("已办结")
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("closed", "solved")


def test_the_progress_page_follows_by_itself(visit: Visit, cast: Cast) -> None:
    request = cast.offered()
    page = visit(user=cast.resident).go(f"/track/{request.code}/")
    expect(page.locator(".head .tag")).to_have_text("派单中")

    actions.act(request, "accept", actor=cast.volunteer.user)
    page.evaluate("document.getElementById('progress').dispatchEvent(new Event('poll:now'))")
    expect(page.locator(".head .tag")).to_have_text("已接单")


def test_elder_mode_and_language_are_switched_on_the_page_and_stay(visit: Visit, cast: Cast) -> None:
    visitor = visit()
    page = visitor.go("/track/")
    page.locator("button", has_text="长辈版").click()
    page.wait_for_function("document.documentElement.classList.contains('elder')")
    assert page.url.endswith("/track/")
    page.locator("button", has_text="English").click()
    expect(page.locator("h1")).to_have_text("Follow a request")
    page = visitor.go("/")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("document.documentElement.classList.contains('elder')")


def test_a_wrong_code_locks_after_five_tries_and_says_what_to_do(visit: Visit, cast: Cast) -> None:
    request = cast.place()
    page = visit().go(f"/track/{request.code}/")
    for _ in range(5):
        page.fill("[name=digits]", "9999")
        page.locator("main button.main").click()
        page.wait_for_load_state()
    expect(page.locator("h1")).to_have_text("已锁定一小时")
    check_page(page)


def test_a_resident_page_is_light(visit: Visit, cast: Cast) -> None:
    visitor = visit()
    sizes: list[int] = []
    visitor.page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.ok else None)
    visitor.go("/requests/new/what/?category=repair")
    visitor.page.wait_for_load_state("networkidle")
    assert sum(sizes) < 300_000  # before compression; about a quarter of it on the wire


def test_the_parts_of_the_day_are_whole_words_in_english(visit: Visit, cast: Cast) -> None:
    page = visit(width=390, language="en").go("/requests/new/when/")
    page.locator("label[for=when-day]").click()
    for word in ("Morning", "Afternoon", "Evening"):
        lines = page.locator(".opts-row b", has_text=word).evaluate(
            "word => Math.round(word.offsetHeight / parseFloat(getComputedStyle(word).lineHeight))"
        )
        assert lines == 1, word
