"""Who sees a photo or hears a voice note, and how it is served."""

from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from civic.accounts.models import AccessLog, ApiToken
from civic.evidence import access, store
from civic.evidence.models import Photo, Voice
from tests.evidence import pictures, recordings
from tests.evidence.conftest import VISIBLE_TO, may_see

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(resident_browser, upload):
    """A photo the resident has just sent."""
    assert upload(resident_browser, pictures.encoded(pictures.plain())).status_code == 201
    return Photo.objects.get()


@pytest.fixture
def voice(resident_browser, upload):
    """A voice note the resident has just sent."""
    answer = upload(resident_browser, recordings.wav(2), field="voice", declared="audio/wav")
    assert answer.status_code == 201
    return Voice.objects.get()


def statuses(browser, photo):
    return browser.get(photo.get_absolute_url()).status_code, browser.get(photo.thumb_url).status_code


def test_before_it_belongs_to_a_record_only_its_sender_sees_it(resident_browser, stranger_browser, photo):
    assert statuses(resident_browser, photo) == (200, 200)
    assert statuses(stranger_browser, photo) == (404, 404)
    assert statuses(Client(), photo) == (404, 404)


def test_afterwards_the_rule_of_the_record_decides_and_nothing_else(
    resident, stranger, resident_browser, stranger_browser, photo
):
    store.attach(resident, [photo.pk], "thing", 7)
    assert statuses(resident_browser, photo) == statuses(stranger_browser, photo) == (404, 404)
    VISIBLE_TO[7] = {stranger.pk}
    assert statuses(stranger_browser, photo) == (200, 200)
    assert statuses(resident_browser, photo) == (404, 404)
    assert statuses(Client(), photo) == (404, 404)


def test_a_kind_without_a_rule_is_seen_by_nobody(resident, resident_browser, photo):
    Photo.objects.update(subject_kind="unheard-of", subject_id=1)
    assert statuses(resident_browser, photo) == (404, 404)


def test_what_does_not_exist_looks_like_what_may_not_be_seen(resident_browser, stranger_browser, photo):
    nothing = resident_browser.get(f"/evidence/photos/{uuid4()}/")
    hidden = stranger_browser.get(photo.get_absolute_url())
    assert nothing.status_code == hidden.status_code == 404
    assert nothing.content == hidden.content
    assert resident_browser.get("/evidence/photos/1/").status_code == 404


def test_a_session_nobody_signed_in_to_sees_its_own_and_keeps_it_after_signing_in(resident, upload):
    browser, other = Client(), Client()
    assert upload(browser, pictures.encoded(pictures.plain())).status_code == 201
    photo = Photo.objects.get()
    assert photo.uploader is None and len(photo.owner_hash) == 64
    assert statuses(browser, photo) == (200, 200)
    assert statuses(other, photo) == (404, 404)
    before = browser.session.session_key
    browser.force_login(resident)
    assert browser.session.session_key != before
    assert statuses(browser, photo) == (200, 200)


def test_an_api_key_serves_as_well_as_a_session(resident, stranger, upload):
    key = ApiToken.issue(resident, "tests")
    foreign = ApiToken.issue(stranger, "tests")
    caller = APIClient(enforce_csrf_checks=True)
    caller.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    answer = caller.post("/evidence/photos/", {"photo": _file()}, format="multipart")
    assert answer.status_code == 201
    photo = Photo.objects.get()
    assert photo.uploader == resident
    assert caller.get(photo.get_absolute_url()).status_code == 200
    caller.credentials(HTTP_AUTHORIZATION=f"Token {foreign}")
    assert caller.get(photo.get_absolute_url()).status_code == 404
    caller.credentials(HTTP_AUTHORIZATION="Token wrong")
    refused = caller.get(photo.get_absolute_url())
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")


def _file():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("a.jpg", pictures.encoded(pictures.plain()), "image/jpeg")


def test_a_photo_is_served_so_that_no_browser_can_take_it_for_anything_else(resident_browser, photo):
    answer = resident_browser.get(photo.get_absolute_url())
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith('inline; filename="photo-')
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {"Cookie", "Authorization"} <= set(answer["Vary"].split(", "))
    assert int(answer["Content-Length"]) == len(answer.content)
    assert answer.content.startswith(b"\xff\xd8\xff")


