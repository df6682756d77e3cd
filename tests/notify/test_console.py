"""Wordings in the console: edited as data, checked, tried on a real case; dead messages found and sent again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.lib import clock
from civic.notify import deliver, drafting, edited, queries, shown, sms_parts, templates
from civic.notify.drafting import Words
from civic.notify.models import Message, SmsReceipt, Wording
from tests.cast import Cast
from tests.notify.conftest import NOTE, Tell
from tests.notify.gateways import REFUSED, Gateway

EDIT = "/desk/messages/request.placed/{channel}/"


@pytest.fixture(autouse=True)
def _language_of_the_test() -> Iterator[None]:
    """The pages are read in English here; the next test has its own language again."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def city_admin(cast: Cast, settings: Settings) -> User:
    settings.STAFF_SECOND_FACTOR = False
    return cast.staff("周文", "+8613800000051", Role.ADMIN, cast.city)


@pytest.fixture
def browser(city_admin: User, client: Client) -> Client:
    client.force_login(city_admin, "civic.accounts.backends.AccountBackend")
    client.cookies["django_language"] = "en"
    return client


def keep(browser: Client, channel: str, follow: bool = True, **fields: Any) -> HttpResponse:
    words = {
        "title_zh": "收到了",
        "title_en": "Received",
        "zh": "编号 {code}，{due} 前安排。",
        "en": "Number {code}, by {due}.",
        "based_on": "0",
    }
    return browser.post(EDIT.format(channel=channel), {**words, **fields}, follow=follow)  # type: ignore[return-value]


def test_an_edited_wording_is_what_people_read_from_then_on(browser: Client, cast: Cast) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=1)):
        cast.place()
    before = Message.objects.get(channel="in_app", user=cast.resident)
    assert "Version 1 is in use" in keep(browser, "in_app").content.decode()
    code = cast.place().code
    after = Message.objects.filter(channel="in_app", user=cast.resident).latest("pk")
    assert shown.show(after, "zh-hans").wording.title == "收到了"
    assert shown.show(after, "en").wording.body.startswith(f"Number {code}, by ")
    assert shown.show(before, "en").wording.title == "We have your request"  # as it was when it was told
    assert templates.get("request.placed").text("sms").version == 0  # other channels keep theirs


def test_a_variable_the_message_does_not_have_is_named(browser: Client) -> None:
    answer = keep(browser, "in_app", zh="编号 {cdoe}")
    assert answer.status_code == 400
    said = answer.content.decode()
    assert "{cdoe} is not a variable of this message. There are: {code} {due}" in said
    assert "编号 {cdoe}" in said  # what was typed is still there
    assert not Wording.objects.exists()


@pytest.mark.parametrize(
    ("channel", "text", "said"),
    [
        ("in_app", "", "This field is required."),
        ("in_app", "编号 {code", "A variable is written {name}"),
        ("in_app", "编号 {code!r}", "A variable is written {name}"),
        ("in_app", "编号 {}", "A variable is written {name}"),
        ("in_app", "编号 {code.x}", "A variable is written {name}"),
        ("sms", "【青禾】编号 {code}", "Leave out 【 and 】"),
        ("sms", "长" * 495, "signs are too many"),
    ],
)
def test_what_cannot_be_sent_is_not_kept(browser: Client, channel: str, text: str, said: str) -> None:
    answer = keep(browser, channel, zh=text)
    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert not Wording.objects.exists()


def test_a_text_message_waits_for_the_gateways_code_and_the_former_one_is_sent_meanwhile(
    browser: Client, cast: Cast, gateway: type[Gateway]
) -> None:
    assert "once the gateway" in keep(browser, "sms").content.decode()
    cast.place()
    deliver.sweep()
    assert gateway.took.pop()[0] == "REQUEST_PLACED"
    wording = Wording.objects.get()
    answer = browser.post(f"/desk/messages/codes/{wording.pk}/", {"sms_code": " SMS_154950909 "}, follow=True)
    assert "Version 1 is in use from now on." in answer.content.decode()
    placed = cast.place()
    deliver.sweep()
    code, values, _phone = gateway.took.pop()
    assert (code, values["code"], set(values)) == ("SMS_154950909", placed.code, {"code", "due"})
    assert SmsReceipt.objects.latest("pk").sms_code == "SMS_154950909"


def test_a_text_message_with_fewer_variables_sends_only_those(
    city_admin: User, cast: Cast, gateway: type[Gateway]
) -> None:
    template = templates.get("request.placed")
    made = drafting.write(
        template, "sms", Words(zh="编号 {code}", en="No. {code}"), based_on=0, actor=city_admin
    )
    drafting.enter_codes(made, zh="SMS_1", en="SMS_2", actor=city_admin)
    User.objects.filter(pk=cast.resident.pk).update(language="en")
    cast.place()
    deliver.sweep()
    assert (gateway.took[-1][0], set(gateway.took[-1][1])) == ("SMS_2", {"code"})


