"""Notifications: encrypted for one phone, signed by us, sent nowhere inside, gone with the sign-in."""

import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from cryptography.exceptions import InvalidTag
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import copies, deliver, push, tasks, variables, wishes
from civic.notify.channels import public_post
from civic.notify.models import Message, PushDevice
from tests.notify.conftest import Tell
from tests.notify.push_services import Phone, PushService, b64, listening

ON, OFF = "/me/settings/messages/push/", "/me/settings/messages/push/stop/"
NOON = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    """A push service that knows the key of this installation."""
    with listening(settings) as found:
        assert push.public_key() == found.key
        yield found


def signed_in(user: User) -> Client:
    """Returns a browser of `user`."""
    client = Client()
    client.force_login(user, "civic.accounts.backends.AccountBackend")
    return client


def phone_of(client: Client, service: PushService, name: str = "one") -> Phone:
    """Returns a phone that has said in this browser that it takes notifications."""
    phone = Phone(f"{service.url}/send/{name}")
    assert client.post(ON, phone.subscription()).status_code == 204
    return phone


def test_what_is_unread_reaches_the_phone_encrypted_and_signed(
    service: PushService, resident: User, tell: Tell
) -> None:
    tell("before", user=resident, channel="in_app")
    phone = phone_of(signed_in(resident), service)
    message = tell("k", user=resident, channel="in_app", subject_id=7)
    assert tasks.sweep() == 1
    (came,) = service.took
    copy = Message.objects.get(dedupe_key="k:push")
    assert phone.read(came.body) == {
        "title": "给 小王",
        "body": "小王 在 3 点 有消息",
        "link": "/about/7/",
        "tag": f"m{copy.pk}",
        "lang": "zh-hans",
    }
    assert (came.path, came.headers["Content-Encoding"]) == ("/send/one", "aes128gcm")
    assert (came.headers["Topic"], came.headers["Urgency"]) == (f"m{copy.pk}", "normal")
    assert time.time() < came.claims["exp"] <= time.time() + 24 * 3600
    assert came.claims["sub"].startswith("mailto:")
    assert "小王".encode() not in came.body
    with pytest.raises(InvalidTag):
        Phone("elsewhere").read(came.body)
    assert (copy.state, message.read_at) == ("sent", None)
    assert PushDevice.objects.get().last_success_at is not None
    assert tasks.sweep() == 0


def test_a_key_that_is_not_ours_is_refused_and_staff_see_why(
    service: PushService, resident: User, tell: Tell, settings: Settings
) -> None:
    phone_of(signed_in(resident), service)
    settings.VAPID_PRIVATE_KEY = b64((5).to_bytes(32, "big"))
    tell("k", user=resident, channel="in_app")
    tasks.sweep()
    dead = Message.objects.get(dedupe_key="k:push")
    assert (dead.state, dead.last_error) == ("dead", "push service answers 401")
    assert len(service.refused) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_is_gone_is_forgotten_and_the_others_still_hear(
    service: PushService, resident: User, tell: Tell, status: int
) -> None:
    for name in ("one", "two"):
        phone_of(signed_in(resident), service, name)
    service.answers = [status]
    tell("k", user=resident, channel="in_app")
    tasks.sweep()
    assert len(service.took) == 1
    assert PushDevice.objects.count() == 1
    assert Message.objects.get(dedupe_key="k:push").state == "sent"
    service.answers = [status]
    tell("last", user=resident, channel="in_app")
    tasks.sweep()
    ended = Message.objects.get(dedupe_key="last:push")
    assert (ended.state, PushDevice.objects.count()) == ("skipped", 0)
    tell("nobody", user=resident, channel="in_app")
    assert copies.by_push() == 0


