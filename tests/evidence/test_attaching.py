"""Giving uploads to a record, and sweeping up those that were not."""

import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from civic.evidence import access, store, tasks
from civic.evidence.models import Photo, Voice
from civic.evidence.owners import Owner
from civic.lib import clock
from civic.lib.errors import ValidationFailed
from tests.evidence import pictures, recordings

pytestmark = pytest.mark.django_db

JPEG = pictures.encoded(pictures.plain())


def sent_by(owner, number=1):
    return [store.store_photo(SimpleUploadedFile("a.jpg", JPEG), uploader=owner) for _ in range(number)]


def voice_by(owner):
    return store.store_voice(SimpleUploadedFile("a.wav", recordings.wav(1)), uploader=owner)


def test_photos_are_given_to_a_record_in_the_order_named(resident):
    first, second, third = sent_by(resident, 3)
    store.attach(resident, [third.pk, str(first.pk), third.pk], "thing", 7)
    assert [photo.pk for photo in store.photos_of("thing", 7)] == [third.pk, first.pk]
    second.refresh_from_db()
    assert not second.is_attached


def test_giving_nothing_asks_nothing_of_the_database(resident, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert store.attach(resident, [], "thing", 7) == []


def test_giving_photos_costs_two_queries_however_many(resident, django_assert_max_num_queries):
    photos = sent_by(resident, 9)
    with transaction.atomic(), django_assert_max_num_queries(2):
        store.attach(resident, [photo.pk for photo in photos], "thing", 7)


def test_the_same_again_changes_nothing(resident):
    photos = sent_by(resident, 2)
    ids = [photo.pk for photo in photos]
    store.attach(resident, ids, "thing", 7)
    store.attach(resident, ids, "thing", 7)
    assert len(store.photos_of("thing", 7)) == 2


def test_a_photo_belongs_to_one_record(resident):
    (photo,) = sent_by(resident)
    store.attach(resident, [photo.pk], "thing", 7)
    with pytest.raises(ValidationFailed):
        store.attach(resident, [photo.pk], "thing", 8)


@pytest.mark.parametrize("bad", ["", "x", "12", None, 12, "a5d5b3c8-3a52-4f7e-9e62-0c1d7b8a9f10"])
def test_what_is_not_theirs_or_no_upload_at_all_is_refused_on_its_field(resident, bad):
    (mine,) = sent_by(resident)
    with pytest.raises(ValidationFailed) as refusal:
        store.attach(resident, [mine.pk, bad], "thing", 7)
    assert list(refusal.value.errors) == ["photos"]
    assert store.photos_of("thing", 7) == []


def test_the_photo_of_somebody_else_is_refused_like_one_that_does_not_exist(resident, stranger):
    (photo,) = sent_by(resident)
    with pytest.raises(ValidationFailed):
        store.attach(stranger, [photo.pk], "thing", 7)
    with pytest.raises(ValidationFailed):
        store.attach(Owner(None, ""), [photo.pk], "thing", 7)


def test_ten_photos_are_too_many(resident):
    with pytest.raises(ValidationFailed, match="9"):
        store.attach(resident, [uuid4() for _ in range(10)], "thing", 7)


def test_a_kind_nobody_declared_is_a_mistake_of_ours(resident):
    with pytest.raises(LookupError, match="unheard-of"):
        store.attach(resident, [uuid4()], "unheard-of", 7)
    assert not access.is_known("unheard-of")


def test_who_signs_in_last_gives_what_the_session_sent_before(resident):
    (photo,) = sent_by(Owner(None, "a" * 64))
    store.attach(Owner(resident.pk, "a" * 64), [photo.pk], "thing", 7)
    photo.refresh_from_db()
    assert (photo.uploader, photo.owner_hash) == (resident, "")
    assert str(photo) == str(photo.pk)


def test_a_voice_note_is_given_to_a_record(resident, stranger):
    voice = voice_by(resident)
    with pytest.raises(ValidationFailed) as refusal:
        store.attach_voice(stranger, voice.pk, "thing", 7)
    assert list(refusal.value.errors) == ["voice"]
    store.attach_voice(resident, voice.pk, "thing", 7)
    assert [found.pk for found in store.voices_of("thing", 7)] == [voice.pk]
    assert str(voice) == str(voice.pk)


def test_the_database_refuses_a_kind_without_a_record(resident):
    from django.db import IntegrityError

    (photo,) = sent_by(resident)
    with pytest.raises(IntegrityError):
        Photo.objects.filter(pk=photo.pk).update(subject_kind="thing")


def test_what_belongs_to_nothing_goes_after_a_day_with_its_files(
    resident, files, django_capture_on_commit_callbacks
):
    yesterday = clock.now() - timedelta(hours=25)
    with clock.at(yesterday):
        old, kept = sent_by(resident, 2)
        voice_by(resident)
        store.attach(resident, [kept.pk], "thing", 7)
    (young,) = sent_by(resident)
    with django_capture_on_commit_callbacks(execute=True):
        assert store.sweep_orphans() == 2
    assert {photo.pk for photo in Photo.objects.all()} == {kept.pk, young.pk}
    assert Voice.objects.count() == 0 and len(files()) == 4
    assert store.sweep_orphans() == 0


def test_a_sweep_takes_no_more_than_its_limit(resident):
    with clock.at(clock.now() - timedelta(hours=25)):
        sent_by(resident, 3)
    assert [store.sweep_orphans(limit=2), store.sweep_orphans(limit=2)] == [2, 1]


def test_files_without_a_row_go_after_a_day_and_others_stay(resident, files):
    (photo,) = sent_by(resident)
    voice_by(resident)
    folder = files()[0].parent
    leftover, fresh = folder / "left-by-a-killed-process.jpg", folder / "being-written.jpg"
    for path in (leftover, fresh):
        path.write_bytes(b"half")
    day_ago = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
    for path in (leftover, *files()):
        if path != fresh:
            os.utime(path, (day_ago, day_ago))
    assert store.sweep_files() == 1
    assert fresh.exists() and not leftover.exists() and len(files()) == 4
    assert photo.file.storage.exists(photo.thumb.name)


def test_the_hourly_task_does_both(resident):
    with clock.at(clock.now() - timedelta(hours=25)):
        sent_by(resident)
    assert tasks.sweep() == 1


def test_a_file_that_cannot_be_removed_does_not_stop_the_sweep(
    resident, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def stuck(name):
        raise OSError(30, "Read-only file system")

    with clock.at(clock.now() - timedelta(hours=25)):
        sent_by(resident)
    monkeypatch.setattr(store.default_storage, "delete", stuck)
    with django_capture_on_commit_callbacks(execute=True):
        assert store.sweep_orphans() == 1
    assert "could not remove" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_is_being_attached_is_not_swept(resident):
    with clock.at(clock.now() - timedelta(hours=25)):
        (photo,) = sent_by(resident)
    swept = []

    def sweep():
        try:
            swept.append(store.sweep_orphans())
        finally:
            connection.close()

    with transaction.atomic():
        store.attach(resident, [photo.pk], "thing", 7)
        sweeper = threading.Thread(target=sweep)
        sweeper.start()
        sweeper.join(timeout=10)
    assert swept == [0]
    assert store.sweep_orphans() == 0
    assert len(store.photos_of("thing", 7)) == 1
