"""Messages in the Django admin: read, replay, and no code ever seen."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings

from civic.accounts.models import User
from civic.notify import deliver, heartbeat
from civic.notify.admin import HeartbeatAdmin, MessageAdmin
from civic.notify.models import Heartbeat, Message
from tests.notify.conftest import NOTE, Tell
from tests.notify.gateways import REFUSED, Gateway


@pytest.fixture
def messages_admin() -> MessageAdmin:
    return MessageAdmin(Message, admin.site)


def request_of(user: User) -> HttpRequest:
    """Returns a request in the admin by `user`."""
    request = RequestFactory().post("/admin/notify/message/")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def test_nobody_edits_adds_or_deletes_messages(messages_admin: MessageAdmin, db: None) -> None:
    request = request_of(User.objects.create_superuser("root"))
    for page in (messages_admin, HeartbeatAdmin(Heartbeat, admin.site)):
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)


def test_replay_needs_its_own_permission(messages_admin: MessageAdmin, resident: User) -> None:
    assert not messages_admin.has_replay_permission(request_of(resident))
    resident.user_permissions.add(Permission.objects.get(codename="replay_message"))
    assert messages_admin.has_replay_permission(request_of(User.objects.get(pk=resident.pk)))


def test_dead_messages_are_replayed_and_the_number_is_said(
    messages_admin: MessageAdmin, resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    gateway.failing.append(REFUSED)
    tell("dead", user=resident)
    deliver.sweep()
    tell("waiting", user=resident)
    request = request_of(resident)
    messages_admin.replay(request, Message.objects.all())
    assert [str(message) for message in request._messages] == ["将重新发送 1 条消息。"]  # type: ignore[attr-defined]
    assert set(Message.objects.values_list("state", flat=True)) == {"pending"}


def test_codes_are_never_shown_to_staff(messages_admin: MessageAdmin, db: None, tell: Tell) -> None:
    params = {"code": "135790", "minutes": 10}
    code = tell("code", phone="+8613800005678", template="sign_in.code", params=params)
    assert messages_admin.wording(code) == "•••"
    assert messages_admin.recipient(code) == "138****5678"
    assert "params" not in messages_admin.fields


def test_ordinary_messages_are_shown_as_sent(
    messages_admin: MessageAdmin, resident: User, tell: Tell
) -> None:
    message = tell(user=resident)
    assert messages_admin.wording(message) == "小王 在 3 点 有消息"
    assert messages_admin.recipient(message) == "陈阿姨"
    assert messages_admin.recipient(tell("mail", email="a@example.org", channel="email")) == "邮件"
    message.template = "gone"
    assert messages_admin.wording(message) == "•••"


def test_the_lists_and_a_message_open_in_the_browser(
    resident: User, tell: Tell, settings: Settings, client: Client
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    message = tell(user=resident)
    client.force_login(User.objects.create_superuser("root"))
    for place in (
        "message/",
        f"message/{message.pk}/change/",
        f"message/?q={message.dedupe_key}",
        "heartbeat/",
    ):
        assert client.get(f"/admin/notify/{place}").status_code == 200, place


def test_the_list_is_narrowed_by_the_titles_of_wordings(
    resident: User, tell: Tell, settings: Settings, client: Client
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    tell("note", user=resident, event=NOTE)
    tell("other", user=resident, event="request.placed")
    client.force_login(User.objects.create_superuser("root"))
    page = client.get("/admin/notify/message/").content.decode()
    assert "已收到您的诉求" in page
    assert "登录验证码" in page
    assert ">request.placed<" not in page
    assert "1 消息" in client.get(f"/admin/notify/message/?event={NOTE}").content.decode()


def test_rows_have_names(resident: User, tell: Tell) -> None:
    heartbeat.beat("test", handled=1)
    assert str(Heartbeat.objects.get()).startswith("test 20")
    assert str(tell(user=resident)).startswith("test.note > sms #")