def test_a_service_out_of_order_is_tried_again_until_the_message_is_dead(
    service: PushService, resident: User, tell: Tell
) -> None:
    phone_of(signed_in(resident), service)
    tell("k", user=resident, channel="in_app")
    service.answers = [503, 429]
    with time_machine.travel(clock.now(), tick=False) as now:
        tasks.sweep()
        waits = Message.objects.get(dedupe_key="k:push")
        assert (waits.state, waits.last_error) == ("pending", "TryLater: push service answers 503")
        now.shift(deliver.retry_after(1))
        assert deliver.sweep() == 1
        now.shift(deliver.retry_after(2))
        assert deliver.sweep() == 1
        assert Message.objects.get(dedupe_key="k:push").state == "sent"
        service.close()
        tell("unreachable", user=resident, channel="in_app")
        copies.by_push()
        for attempt in range(1, deliver.MAX_ATTEMPTS + 1):
            assert deliver.sweep() == 1
            now.shift(deliver.retry_after(attempt))
    dead = Message.objects.get(dedupe_key="unreachable:push")
    assert (dead.state, dead.attempts) == ("dead", deliver.MAX_ATTEMPTS)
    assert PushDevice.objects.count() == 1


def test_at_night_only_what_is_urgent_rings_and_the_rest_comes_in_the_morning(
    service: PushService, resident: User, tell: Tell, settings: Settings
) -> None:
    settings.QUIET_HOURS = (22, 7)
    with time_machine.travel(NOON + timedelta(hours=11), tick=False) as now:
        phone_of(signed_in(resident), service)
        tell("ordinary", user=resident, channel="in_app")
        tell("read", user=resident, channel="in_app")
        tell("urgent", user=resident, channel="in_app", urgent=True)
        assert tasks.sweep() == 1
        Message.objects.filter(dedupe_key="read").update(read_at=clock.now())
        now.shift(timedelta(hours=9))
        assert tasks.sweep() == 1
    sent = Message.objects.filter(channel="web_push", state="sent").values_list("dedupe_key", flat=True)
    assert set(sent) == {"ordinary:push", "urgent:push"}


def test_a_notification_that_was_put_off_into_the_night_waits_for_the_morning(
    service: PushService, resident: User, tell: Tell, settings: Settings
) -> None:
    settings.QUIET_HOURS = (22, 7)
    with time_machine.travel(NOON + timedelta(hours=9, minutes=59), tick=False) as now:
        phone_of(signed_in(resident), service)
        tell("k", user=resident, channel="in_app")
        copies.by_push()
        now.shift(timedelta(minutes=2))
        assert tasks.sweep() == 1
        waits = Message.objects.get(dedupe_key="k:push")
        assert (waits.state, waits.next_attempt_at) == ("pending", NOON + timedelta(hours=19))


def test_one_chooses_by_kind_once_a_phone_takes_notifications(
    service: PushService, foreigner: User, tell: Tell
) -> None:
    asked = {question.name for question in wishes.questions(foreigner)}
    assert "request-web_push" not in asked
    client = signed_in(foreigner)
    phone_of(client, service)
    assert 'name="request-web_push"' in client.get("/me/settings/messages/").content.decode()
    client.post("/me/settings/messages/", {"request-sms": "on"})
    tell("k", user=foreigner, channel="in_app", event="request.placed")
    assert copies.by_push() == 0
    client.post("/me/settings/messages/", {"request-sms": "on", "request-web_push": "on"})
    assert copies.by_push() == 1


def test_codes_stay_out_of_what_a_locked_screen_shows(
    service: PushService, resident: User, tell: Tell
) -> None:
    phone = phone_of(signed_in(resident), service)
    variables.describe("who", "Name", "…", private=True)
    tell("k", user=resident, channel="in_app")
    tasks.sweep()
    said = phone.read(service.took[0].body)
    assert said["body"] == ""
    del variables._variables["who"]


