"""Photos as people send them: what is kept of them, and what is refused with which words."""

import io
import tracemalloc
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError
from django.test import Client
from django.utils import translation
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from civic.evidence import images, store
from civic.evidence.models import Photo
from civic.evidence.owners import Owner
from civic.lib.errors import Busy, TooLarge, WrongType
from tests.evidence import pictures

pytestmark = pytest.mark.django_db


def kept(photo, field="file"):
    with getattr(photo, field).open("rb") as file:
        return file.read()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_each_kind_is_kept_as_jpeg_with_a_thumbnail(resident_browser, resident, upload, kind):
    answer = upload(resident_browser, pictures.encoded(pictures.plain(900, 600), kind), name="wrong.txt")
    assert answer.status_code == 201, answer.content
    photo = Photo.objects.get()
    assert answer.json() == {
        "id": str(photo.pk),
        "url": f"/evidence/photos/{photo.pk}/",
        "thumb_url": f"/evidence/photos/{photo.pk}/thumb/",
        "width": 900,
        "height": 600,
    }
    assert photo.uploader == resident and not photo.is_attached and len(photo.sha256) == 64
    for field, size in {"file": (900, 600), "thumb": (400, 267)}.items():
        with Image.open(io.BytesIO(kept(photo, field))) as again:
            assert (again.format, again.size) == ("JPEG", size)
            red, green, blue = again.getpixel((5, 5))
            assert red > 230 and green < 30 and blue < 30


@pytest.mark.parametrize(("size", "expected"), [((5120, 2560), (2560, 1280)), ((3000, 4000), (1920, 2560))])
def test_a_large_photo_is_kept_at_2560_pixels_a_side(resident, size, expected):
    picture = images.redraw(pictures.encoded(pictures.plain(*size)))
    assert (picture.width, picture.height) == expected


def test_a_small_photo_is_not_blown_up():
    assert images.redraw(pictures.encoded(pictures.plain(3, 2)))[2:4] == (3, 2)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "I;16", "CMYK"])
def test_every_colour_mode_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = Image.new(mode, (20, 20)) if mode in {"I;16", "LA"} else pictures.plain(20, 20, "black", mode)
    assert images.redraw(pictures.encoded(source, kind)).width == 20


def test_what_shines_through_becomes_white():
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    with Image.open(io.BytesIO(images.redraw(pictures.encoded(clear, "PNG")).jpeg)) as again:
        assert again.getpixel((10, 10)) == (255, 255, 255)


def test_names_are_random_and_lie_in_the_folder_of_the_day(resident_browser, upload, files):
    for _ in range(2):
        upload(resident_browser, pictures.encoded(pictures.plain()), name="../../etc/passwd")
    names = [path.name for path in files()]
    assert len(set(names)) == 4 and all(len(name) == 36 and name.endswith(".jpg") for name in names)
    assert all(f"{datetime.now(UTC):%Y/%m/%d}" in str(path) for path in files())
    assert all(oct(path.stat().st_mode & 0o777) == "0o600" for path in files())


def test_time_and_place_are_read_and_then_nothing_of_them_is_left_in_the_files(
    resident_browser, upload, files
):
    sent = pictures.talkative()
    assert pictures.SECRET in sent
    assert upload(resident_browser, sent).status_code == 201
    photo = Photo.objects.get()
    assert photo.taken_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert (photo.lat, photo.lon) == (28.025, 120.65)
    for path in files():
        content = path.read_bytes()
        assert pictures.SECRET not in content and b"Exif" not in content and b"xmp" not in content
        with Image.open(path) as again:
            assert not again.getexif() and "comment" not in again.info


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_kept_upright(orientation):
    upright = {1: True, 2: True, 3: True, 4: True}.get(orientation, False)
    picture = images.redraw(pictures.talkative(orientation=orientation))
    assert (picture.width, picture.height) == ((80, 40) if upright else (40, 80))
    with Image.open(io.BytesIO(picture.jpeg)) as again:
        red_first = again.getpixel((2, 2))[0] > 150
    assert red_first == (orientation in {1, 4, 5, 6})


