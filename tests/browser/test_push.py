"""Notifications in a browser: switched on by the product's own button, shown by its own worker, switched off again.

Between the two lies what the machine has no network for. A browser subscribes at its maker's push service, so
`pushManager` is told here of a subscription at a local one, with the keys of a phone that the test holds. What the
server sends there is decrypted by that phone and handed to the worker as a browser would (CDP).
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from civic.notify import tasks
from civic.notify.models import PushDevice
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast
from tests.notify.push_services import Phone, PushService, listening, unb64

Visit = Callable[..., Visitor]
WANTED = "/me/settings/messages/"
# Keeps the subscription as a browser does, over a reload, and what it was asked for with. The rest is Chromium's own.
SUBSCRIBES = """(told) => {
    const KEY = "test:subscription";
    const made = () => ({
        endpoint: told.endpoint,
        toJSON: () => ({ endpoint: told.endpoint, keys: { p256dh: told.p256dh, auth: told.auth } }),
        unsubscribe: async () => { localStorage.removeItem(KEY); return true; },
    });
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
        localStorage.setItem(KEY, JSON.stringify({ userVisibleOnly, key: [...applicationServerKey] }));
        return made();
    };
    PushManager.prototype.getSubscription = async () => localStorage.getItem(KEY) && made();
}"""
SHOWN = """async (scope) => {
    const worker = await navigator.serviceWorker.getRegistration(scope);
    const shown = await worker.getNotifications();
    return shown.map(({ title, body, lang, tag, data }) => ({ title, body, lang, tag, ...data }));
}"""
# A finger on the notification is the system's; only what the worker does then is in its hands. A window it may open
# after a real touch alone: which one it asks for is what counts.
CLICKED = """async () => {
    let opened = "", done;
    self.clients.openWindow = async (url) => { opened = url; };
    const [notification] = await self.registration.getNotifications();
    const event = new NotificationEvent("notificationclick", { notification });
    event.waitUntil = (work) => { done = work; };
    self.dispatchEvent(event);
    await done;
    return { opened, left: (await self.registration.getNotifications()).length };
}"""


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    """A push service on this machine that knows the key of this installation."""
    with listening(settings) as found:
        yield found


def deliver(page: Page, said: dict[str, Any]) -> None:
    """Hands `said` to the worker of the page's site, as the browser does when its push service has sent it."""
    inspector, registrations = page.context.new_cdp_session(page), list[dict[str, Any]]()
    inspector.on(
        "ServiceWorker.workerRegistrationUpdated", lambda news: registrations.extend(news["registrations"])
    )
    inspector.send("ServiceWorker.enable")
    while not registrations:
        page.wait_for_timeout(20)
    place = urlsplit(page.url)
    inspector.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": f"{place.scheme}://{place.netloc}",
            "registrationId": registrations[-1]["registrationId"],
            "data": json.dumps(said, ensure_ascii=False),
        },
    )
    inspector.detach()


def shown(page: Page) -> list[dict[str, Any]]:
    """Returns what stands on the screen of the phone, waiting until there is something."""
    page.wait_for_function(f"async (scope) => (await ({SHOWN})(scope)).length", arg=reverse("v:home"))
    found: list[dict[str, Any]] = page.evaluate(SHOWN, reverse("v:home"))
    return found


def test_an_offer_rings_on_the_phone_that_asked_for_it_and_no_longer_once_it_is_switched_off(
    visit: Visit, cast: Cast, service: PushService
) -> None:
    phone = Phone(f"{service.url}/send/one")
    visitor = visit(user=cast.volunteer.user, worker=True)
    visitor.context.grant_permissions(["notifications"], origin=visitor.base)
    visitor.context.add_init_script(f"({SUBSCRIBES})({json.dumps(phone.subscription())})")
    page = visitor.go(reverse("v:profile"))
    page.locator(f"main a[href='{WANTED}?in=v']").click()
    page.locator("[data-push-on]").click()
    expect(page.locator("[data-push-is-on]")).to_be_visible()
    check_page(page)
    device = PushDevice.objects.get()
    assert (device.user, device.endpoint) == (cast.volunteer.user, phone.endpoint)
    asked = json.loads(page.evaluate("localStorage.getItem('test:subscription')"))
    assert asked == {"userVisibleOnly": True, "key": list(unb64(service.key))}  # else Chromium refuses

    request = cast.offered(title="取降压药")
    tasks.sweep()
    (came,) = service.took
    said = phone.read(came.body)
    deliver(page, said)
    assert shown(page) == [said]
    assert said["title"] == "有一单请您看看"
    assert said["body"].startswith("帮居民跑一趟腿。") and said["body"].endswith("前答复。")
    whose = (
        cast.resident.name,
        cast.resident.phone.removeprefix("+86"),
        request.address,
        request.check_in_code,
    )
    for private in (*whose, request.title, request.text):
        assert private not in json.dumps(said, ensure_ascii=False)
    (worker,) = visitor.context.service_workers
    clicked = worker.evaluate(CLICKED)
    task = reverse("v:task", args=[request.pk])
    assert clicked == {"opened": visitor.base + task, "left": 0}
    expect(visitor.go(task).locator(".offer .btn.main")).to_be_visible()

    visitor.go(WANTED).locator("[data-push-off]").click()
    expect(page.locator("[data-push-on]")).to_be_visible()
    assert not PushDevice.objects.exists()
    cast.offered(preferred_start=request.preferred_start + timedelta(days=2), preferred_end=None)
    tasks.sweep()
    assert len(service.took) == 1
