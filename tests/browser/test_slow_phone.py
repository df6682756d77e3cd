"""A small phone on a slow network: what it reads first and when, and every page of a volunteer in large type."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, expect

from civic.lib import clock
from requests_app import actions, sharing
from requests_app.urls import volunteer as routes
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.browser.test_phone import open_app, soon
from tests.cast import Cast
from tests.requests_app.teams import offered_to, team_of
from volunteers import team_actions
from volunteers import urls as own_routes

Visit = Callable[..., Visitor]
# "3G" as Chromium's developer tools have it: bytes a second, and milliseconds until an answer begins.
SLOW = {
    "offline": False,
    "downloadThroughput": 750 * 1024 / 8,
    "uploadThroughput": 250 * 1024 / 8,
    "latency": 150,
}
FIRST_CONTENT_MS = 3000
FIRST_CONTENT = "performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)"
SMALL = {"width": 360, "elder": True}
# What is no page: parts of one, files for programs and phones, and what is only posted to.
NO_PAGES = {
    *("part", "worker", "manifest", "plan", "photo", "photo_remove", "feed"),
    *("decline", "confirm", "block", "place", "pause", "stay", "answer", "team_verb", "team_decline"),
}


def slow_down(visitor: Visitor) -> CDPSession:
    """Makes the visitor's network a slow one until the session that is returned is detached."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    return session


def pages(cast: Cast) -> dict[str, list[str]]:
    """Returns the paths at which each route of volunteers shows a page, by its name; for the volunteer of the cast."""
    day = iter(range(1, 20))

    def start() -> dict[str, Any]:
        return {"preferred_start": clock.now() + timedelta(days=next(day)), "preferred_end": None}

    offered, accepted, serving = cast.offered(**start()), cast.accepted(**start()), cast.in_service(**start())
    done, given_up = cast.completed(**start()), cast.accepted(**start())
    actions.act(given_up, "give_up", actor=cast.volunteer.user, reason_code="ill")
    open_start = actions.act(
        cast.place(preferred_start=None, preferred_end=None),
        *("offer",),
        actor=cast.dispatcher,
        volunteers=[cast.volunteer.pk],
    )
    pool = actions.act(
        cast.place(headcount=3, **(when := start())),
        "offer",
        actor=cast.dispatcher,
        pool=True,
        agreed_start=when["preferred_start"],
    )
    others = cast.offered(cast.second, **start())
    led, other = team_of(cast, cast.volunteer), team_of(cast, name="银龄守望队")
    team_actions.act(led, "apply", actor=cast.second.user, words="我会修水电")

    def of(name: str, *requests: Any) -> list[str]:
        return [reverse(f"v:{name}", args=[each.pk]) for each in requests]

    found = {
        "task": of("task", offered, pool, accepted, serving, done, given_up),
        "accept": of("accept", open_start),
        "check_in": of("check_in", accepted),
        "complete": of("complete", serving),
        "give_up": of("give_up", accepted),
        "abort": of("abort", serving),
        "concern": of("concern", accepted),
        "team": of("team", led, other),
        "team_offer": of("team_offer", offered_to(cast, led, headcount=2, **start())),
        "shared": [reverse("v:shared", args=[sharing.token_of(others.pk)])],
    }
    for name in (
        "home",
        "tasks",
        "offline",
        "wishes",
        "profile",
        "teams",
        "times",
        "papers",
        "calendar",
        "record",
    ):
        found[name] = [reverse(f"v:{name}")]
    return found


def test_the_table_of_pages_knows_every_route(cast: Cast) -> None:
    names = {each.name for each in (*routes.urlpatterns, *own_routes.urlpatterns) if hasattr(each, "name")}
    assert names - NO_PAGES == {*pages(cast), "register", "welcome", "agree"}  # the last by test_registers


@pytest.mark.full
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_a_volunteer_fits_a_small_phone_in_large_type(
    visit: Visit, cast: Cast, language: str
) -> None:
    faults: list[str] = []

    def look(page: Page) -> None:
        try:
            check_page(page)
        except AssertionError as fault:  # all of them are told at the end
            faults.append(str(fault))

    visitor = visit(user=cast.volunteer.user, language=language, **SMALL)
    for name, paths in pages(cast).items():
        for path in paths:
            answer = visitor.page.goto(visitor.base + path)
            assert answer is not None and answer.status == 200, (name, path)
            visitor.page.eval_on_selector_all("details", "all => all.forEach(each => { each.open = true; })")
            look(visitor.page)
    page = visitor.go(reverse("v:calendar"))
    page.locator("main form .btn.main").click()
    expect(page.locator("[data-copy-field]")).to_be_visible()
    look(page)
    look(visit(language=language, **SMALL).go(reverse("v:welcome")))
    newcomer = visit(user=cast.neighbour, language=language, **SMALL).go(reverse("v:register"))
    while newcomer.locator(".pick-area").count():
        look(newcomer)
        newcomer.locator(".pick-area").first.click()
        newcomer.wait_for_load_state()
    look(newcomer)
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("name", ["home", "tasks", "check_in"])
def test_on_a_slow_network_the_first_words_come_within_three_seconds(
    visit: Visit, cast: Cast, name: str
) -> None:
    request = soon(cast)
    cast.offered(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    visitor = visit(user=cast.volunteer.user, width=360)
    slow_down(visitor)
    page = visitor.go(reverse(f"v:{name}", args=[request.pk] if name == "check_in" else []))
    (first,) = page.evaluate(FIRST_CONTENT)
    assert first < FIRST_CONTENT_MS, f"first content after {first:.0f} ms"
    page.wait_for_load_state("networkidle")  # nothing is under way when the tables are emptied
    check_page(page)


def test_a_phone_on_a_slow_network_keeps_its_tasks_for_the_time_without(visit: Visit, cast: Cast) -> None:
    request = soon(cast)
    visitor = visit(user=cast.volunteer.user, worker=True, width=360)
    slow = slow_down(visitor)
    open_app(lambda **_: visitor, cast)
    slow.detach()
    visitor.offline(True)
    page = visitor.page
    page.reload()
    expect(page.locator("[data-phone-offline]")).to_be_visible()
    page.locator(".task-line").click()
    expect(page.locator("main")).to_contain_text(request.address)
    visitor.go(reverse("v:record"))
    expect(page.locator(".empty .btn")).to_be_visible()  # the shell, which says what can be read
    check_page(page)