def test_a_browser_that_has_it_is_told_so_but_only_while_it_may(resident, resident_browser, photo):
    first = resident_browser.get(photo.get_absolute_url())
    assert first["ETag"] != resident_browser.get(photo.thumb_url)["ETag"]
    headers = {"if-none-match": first["ETag"]}
    again = resident_browser.get(photo.get_absolute_url(), headers=headers)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    store.attach(resident, [photo.pk], "thing", 7)
    assert resident_browser.get(photo.get_absolute_url(), headers=headers).status_code == 404


def test_head_tells_without_the_picture(resident_browser, photo):
    answer = resident_browser.head(photo.get_absolute_url())
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer["Content-Length"]) > 100


def test_the_file_is_not_reachable_by_a_public_address(resident_browser, photo, settings):
    assert not settings.MEDIA_URL.startswith(settings.STATIC_URL)
    for prefix in ("/media/", "/static/", "/", f"/{settings.MEDIA_URL}"):
        assert resident_browser.get(f"{prefix}{photo.file.name}").status_code in {302, 404}


def test_opening_what_somebody_else_sent_is_logged_but_not_its_thumbnail(
    resident, stranger, resident_browser, stranger_browser, photo
):
    VISIBLE_TO[7] = {resident.pk, stranger.pk}
    store.attach(resident, [photo.pk], "thing", 7)
    for browser in (resident_browser, stranger_browser):
        browser.get(photo.thumb_url)
        browser.get(photo.get_absolute_url())
    entry = AccessLog.objects.get()
    assert (entry.user, entry.subject_kind, entry.subject_id, entry.fields) == (
        stranger,
        "thing",
        7,
        ["photo"],
    )


def test_a_file_that_is_gone_is_not_found(resident_browser, photo):
    photo.file.storage.delete(photo.file.name)
    assert resident_browser.get(photo.get_absolute_url()).status_code == 404


def test_a_voice_note_is_served_in_the_ranges_a_player_asks_for(resident_browser, stranger_browser, voice):
    address = voice.get_absolute_url()
    whole = resident_browser.get(address)
    assert (whole.status_code, whole["Content-Type"], whole["Accept-Ranges"]) == (200, "audio/wav", "bytes")
    total = len(whole.content)
    for asked, status, first, last in [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=100-", 206, 100, total - 1),
        ("bytes=-50", 206, total - 50, total - 1),
        (f"bytes=10-{total * 2}", 206, 10, total - 1),
    ]:
        part = resident_browser.get(address, headers={"range": asked})
        assert part.status_code == status
        assert part["Content-Range"] == f"bytes {first}-{last}/{total}"
        assert part.content == whole.content[first : last + 1]
    beyond = resident_browser.get(address, headers={"range": f"bytes={total}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{total}")
    for ignored in ("bytes=-", "lines=1-2", "bytes=1-2,4-5"):
        assert resident_browser.get(address, headers={"range": ignored}).content == whole.content
    assert stranger_browser.get(address).status_code == 404


def test_the_sender_may_take_back_what_belongs_to_nothing_yet(
    resident, resident_browser, stranger_browser, photo, voice, files, django_capture_on_commit_callbacks
):
    assert stranger_browser.delete(photo.get_absolute_url()).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert resident_browser.delete(photo.get_absolute_url()).status_code == 204
        assert resident_browser.delete(voice.get_absolute_url()).status_code == 204
    assert files() == [] and Photo.objects.count() == Voice.objects.count() == 0


def test_what_belongs_to_a_record_stays_with_it(resident, resident_browser, photo):
    store.attach(resident, [photo.pk], "thing", 7)
    VISIBLE_TO[7] = {resident.pk}
    answer = resident_browser.delete(photo.get_absolute_url())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert Photo.objects.count() == 1


def test_taking_back_needs_the_csrf_token(resident, photo):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(resident)
    assert careful.delete(photo.get_absolute_url()).status_code == 403


def test_a_kind_of_record_has_one_rule():
    access.register("thing", may_see)
    with pytest.raises(ValueError, match="thing"):
        access.register("thing", lambda user, subject_id: True)