@pytest.mark.parametrize(
    "codes", [{"sms_code": ""}, {"sms_code": "短信"}, {"sms_code": "A", "sms_code_en": "a b"}]
)
def test_what_is_no_code_is_refused(browser: Client, codes: dict[str, str]) -> None:
    keep(browser, "sms")
    wording = Wording.objects.get()
    browser.post(f"/desk/messages/codes/{wording.pk}/", codes)
    wording.refresh_from_db()
    assert wording.in_use_from is None


def test_a_code_is_entered_once_and_never_for_a_version_behind_the_one_in_use(browser: Client) -> None:
    keep(browser, "sms")
    keep(browser, "sms", zh="又改：{code}", based_on="1")
    first, second = Wording.objects.order_by("version")
    for wording, said in (
        (second, "is in use from now on"),
        (second, "in use already"),
        (first, "newer version"),
    ):
        answer = browser.post(f"/desk/messages/codes/{wording.pk}/", {"sms_code": "SMS_2"}, follow=True)
        assert said in answer.content.decode(), said


def test_the_shipped_text_message_gets_the_gateways_code_without_a_change(browser: Client) -> None:
    shipped = templates.get("request.placed").shipped
    keep(browser, "sms", zh=shipped.zh, en=shipped.en)
    wording = Wording.objects.get()
    browser.post(f"/desk/messages/codes/{wording.pk}/", {"sms_code": "SMS_1"})
    assert templates.get("request.placed").text("sms")[:6] == (*shipped[:4], "SMS_1", "")
    keep(browser, "sms", zh=shipped.zh, en=shipped.en, based_on="1")
    assert Wording.objects.count() == 1


def test_no_text_message_without_a_code_is_in_use_says_the_database(city_admin: User) -> None:
    with pytest.raises(IntegrityError, match="notify_wording_sms_needs_code"), transaction.atomic():
        Wording.objects.create(template=NOTE, channel="sms", version=1, in_use_from=clock.now())


def test_two_who_edit_at_once_do_not_overwrite_one_another(browser: Client) -> None:
    keep(browser, "in_app")
    answer = keep(browser, "in_app", zh="另一个 {code}")
    assert (answer.status_code, "in the meantime" in answer.content.decode()) == (400, True)
    assert keep(browser, "in_app", based_on="1").status_code == 400  # the same words once more
    assert Wording.objects.count() == 1


def test_the_shipped_wording_can_be_taken_again(browser: Client, cast: Cast) -> None:
    keep(browser, "in_app")
    assert "Take this wording again" in browser.get(EDIT.format(channel="in_app")).content.decode()
    template = templates.get("request.placed")
    names = ("zh", "en", "title_zh", "title_en")
    keep(browser, "in_app", **{name: getattr(template, name) for name in names}, based_on="1")
    assert template.text("in_app")[:4] == template.shipped[:4]