def test_the_zone_the_camera_names_counts():
    assert images.redraw(pictures.talkative(offset="-05:00")).taken_at == datetime(
        2026, 3, 1, 14, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "taken", ["", "0000:00:00 00:00:00", "yesterday", "2999:01:01 00:00:00", "1904:01:01 00:00:00"]
)
def test_a_nonsensical_time_counts_as_none(taken):
    assert images.redraw(pictures.talkative(taken=taken)).taken_at is None


@pytest.mark.parametrize(
    ("gps", "point"),
    [
        ({"lat_ref": "S", "lon_ref": "W"}, (-28.025, -120.65)),
        ({"lat": (95.0, 0.0, 0.0)}, (None, None)),
        ({"lat": (0.0, 0.0, 0.0), "lon": (0.0, 0.0, 0.0)}, (None, None)),
        ({"lat": (28.0, 1.0)}, (None, None)),
        ({"lat": (IFDRational(0, 0), 1.0, 1.0)}, (None, None)),
    ],
)
def test_a_nonsensical_place_counts_as_none(gps, point):
    picture = images.redraw(pictures.talkative(**gps))
    assert (picture.lat, picture.lon) == point


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_metadata_does_not_cost_the_photo():
    exif = b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + b"\xff" * 40
    picture = images.redraw(pictures.encoded(pictures.plain(), exif=exif))
    assert (picture.width, picture.taken_at) == (64, None)


REFUSED = [
    ("text named .jpg", b"this is no picture at all", 415),
    ("a program", b"MZ\x90\x00" + bytes(200), 415),
    ("a GIF", pictures.encoded(pictures.plain(), "GIF"), 415),
    ("a BMP", pictures.encoded(pictures.plain(), "BMP"), 415),
    ("an AVIF", b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(100), 415),
    ("an SVG", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 415),
    ("a JPEG cut short", pictures.encoded(pictures.plain(600, 600))[:900], 415),
    ("a PNG cut short", pictures.encoded(pictures.half_red_half_blue(), "PNG")[:60], 415),
    ("a HEIC cut short", pictures.encoded(pictures.plain(), "HEIF")[:100], 415),
    ("a WebP cut short", pictures.encoded(pictures.plain(), "WEBP")[:40], 415),
    ("only a signature", b"\xff\xd8\xff", 415),
    ("a PNG of nothing", pictures.png_declaring(0, 10), 415),
    ("a zip-bomb PNG", pictures.bomb_png(), 413),
    ("a text-bomb PNG", pictures.text_bomb_png(), 415),
    ("a PNG of 30,000 x 30,000", pictures.png_declaring(30_000, 30_000), 413),
    ("a JPEG of 30,000 x 30,000", pictures.jpeg_declaring(30_000, 30_000), 413),
    ("a WebP of 16,000 x 16,000", pictures.webp_declaring(16_000, 16_000), 413),
    ("a line of 25,000 pixels", pictures.png_declaring(25_000, 1), 413),
    ("16 MB", pictures.encoded(pictures.plain()) + bytes(16 * 1024 * 1024), 413),
    ("nothing", b"", 400),
]


