"""The volunteer's pages as an app: today's task without network, and nothing left of it afterwards."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from civic.lib import clock
from requests_app import actions
from requests_app.models import ServiceRequest
from tests.browser.conftest import WAIT_MS, Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]
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
    visitor = visit(user=cast.volunteer.user, **mode)
    visitor.go(reverse("v:tasks"))
    wait(visitor.page, "navigator.serviceWorker.controller && await caches.match(path)", reverse("v:tasks"))
    return visitor


MODES = [{}, {"language": "en"}, {"elder": True}, {"dark": True, "language": "en"}]


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