def test_the_preview_takes_a_real_case_of_ones_own_areas_and_shows_no_code(
    cast: Cast, client: Client, settings: Settings
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    request = cast.accepted()
    message = Message.objects.filter(template="request.accepted").latest("pk")
    far = cast.staff("远", "+8613800000052", Role.ADMIN, cast.other_district)
    path = "/desk/messages/request.accepted/sms/"
    for user, seen in ((cast.admin, True), (far, False)):
        client.force_login(user, "civic.accounts.backends.AccountBackend")
        client.cookies["django_language"] = "en"
        assert (request.code in client.get(path).content.decode()) == seen
        words = {
            "zh": "{code} 码 {check_in}",
            "en": "{code} {check_in}",
            "based_on": "0",
            "message": message.pk,
        }
        said = client.post(path + "preview/", words).content.decode()
        assert (request.code in said, request.check_in_code in said) == (seen, False)
        assert "码 000000" in said
        assert "1 text message" in said
    broken = client.post(path + "preview/", {"zh": "{who}", "en": "x", "based_on": "0"}).content.decode()
    assert "{who} is not a variable of this message." in broken


def test_who_administers_less_than_the_city_tries_but_does_not_keep(
    cast: Cast, client: Client, settings: Settings
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(cast.admin, "civic.accounts.backends.AccountBackend")
    assert client.get("/desk/messages/").status_code == 200
    assert client.get(EDIT.format(channel="in_app")).status_code == 200
    assert keep(client, "in_app").status_code == 403
    assert client.post("/desk/messages/codes/1/", {"sms_code": "A"}).status_code == 403
    assert client.get("/desk/messages/failed/").status_code == 403
    client.force_login(cast.dispatcher, "civic.accounts.backends.AccountBackend")
    assert client.get("/desk/messages/").status_code == 403


def test_only_what_is_sent_that_way_has_a_page(browser: Client) -> None:
    for path in (
        "gone/sms/",
        "request.placed/pigeon/",
        "desk.urgent/sms/",
        "accounts.mail/email/",
        "sign_in.code/in_app/",
    ):
        assert browser.get(f"/desk/messages/{path}").status_code == 404, path
    assert browser.get("/desk/messages/sign_in.code/sms/").status_code == 200


def test_with_a_real_gateway_the_shipped_text_messages_need_codes_too(
    browser: Client, settings: Settings
) -> None:
    assert "Needs a code" not in listed_with(browser, settings, "file")
    assert "Needs a code" in listed_with(browser, settings, "aliyun")


def listed_with(browser: Client, settings: Settings, provider: str) -> str:
    settings.SMS_PROVIDER = provider
    return browser.get("/desk/messages/").content.decode()


def test_a_wording_edited_in_another_process_is_used_after_seconds(
    city_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert templates.get(NOTE).text("in_app").version == 0
    Wording.objects.create(
        template=NOTE, channel="in_app", version=1, zh="新", en="new", in_use_from=clock.now()
    )
    assert templates.get(NOTE).text("in_app").version == 0
    monkeypatch.setattr(edited, "RECHECK_SECONDS", 0)
    assert templates.get(NOTE).text("in_app").zh == "新"


@pytest.mark.parametrize(("signs", "parts"), [(10, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_text_messages_are_counted_with_their_sender_as_the_operators_do(
    settings: Settings, signs: int, parts: int
) -> None:
    settings.SMS_SIGN_NAME = "青禾"
    assert sms_parts.length("长" * (signs - 4)) == (signs, parts)


def test_dead_messages_are_listed_by_reason_and_sent_again_one_or_many(
    browser: Client, cast: Cast, tell: Tell, gateway: type[Gateway]
) -> None:
    deliver.sweep()  # what the cast was told
    gateway.took.clear()
    gateway.failing.append(REFUSED)
    dead = [tell(f"k{number}", user=cast.resident) for number in range(3)]
    nowhere = tell("nowhere", user=User.objects.create_user("nobody"))
    deliver.sweep()
    gateway.failing.clear()
    page = browser.get("/desk/messages/failed/").content.decode()
    assert f'value="{dead[0].pk}"' in page
    assert "Send 3 messages again?" in page
    only = browser.get(
        "/desk/messages/failed/", {"reason": "the recipient has no phone number"}
    ).content.decode()
    assert f'value="{nowhere.pk}"' in only
    assert f'value="{dead[0].pk}"' not in only
    replay = "/desk/messages/failed/replay/"
    said = browser.post(replay, {"id": [dead[0].pk, "x"]}, follow=True).content.decode()
    assert "1 message will be sent again." in said
    browser.post(replay, {"all_of": "gateway refuses this number"})
    deliver.sweep()
    assert len(gateway.took) == 3
    assert [message.pk for message in queries.dead()] == [nowhere.pk]
    assert "Nothing was sent again" in browser.post(replay, {"id": dead[0].pk}, follow=True).content.decode()


def test_the_dead_are_paged_and_refused_ones_of_the_gateway_listed(
    browser: Client, cast: Cast, tell: Tell
) -> None:
    for number in range(31):
        tell(str(number), user=cast.resident)
    Message.objects.update(state="dead", last_error="isv.AMOUNT_NOT_ENOUGH")
    message = Message.objects.earliest("pk")
    SmsReceipt.objects.create(
        message=message, phone_hash="h", sms_code="S", parts=1, state="failed", error="MK:0001 空号"
    )
    page = browser.get("/desk/messages/failed/").content.decode()
    assert f'value="{message.pk}"' not in page
    assert "MK:0001 空号" in page
    last = browser.get(
        "/desk/messages/failed/", {"reason": "isv.AMOUNT_NOT_ENOUGH", "before": message.pk + 1}
    )
    assert f'value="{message.pk}"' in last.content.decode()


def test_the_figures_of_the_outbox_are_told_by_channel(
    resident: User, tell: Tell, gateway: type[Gateway]
) -> None:
    assert queries.outbox_figures() == []
    now = clock.now()
    tell("due", user=resident)
    tell("later", user=resident, not_before=now + timedelta(hours=1))
    tell("mail", user=resident, channel="email")
    Message.objects.filter(dedupe_key="mail").update(state="dead")
    tell("in app", user=resident, channel="in_app")
    oldest = Message.objects.get(dedupe_key="due").next_attempt_at
    figures = {each.channel: each for each in queries.outbox_figures()}
    assert figures["sms"] == queries.Waiting("sms", 1, 1, 0, oldest)
    assert figures["email"] == queries.Waiting("email", 0, 0, 1, None)
    assert set(figures) == {"sms", "email"}
    assert queries.dead_count() == 1
    cache.clear()
