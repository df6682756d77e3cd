"""Voice notes as browsers record them: kept as they are, at most a minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.evidence import sound
from civic.evidence.models import Voice
from tests.evidence import pictures, recordings

pytestmark = pytest.mark.django_db

READ = [
    ("audio/wav", recordings.wav(12.5), 12.5),
    ("audio/ogg", recordings.ogg_opus(30), 30),
    ("audio/ogg", recordings.ogg_vorbis(4), 4),
    ("audio/mp4", recordings.mp4(21.5), 21.5),
    ("audio/mp4", recordings.mp4(21.5, version=1), 21.5),
    ("audio/mp4", recordings.mp4(0, fragment=9), 9),
    ("audio/webm", recordings.webm(25), 25),
    ("audio/webm", recordings.webm(25, live=False), 25),
    ("audio/webm", recordings.webm(17, declared=True), 17),
]

SILENT_ABOUT_IT = [
    ("audio/mp4", recordings.mp4(0)),
    ("audio/mp4", recordings.box(b"ftyp", b"M4A \x00\x00\x00\x00")),
    ("audio/mp4", b"\x00\x00\x00\x04moov" + bytes(20)),
    ("audio/ogg", recordings.ogg_opus(5, codec=b"Speex   ")),
    ("audio/ogg", recordings.ogg_vorbis(5, rate=0)),
    ("audio/wav", recordings.wav(1)[:30]),
    ("audio/wav", b"RIFF\x00\x00\x00\x00WAVEdata\x10\x00\x00\x00" + bytes(16)),
    ("audio/webm", recordings.webm(float("nan"), declared=True)),
    ("audio/webm", recordings.webm(9, declared=True)[:50]),
]


@pytest.mark.parametrize(("content_type", "content", "seconds"), READ)
def test_the_length_is_read_from_each_container(resident_browser, upload, content_type, content, seconds):
    assert sound.seconds(content_type, content) == pytest.approx(seconds, abs=0.01)
    answer = upload(resident_browser, content, name="x.bin", declared="text/plain", field="voice")
    assert answer.status_code == 201, answer.content
    voice = Voice.objects.get()
    assert answer.json() == {"id": str(voice.pk), "url": voice.get_absolute_url(), "seconds": voice.seconds}
    assert (voice.content_type, voice.seconds) == (content_type, pytest.approx(seconds, abs=0.01))
    with voice.file.open("rb") as file:
        assert file.read() == content


@pytest.mark.parametrize(("content_type", "content"), SILENT_ABOUT_IT)
def test_a_container_that_does_not_say_is_not_guessed_at(content_type, content):
    assert sound.seconds(content_type, content) is None


def test_where_the_length_is_unknown_the_size_decides(resident_browser, upload):
    short = recordings.mp4(0)
    assert upload(resident_browser, short, field="voice").status_code == 201
    assert Voice.objects.get().seconds is None
    assert upload(resident_browser, short + bytes(sound.BYTES_WHEN_UNKNOWN), field="voice").status_code == 413


REFUSED = [
    ("61 seconds and a half", recordings.wav(61.5), 413),
    ("two minutes of WebM", recordings.webm(120), 413),
    ("two minutes of Ogg", recordings.ogg_opus(120), 413),
    ("two minutes of MP4", recordings.mp4(120), 413),
    ("a short one with much behind it", recordings.mp4(5) + bytes(3_100_000), 413),
    ("13 MB", recordings.wav(1) + bytes(13_000_000), 413),
    ("a film in MP4", recordings.mp4(5, handler=b"vide"), 415),
    ("a film in WebM", recordings.webm(5, track_type=1), 415),
    ("a film in Ogg", recordings.ogg_page(0, b"\x80theora" + bytes(30)), 415),
    ("an MP3", b"ID3\x04" + bytes(300), 415),
    ("a photo", pictures.encoded(pictures.plain()), 415),
    ("a HEIC", pictures.encoded(pictures.plain(), "HEIF"), 415),
    ("a Matroska file", b"\x1aE\xdf\xa3\x8b\x42\x82\x88matroska" + bytes(60), 415),
    ("a page", b"<html><script>alert(1)</script></html>", 415),
    ("nothing", b"", 400),
]


@pytest.mark.parametrize(("content", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_bad_recording_is_refused_with_a_reason_and_nothing_is_kept(
    resident_browser, upload, files, content, status
):
    answer = upload(resident_browser, content, field="voice")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["detail"]
    assert Voice.objects.count() == 0 and files() == []


def test_a_minute_and_the_moment_a_recorder_takes_to_stop_is_taken(resident_browser, upload):
    assert upload(resident_browser, recordings.wav(60.9), field="voice").status_code == 201


@given(st.sampled_from(READ), st.data())
def test_no_damage_makes_a_reader_stumble(row, data):
    content_type, content, _seconds = row
    damaged = bytearray(content[: data.draw(st.integers(0, min(len(content), 2_000)))])
    for _ in range(data.draw(st.integers(0, 6))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = sound.seconds(content_type, bytes(damaged))
    assert found is None or found > 0
    sound.has_pictures(content_type, bytes(damaged))


def test_fragments_without_a_movie_header_have_no_length():
    whole = recordings.mp4(0, fragment=9)
    assert sound.seconds("audio/mp4", whole) == 9
    assert sound.seconds("audio/mp4", whole.replace(b"mvhd", b"none")) is None