@pytest.mark.parametrize(("content", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_bad_photo_is_refused_with_a_reason_and_nothing_is_kept(
    resident_browser, upload, files, content, status
):
    for language in ("en", "zh-hans"):
        answer = upload(resident_browser, content, headers={"accept-language": language})
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status and body["code"] and len(body["detail"]) > 5
    assert Photo.objects.count() == 0
    assert files() == []


def test_an_svg_is_named_as_such():
    with translation.override("en"), pytest.raises(WrongType) as refusal:
        images.redraw(b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    with translation.override("en"):
        assert "SVG" in str(refusal.value) and "HEIC" in str(refusal.value)


def test_a_bomb_is_refused_without_unfolding_it():
    bombs = [pictures.bomb_png(), pictures.png_declaring(30_000, 30_000), pictures.text_bomb_png()]
    for bomb in bombs:
        tracemalloc.start()
        with pytest.raises((TooLarge, WrongType)):
            images.redraw(bomb)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8_000_000


def test_webp_sizes_are_read_from_each_kind_of_header():
    for options in (
        {"lossless": True},
        {"lossless": False},
        {"lossless": True, "exif": b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"},
    ):
        content = pictures.encoded(pictures.plain(321, 123), "WEBP", **options)
        assert images.sniff.declared_size("WEBP", content) == (321, 123)
    assert images.sniff.declared_size("WEBP", b"RIFF\x00\x00\x00\x00WEBPXXXX" + bytes(30)) is None


def test_memory_running_out_is_answered_as_too_many_pixels(monkeypatch):
    def exhausted(*_args):
        raise MemoryError

    monkeypatch.setattr(images, "_on_white", exhausted)
    with pytest.raises(TooLarge):
        images.redraw(pictures.encoded(pictures.plain()))


def test_only_a_few_photos_are_redrawn_at_once(monkeypatch):
    monkeypatch.setattr(images, "WAIT_SECONDS", 0.01)
    for _ in range(images.DECODERS):
        images._decoders.acquire()
    try:
        with pytest.raises(Busy):
            images.redraw(pictures.encoded(pictures.plain()))
    finally:
        for _ in range(images.DECODERS):
            images._decoders.release()
    assert images.redraw(pictures.encoded(pictures.plain())).width == 64


def test_a_full_disk_is_said_clearly_and_leaves_nothing(resident_browser, upload, files, monkeypatch):
    whole = store.default_storage.save
    saved = []

    def full(name, content):
        saved.append(name)
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        return whole(name, content)

    monkeypatch.setattr(store.default_storage, "save", full)
    answer = upload(resident_browser, pictures.encoded(pictures.plain()))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Retry-After"] == "60"
    assert files() == [] and Photo.objects.count() == 0


def test_a_failed_row_leaves_no_file(files):
    impossible = Owner(None, "x" * 65)
    with pytest.raises(DataError):
        store.store_photo(
            SimpleUploadedFile("a.jpg", pictures.encoded(pictures.plain())), uploader=impossible
        )
    assert files() == [] and Photo.objects.count() == 0


def test_the_request_must_carry_a_file_in_the_right_field(resident_browser, upload):
    answer = resident_browser.post("/evidence/photos/", {"photo": "words"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["photo"])
    assert resident_browser.post("/evidence/photos/", b"raw", "image/jpeg").status_code == 415
    assert resident_browser.post("/evidence/photos/", "{", "application/json").status_code == 415
    assert resident_browser.get("/evidence/photos/").status_code == 405


def test_an_unreadable_form_is_refused(resident_browser):
    answer = resident_browser.post(
        "/evidence/photos/", b"--x\r\n", "multipart/form-data; boundary=" + "y" * 300
    )
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_no_photo_can_need_is_refused_before_it_is_read(resident_browser):
    answer = resident_browser.post(
        "/evidence/photos/",
        b"x",
        "multipart/form-data; boundary=y",
        headers={"content-length": str(40 << 20)},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_session_without_csrf_token_is_refused(resident, upload):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(resident)
    answer = upload(careful, pictures.encoded(pictures.plain()))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert Photo.objects.count() == 0


def test_a_nameless_session_without_csrf_token_is_refused_too(upload):
    assert upload(Client(enforce_csrf_checks=True), pictures.encoded(pictures.plain())).status_code == 403


def test_uploads_are_counted_by_the_hour(resident_browser, upload, monkeypatch):
    monkeypatch.setattr("civic.evidence.limits.UPLOADS_AN_OWNER", 3)
    assert [upload(resident_browser, b"junk").status_code for _ in range(4)] == [415, 415, 415, 429]
    answer = upload(resident_browser, b"junk")
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert answer.json()["code"] == "too_many"


def test_one_address_cannot_send_without_end_under_new_sessions(upload, monkeypatch):
    monkeypatch.setattr("civic.evidence.limits.UPLOADS_AN_ADDRESS", 2)
    assert [upload(Client(), b"junk").status_code for _ in range(3)] == [415, 415, 429]


def test_exif_of_a_heic_is_read_as_well():
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:03:01 09:30:00"
    content = pictures.encoded(pictures.plain(), "HEIF", exif=exif.tobytes())
    assert images.redraw(content).taken_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
