"""Pictures from outside made safe: measured before they are decoded, drawn anew, nothing else kept of
them.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple

import pillow_heif
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from PIL import Image

from civic.evidence import exif, sniff
from civic.lib.errors import Busy, TooLarge, WrongType

MAX_BYTES: Final = 15 * 1024 * 1024
MAX_SIDE: Final = 20_000
# A JPEG is decoded at an eighth, a quarter or half its size; others unfold to 3 or 4 bytes a pixel.
MAX_PIXELS: Final = {"JPEG": 85_000_000, "PNG": 50_000_000, "WEBP": 50_000_000, "HEIF": 50_000_000}
KEPT_SIDE: Final = 2560
THUMB_SIDE: Final = 400
DECODERS: Final = 2
WAIT_SECONDS: Final = 20
HEAD_BYTES: Final = 4096

pillow_heif.register_heif_opener(thumbnails=False)
_decoders = threading.BoundedSemaphore(DECODERS)


class Picture(NamedTuple):
    """A picture drawn anew: two JPEG files, the size of the first, and what the camera said."""

    jpeg: bytes
    thumb: bytes
    width: int
    height: int
    taken_at: datetime | None
    lat: float | None
    lon: float | None


def redraw(content: bytes) -> Picture:
    """Returns `content` (JPEG, PNG, WebP or HEIC) as JPEG, upright, at most 2560 px a side, without metadata.

    Raises WrongType for anything else or a damaged file, TooLarge for too many bytes or pixels, Busy when
    other pictures keep the decoders occupied.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(format_lazy(_("A photo may have at most {megabytes} MB."), megabytes=MAX_BYTES >> 20))
    head = content[:HEAD_BYTES]
    kind = sniff.photo_kind(head)
    if declared := sniff.declared_size(kind, head):
        _measure(kind, *declared)
    with _one_of_few():
        try:
            return _redraw(kind, content)
        except (WrongType, TooLarge):
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels() from error
        except MemoryError as error:
            raise _too_many_pixels() from error
        except Exception as error:
            # Decoders answer broken files with whatever they stumble over (OSError, SyntaxError,
            # struct.error, ValueError for a text chunk that unfolds without end, ...): to the person all of
            # these are one.
            raise WrongType(_("This photo is damaged or was cut short; please send it again.")) from error


def _redraw(kind: str, content: bytes) -> Picture:
    with Image.open(io.BytesIO(content), formats=[kind]) as opened:
        _measure(kind, *opened.size)
        facts = exif.read(opened)
        opened.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
        picture = _on_white(opened)
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if facts.turn is not None:
        picture = picture.transpose(facts.turn)
    picture.info = {}
    thumb = picture.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return Picture(_jpeg(picture, 85), _jpeg(thumb, 80), *picture.size, facts.taken_at, facts.lat, facts.lon)


def _measure(kind: str, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise WrongType(_("This photo is damaged or was cut short; please send it again."))
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS[kind]:
        raise _too_many_pixels()


def _too_many_pixels() -> TooLarge:
    return TooLarge(_("This photo has too many pixels; please send a smaller one."))


def _on_white(picture: Image.Image) -> Image.Image:
    """Returns the picture as RGB, what shines through on white."""
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        flat = Image.new("RGB", layered.size, "white")
        flat.paste(layered, mask=layered.getchannel("A"))
        return flat
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    picture.load()
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, progressive=True)
    return file.getvalue()


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Bounds the memory of a process: pictures beyond the few being drawn wait their turn."""
    if not _decoders.acquire(timeout=WAIT_SECONDS):
        raise Busy(retry_after=5)
    try:
        yield
    finally:
        _decoders.release()