def test_writing_the_copies_is_one_query(
    service: PushService, resident: User, tell: Tell, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    phone_of(signed_in(resident), service)
    tell("k", user=resident, channel="in_app")
    with django_assert_num_queries(1):
        assert copies.by_push() == 1
    assert copies.by_push() == 0


# The sign-in that stands behind it


def test_signing_out_ends_it_here_and_nowhere_else(service: PushService, resident: User) -> None:
    here, there = signed_in(resident), signed_in(resident)
    phone_of(here, service, "here")
    phone_of(there, service, "there")
    here.post("/accounts/logout/")
    assert [each.endpoint for each in PushDevice.objects.all()] == [f"{service.url}/send/there"]


def test_a_sign_in_that_is_ended_from_afar_takes_its_phone_along(
    service: PushService, resident: User
) -> None:
    here, there = signed_in(resident), signed_in(resident)
    phone_of(there, service)
    session = UserSession.objects.get(session_key=there.session.session_key)
    here.post(f"/accounts/sessions/{session.pk}/end/")
    assert not PushDevice.objects.exists()


def test_a_browser_belongs_to_whoever_signed_in_there_last(
    service: PushService, resident: User, foreigner: User
) -> None:
    phone = phone_of(signed_in(resident), service)
    signed_in(foreigner).post(ON, phone.subscription())
    assert PushDevice.objects.get().user == foreigner
    signed_in(resident).post(OFF, {"endpoint": phone.endpoint})  # not theirs
    assert PushDevice.objects.exists()
    signed_in(foreigner).post(OFF, {"endpoint": phone.endpoint})
    assert not PushDevice.objects.exists()


def test_nobody_has_more_than_ten_phones(service: PushService, resident: User) -> None:
    for number in range(12):
        phone_of(signed_in(resident), service, str(number))
    kept = {each.endpoint.rpartition("/")[2] for each in PushDevice.objects.all()}
    assert kept == {str(number) for number in range(2, 12)}


def test_endpoints_and_keys_are_encrypted_in_the_database(service: PushService, resident: User) -> None:
    phone = phone_of(signed_in(resident), service)
    raw = PushDevice.objects.extra(select={"sealed": "endpoint || p256dh || auth"}).values_list(
        "sealed", flat=True
    )[0]
    assert all(value not in raw for value in phone.subscription().values())


# Where it may lead

INSIDE = [
    "http://push.example.org/a",
    "https://localhost/a",
    "https://127.0.0.1/a",
    "https://[::1]/a",
    "https://2130706433/a",
    "https://0x7f.1/a",
    "https://push.example.org:6379/a",
    "https://me:secret@push.example.org/a",
    "https://推送.example.org/a",
    "ftp://push.example.org/a",
    "https://push.example.org/" + "a" * 1000,
    "nonsense",
]


@pytest.mark.parametrize("endpoint", INSIDE)
def test_an_endpoint_that_is_no_public_service_is_refused(
    service: PushService, resident: User, settings: Settings, endpoint: str
) -> None:
    settings.WEB_PUSH_LOCAL = False
    answer = signed_in(resident).post(ON, {**Phone("").subscription(), "endpoint": endpoint})
    assert answer.status_code == 400 and answer.json()["detail"]
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [{"p256dh": "AAAA"}, {"p256dh": "é"}, {"auth": "AAAA"}, {"auth": ""}, {"p256dh": b64(b"\x04" * 65)}],
)
def test_keys_that_are_none_are_refused(service: PushService, resident: User, broken: dict[str, str]) -> None:
    said = {**Phone(f"{service.url}/a").subscription(), **broken}
    assert signed_in(resident).post(ON, said).status_code == 400


@pytest.mark.parametrize(
    "address",
    ["10.0.0.7", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"],
)
def test_a_name_that_leads_inside_is_never_called_and_the_phone_is_forgotten(
    service: PushService,
    resident: User,
    tell: Tell,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    phone = phone_of(signed_in(resident), service)
    PushDevice.objects.all().delete()
    settings.WEB_PUSH_LOCAL = False
    said = {**phone.subscription(), "endpoint": "https://push.example.org/a"}
    signed_in(resident).post(ON, said)
    tell("k", user=resident, channel="in_app")
    asked: list[str] = []

    def inside(host: str, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443))]

    def call(*args: object) -> None:
        raise AssertionError("called")

    copies.by_push()
    with monkeypatch.context() as patched:
        patched.setattr(public_post.socket, "getaddrinfo", inside)
        patched.setattr(public_post.socket, "create_connection", call)
        deliver.sweep()
    assert asked == ["push.example.org"]
    assert Message.objects.get(dedupe_key="k:push").state == "skipped"
    assert not PushDevice.objects.exists()


def test_without_a_key_nothing_is_offered(resident: User, settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    client = signed_in(resident)
    assert "data-push" not in client.get("/me/settings/messages/").content.decode()
    assert client.post(ON, Phone("https://push.example.org/a").subscription()).status_code == 400
