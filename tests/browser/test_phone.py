"""The volunteer's pages as an app: today's task without network, and nothing left of it afterwards."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, Route, expect

from civic.cases.models import CaseEvent
from civic.evidence.models import Photo
from civic.lib import clock
from requests_app import actions
from requests_app.models import Assignment, ServiceRequest
from tests.browser.conftest import WAIT_MS, Visitor
from tests.browser.pages import check_page
from tests.browser.people import press_main
from tests.cast import Cast

Visit = Callable[..., Visitor]
RED = "rgb(200, 16, 46)"
# What this browser holds of the volunteer's pages: addresses and texts of every cache, rows of every database.
HOLDS = """async () => {
  const found = [], done = (call) => new Promise((go) => { call.onsuccess = () => go(call.result); });
  for (const name of await caches.keys()) {
    if (name.startsWith("civic-static-")) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const rows = await done(db.transaction(store).objectStore(store).getAll());
      found.push(...rows.map((row) => JSON.stringify(row)));
    }
    db.close();
  }
  return found;
}"""


def soon(cast: Cast) -> ServiceRequest:
    """Returns a request that the volunteer has accepted and that has just begun."""
    start = clock.now() + timedelta(seconds=90)
    return cast.accepted(preferred_start=start, preferred_end=None)


def photo(folder: Path) -> Path:
    """Returns a small picture to send."""
    path = folder / "work.png"
    Image.new("RGB", (60, 40), "teal").save(path)
    return path


def kept(page: Page) -> list[str]:
    """Returns what the browser holds."""
    found: list[str] = page.evaluate(HOLDS)
    return found


def wait(page: Page, fact: str, path: str = "") -> None:
    """Waits (10 s at most) until the asynchronous expression `fact` about `path` is true in the page."""
    loop = """async ([path, ends]) => {
      while (!(FACT)) {
        if (Date.now() > ends) return false;
        await new Promise((go) => setTimeout(go, 40));
      }
      return true;
    }"""
    assert page.evaluate(loop.replace("FACT", fact), [path, time.time() * 1000 + WAIT_MS]), fact


def is_forgotten(page: Page, path: str) -> None:
    """Waits until nothing is kept of `path`."""
    wait(page, "!(await caches.match(path))", path)


def open_app(visit: Visit, cast: Cast, **mode: Any) -> Visitor:
    """Opens the task list on a volunteer's phone and waits until today's task is kept."""
    visitor = visit(user=cast.volunteer.user, **mode, worker=True)
    visitor.go(reverse("v:tasks"))
    wait(visitor.page, "navigator.serviceWorker.controller && await caches.match(path)", reverse("v:tasks"))
    return visitor


MODES = [
    pytest.param({}, id="plain"),
    pytest.param({"language": "en"}, id="english", marks=pytest.mark.full),
    pytest.param({"elder": True}, id="elder", marks=pytest.mark.full),
    pytest.param({"dark": True, "language": "en"}, id="dark-english", marks=pytest.mark.full),
]


@pytest.mark.parametrize("mode", MODES)
def test_todays_task_is_read_without_network(visit: Visit, cast: Cast, mode: dict[str, Any]) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast, **mode)
    page = visitor.page
    visitor.offline(True)
    page.reload()
    expect(page.locator("[data-phone-offline]")).to_be_visible()
    check_page(page)
    page.locator(".task-line").click()
    expect(page.locator("main")).to_contain_text(request.address)
    expect(page.locator("[data-phone-offline]")).to_be_visible()
    check_page(page)
    visitor.go(reverse("v:record"))
    expect(page.locator(".empty h1, .empty b")).to_be_visible()
    check_page(page)
    page.locator(".empty .btn").click()
    expect(page.locator(".task-line")).to_be_visible()
    visitor.go(reverse("v:home"))
    page.wait_for_url(f"**{reverse('v:tasks')}")
    expect(page.locator(".task-line")).to_be_visible()
    visitor.offline(False)
    expect(page.locator("[data-phone-offline]")).to_be_hidden()


def test_nothing_is_held_of_a_task_that_is_over(visit: Visit, cast: Cast) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast)
    assert any(request.address in text for text in kept(visitor.page))
    actions.act(request, "cancel", actor=cast.resident)
    visitor.go(reverse("v:home"))
    is_forgotten(visitor.page, reverse("v:tasks"))
    assert kept(visitor.page) == []
    visitor.offline(True)
    visitor.go(reverse("v:home"))
    expect(visitor.page.locator(".empty")).to_contain_text("没有今天的任务")
    check_page(visitor.page)


@pytest.mark.parametrize("known", [True, False], ids=["by the script", "by the server alone"])
def test_nothing_is_held_after_signing_out(visit: Visit, cast: Cast, known: bool) -> None:
    soon(cast)
    visitor = open_app(visit, cast)
    page = visitor.go(reverse("v:profile"))
    if not known:  # as where the script did not run
        page.evaluate("document.querySelectorAll('[data-signout]').forEach((f) => delete f.dataset.signout)")
    page.locator(".acts form button").last.click()
    page.wait_for_url(visitor.base + "/")
    assert kept(page) == []
    assert page.evaluate("localStorage.getItem('phone:person')") is None


def test_somebody_else_at_the_same_phone_finds_nothing(visit: Visit, cast: Cast) -> None:
    soon(cast)
    visitor = open_app(visit, cast)
    visitor.sign_in(cast.second.user)
    visitor.go(reverse("v:home"))
    is_forgotten(visitor.page, reverse("v:tasks"))
    assert kept(visitor.page) == []


def test_a_sign_in_that_has_ended_leaves_no_page_behind(visit: Visit, cast: Cast) -> None:
    soon(cast)
    visitor = open_app(visit, cast)
    visitor.context.clear_cookies(name="sessionid")
    visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    is_forgotten(visitor.page, reverse("v:tasks"))
    assert kept(visitor.page) == []


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param({}, id="plain"),
        pytest.param({"language": "en", "elder": True}, id="elder-english", marks=pytest.mark.full),
    ],
)
def test_check_in_and_report_with_a_photo_made_without_network_arrive_once(
    visit: Visit, cast: Cast, mode: dict[str, Any], tmp_path: Path
) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast, **mode)
    page, posts = visitor.page, list[str]()
    page.on("request", lambda call: posts.append(call.url) if call.method == "POST" else None)
    visitor.offline(True)
    page.locator(".task-line").click()
    press_main(page)
    page.wait_for_url("**/check-in/")
    page.fill("[name=code]", request.check_in_code)
    press_main(page)
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    expect(page.locator(".outbox li")).to_have_count(1)
    check_page(page)
    press_main(page)
    page.wait_for_url("**/complete/")
    page.fill("[name=note]", "药已送到，人很好。")
    page.set_input_files("[data-photos-input]", str(photo(tmp_path)))
    expect(page.locator(".photo.failed")).to_be_visible()
    press_main(page)
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    expect(page.locator(".outbox li")).to_have_count(2)
    check_page(page)
    assert Assignment.objects.get().state == "accepted"
    posts.clear()
    visitor.offline(False)
    thanks = "Thank you" if mode.get("language") == "en" else "谢谢"
    expect(page.locator(".task-head .note.ok")).to_contain_text(thanks)  # the page anew, after all was sent
    expect(page.locator(".outbox")).to_be_hidden()
    check_page(page)
    part = Assignment.objects.get()
    assert (part.state, part.minutes) == ("completed", 1)
    assert Photo.objects.filter(subject_kind="request", subject_id=request.pk).count() == 1
    verbs = list(CaseEvent.objects.filter(case_id=request.pk).values_list("verb", flat=True))
    assert (verbs.count("check_in"), verbs.count("complete")) == (1, 1)
    assert [urlsplit(url).path for url in posts].count(reverse("v:complete", args=[request.pk])) == 1
    is_forgotten(page, reverse("v:task", args=[request.pk]))
    assert kept(page) == []


def test_an_answer_that_got_lost_is_asked_for_again_and_counts_once(visit: Visit, cast: Cast) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast)
    page, path = visitor.page, reverse("v:check_in", args=[request.pk])
    visitor.is_offline = True  # what fails here is meant to

    answers = list[int]()

    def lost(route: Route) -> None:
        if route.request.method != "POST" or answers:
            route.fallback()
            return
        answers.append(route.fetch(max_redirects=0).status)
        route.abort()

    page.route("**/check-in/", lost)
    visitor.go(path)
    page.fill("[name=code]", request.check_in_code)
    press_main(page)
    expect(page.locator(".task-head .note.info")).to_be_visible()
    expect(page.locator(".outbox")).to_be_hidden()
    verbs = list(CaseEvent.objects.filter(case_id=request.pk).values_list("verb", flat=True))
    assert (verbs.count("check_in"), answers) == (1, [200])


def test_wrong_codes_are_said_beside_the_field_and_a_reason_helps_when_they_are_too_many(
    visit: Visit, cast: Cast
) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast)
    page, posts = visitor.page, list[str]()
    page.on("request", lambda call: posts.append(call.url) if call.method == "POST" else None)
    visitor.is_offline = True  # the browser notes what is refused here
    visitor.go(reverse("v:check_in", args=[request.pk]))
    wrong = [f"{number:06}" for number in range(1, 7) if f"{number:06}" != request.check_in_code][:5]
    for typed in wrong:
        page.fill("[name=code]", typed)
        press_main(page)
        expect(page.locator(".error-summary:not(.read)")).to_be_focused()
        expect(page.locator("[name=code]")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("[name=code]")).to_have_css("border-color", RED)
        expect(page.locator("[name=code] + .field-error")).to_be_visible()
        page.locator(".error-summary").evaluate("note => note.classList.add('read')")
        expect(page.locator(".main.busy")).to_have_count(0)
    assert len(posts) == len(wrong)
    expect(page.locator(".error-summary")).to_contain_text("15 分钟")
    check_page(page)
    expect(page.locator(".outbox")).to_be_hidden()
    page.fill("[name=code]", "")
    page.fill("[name=reason]", "老人记错了验证码")
    press_main(page)
    expect(page.locator(".task-head .note.info")).to_be_visible()
    assert Assignment.objects.get().state == "in_service"


def test_a_task_that_was_settled_meanwhile_is_explained(visit: Visit, cast: Cast) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast)
    page = visitor.page
    visitor.offline(True)
    visitor.go(reverse("v:check_in", args=[request.pk]))
    page.fill("[name=code]", request.check_in_code)
    press_main(page)
    expect(page.locator(".outbox li")).to_have_count(1)
    actions.act(request, "cancel", actor=cast.resident)
    visitor.offline(False)
    expect(page.locator(".outbox [data-ways]")).to_be_visible()
    check_page(page)
    page.locator(".outbox [data-drop]").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".outbox")).to_be_hidden()
    assert kept(page) == []


def test_signing_out_asks_before_it_loses_what_was_not_sent(visit: Visit, cast: Cast) -> None:
    request = soon(cast)
    visitor = open_app(visit, cast)
    page = visitor.go(reverse("v:profile"))
    other = visitor.new_page()
    visitor.offline(True)
    other.goto(visitor.base + reverse("v:check_in", args=[request.pk]))
    other.fill("[name=reason]", "门口没有信号")
    press_main(other)
    expect(other.locator(".outbox li")).to_have_count(1)
    other.close()
    page.locator(".acts form button").last.click()
    expect(page.locator("#confirm")).to_be_visible()
    page.locator("#confirm [value=no]").click()
    assert len(kept(page)) > 1
    page.locator(".acts form button").last.click()
    page.route("**/accounts/logout/", lambda route: route.fulfill(body="<p>out", content_type="text/html"))
    page.locator("[data-confirm-yes]").click()
    page.wait_for_url("**/accounts/logout/")
    assert kept(page) == []
