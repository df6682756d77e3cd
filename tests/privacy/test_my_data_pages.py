"""The pages about one's own data: asked for shortly after signing in, fetched by nobody else, taken back."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from civic.accounts.models import User
from civic.evidence import store
from civic.lib import clock
from civic.notify import wishes
from civic.notify.models import Message, SmsReceipt
from insight.privacy import contents as privacy_contents
from insight.privacy import copies, deletion, sweep
from insight.privacy.models import Deletion, Export
from requests_app.actions import unmask_phone
from tests.cast import Cast
from tests.requests_app.residents import picture
from tests.requests_app.volunteer_browser import words

pytestmark = pytest.mark.django_db


def signed_in(user: User, *, minutes_ago: float = 1) -> Client:
    """Returns a browser in English in which `user` signed in by code so long ago."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    session = client.session
    at = clock.now().timestamp() - minutes_ago * 60
    session["account_authentication_methods"] = [{"method": "code", "at": at}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def contents(user: User) -> tuple[dict[str, Any], list[str]]:
    """Returns what stands in the copy that `user` can fetch, and the names of its files."""
    made = copies.latest(user)
    assert made is not None
    response = signed_in(user).get(reverse("privacy:download", args=[made.pk]))
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        return json.loads(archive.read("data.json")), archive.namelist()


def test_the_copy_holds_everything_of_a_resident_with_photos(cast: Cast) -> None:
    photo = store.store_photo(picture(), uploader=cast.resident)
    request = cast.place(photos=[str(photo.pk)], contact_name="陈桂兰")
    unmask_phone(request, actor=cast.dispatcher, purpose="contact", note="问取哪种药")
    copies.ask(cast.resident)
    assert copies.resume() == 1
    told, names = contents(cast.resident)
    assert told["account"]["phone"] == cast.resident.phone
    assert told["requests"][0]["text"] == "腿脚不便，想请人去社区医院取一次药。"
    assert told["requests"][0]["address"] == "荷花里 3 号楼 2 单元 502"
    assert told["requests"][0]["history"][0]["by_me"] is True
    assert told["who_looked"][0]["note"] == "问取哪种药"
    assert told["messages"][0]["body"]
    assert f"photos/{photo.pk}.jpg" in names
    assert cast.dispatcher.name not in json.dumps(told, ensure_ascii=False)


def test_the_copy_says_which_messages_were_wanted_and_what_became_of_them(cast: Cast) -> None:
    wishes.choose(cast.resident, {})  # nothing outside of the app
    chosen = clock.now()
    cast.place()
    text = Message.objects.get(user=cast.resident, channel="sms", template="request.placed")
    for user, message in ((cast.resident, text), (cast.neighbour, _text_to(cast.neighbour))):
        SmsReceipt.objects.create(
            message=message,
            phone_hash=user.phone_hash,
            provider_id=f"gateway-{user.pk}",
            sms_code="REQUEST_PLACED",
            parts=2,
            state="failed",
            reported_at=chosen,
            error="MK:0001 停机",
        )
    copies.ask(cast.resident)
    copies.resume()
    told, _names = contents(cast.resident)
    wished = {(each["kind"], each["channel"]): each for each in told["message_preferences"]}
    assert wished["request", "sms"]["choice"] == "off"
    assert wished["request", "sms"]["about"] == "诉求进展"
    assert wished["request", "sms"]["changed_at"].startswith(f"{chosen:%Y-%m-%d}")
    [written] = [each for each in told["messages"] if each["receipts"]]
    assert written["channel"] == "sms"
    [receipt] = written["receipts"]
    assert receipt["provider_id"] == f"gateway-{cast.resident.pk}"
    assert (receipt["state"], receipt["parts"], receipt["error"]) == ("failed", 2, "MK:0001 停机")
    assert f"gateway-{cast.neighbour.pk}" not in json.dumps(told)


def _text_to(user: User) -> Message:
    """Returns a text message to somebody else."""
    return Message.objects.create(
        dedupe_key=f"to:{user.pk}",
        event="request.placed",
        template="request.placed",
        user=user,
        channel="sms",
        params={"code": "X", "due": ""},
        next_attempt_at=clock.now(),
    )


def test_the_copy_costs_the_same_however_many_messages_there_are(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            list(privacy_contents.messages_of(cast.resident))
        return len(caught)

    cast.place()
    queries()  # reads the wordings, which are kept
    few = queries()
    cast.place()
    cast.place()
    assert queries() == few == 2


def test_the_copy_of_a_volunteer_names_no_resident(cast: Cast) -> None:
    cast.closed()
    copies.ask(cast.volunteer.user)
    copies.resume()
    told, _names = contents(cast.volunteer.user)
    assert told["volunteer"]["number"] == cast.volunteer.number
    assert told["volunteer"]["service_records"][0]["minutes"] >= 1
    text = json.dumps(told, ensure_ascii=False)
    assert not [word for word in ("荷花里", cast.resident.phone, "陈桂兰", "腿脚不便") if word in text]


def test_asking_wants_a_recent_sign_in(cast: Cast) -> None:
    late = signed_in(cast.resident, minutes_ago=16)
    assert "Sign in again with a code" in words(late.get(reverse("privacy:data")))
    for name, body in (("ask_copy", {}), ("delete", {"sure": "on"})):
        answered = signed_in(cast.resident, minutes_ago=16).post(reverse(f"privacy:{name}"), body)
        assert answered.headers["Location"].startswith("/accounts/login/?next=%2Fme%2Fdata%2F")
    assert not Export.objects.exists()
    assert not Deletion.objects.exists()
    assert signed_in(cast.resident).post(reverse("privacy:ask_copy")).status_code == 302
    assert Export.objects.filter(user=cast.resident).exists()


def test_who_has_a_password_confirms_it_instead(cast: Cast) -> None:
    cast.dispatcher.set_password("three wise red pandas")
    cast.dispatcher.save()
    late = signed_in(cast.dispatcher, minutes_ago=30)
    answered = late.post(reverse("privacy:ask_copy"))
    assert answered.headers["Location"] == "/accounts/reauthenticate/?next=%2Fme%2Fdata%2F"


def test_asking_again_while_one_is_there_makes_no_second_one(cast: Cast) -> None:
    first = copies.ask(cast.resident)
    assert copies.ask(cast.resident) == first
    copies.resume()
    assert copies.ask(cast.resident) == first
    with time_machine.travel(clock.now() + timedelta(hours=73), tick=False):
        assert copies.ask(cast.resident) != first


def test_nobody_else_fetches_it_and_nobody_once_its_time_is_over(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    made = copies.ask(cast.resident)
    path = reverse("privacy:download", args=[made.pk])
    assert signed_in(cast.resident).get(path).status_code == 404  # not made yet
    copies.resume()
    assert signed_in(cast.neighbour).get(path).status_code == 404
    assert signed_in(cast.dispatcher).get(path).status_code == 404
    assert Client().get(path).status_code == 302
    fetched = signed_in(cast.resident).get(path)
    assert fetched.status_code == 200
    assert b"".join(fetched.streaming_content)  # and is closed with its end
    made.refresh_from_db()
    name = made.file
    with time_machine.travel(clock.now() + timedelta(hours=73), tick=False):
        assert signed_in(cast.resident).get(path).status_code == 404
        with django_capture_on_commit_callbacks(execute=True):
            assert sweep.run()["copies"] == 1
    assert not default_storage.exists(name)


def test_a_copy_that_fails_is_tried_again_later(cast: Cast, settings: Any) -> None:
    made = copies.ask(cast.resident)
    kept = settings.MEDIA_ROOT
    settings.MEDIA_ROOT = "/proc/nothing/can/be/written/here"
    assert copies.resume() == 0
    made.refresh_from_db()
    assert (made.attempts, made.ready_at) == (1, None)
    settings.MEDIA_ROOT = kept
    assert copies.resume() == 0  # not yet
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        assert copies.resume() == 1


def test_a_copy_that_failed_very_often_keeps_no_other_waiting(cast: Cast, settings: Any) -> None:
    made = copies.ask(cast.resident)
    Export.objects.filter(pk=made.pk).update(attempts=41)
    settings.MEDIA_ROOT = "/proc/nothing/can/be/written/here"
    with time_machine.travel(clock.now(), tick=False):
        assert copies.resume() == 0
        made.refresh_from_db()
        assert (made.attempts, made.try_at - clock.now()) == (42, timedelta(hours=6))


def test_deleting_is_confirmed_shown_and_can_be_taken_back(cast: Cast) -> None:
    client, path = signed_in(cast.neighbour), reverse("privacy:delete")
    assert "You have 15 days to change your mind." in words(client.get(path))
    assert client.post(path, {}).status_code == 400
    assert not Deletion.objects.exists()
    assert client.post(path, {"sure": "on"}).status_code == 302
    assert "Your account is deleted on" in words(client.get(path))
    assert "Your account is deleted on" in words(client.get(reverse("privacy:data")))
    client.post(reverse("privacy:keep"))
    assert Deletion.objects.get().withdrawn_at is not None
    assert "Your account is deleted on" not in words(client.get(reverse("privacy:data")))


def test_what_stands_against_it_is_said_with_the_way_there(cast: Cast) -> None:
    cast.place()
    client, path = signed_in(cast.resident), reverse("privacy:delete")
    page = client.get(path)
    assert "1 request is still open." in words(page)
    assert 'href="/me/"' in page.content.decode()
    assert client.post(path, {"sure": "on"}).status_code == 409
    assert "You hold a role as staff." in words(signed_in(cast.dispatcher).get(path))


def test_a_deleted_account_leaves_no_copy_behind(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    copies.ask(cast.neighbour)
    deletion.ask(cast.neighbour)
    with time_machine.travel(clock.now() + timedelta(days=15, minutes=1), tick=False):
        copies.resume()
        name = Export.objects.get().file
        with django_capture_on_commit_callbacks(execute=True):
            sweep.run()
    assert not default_storage.exists(name)
    assert signed_in(cast.neighbour).get(reverse("privacy:data")).status_code == 302
