"""What a file really is, by its first bytes; its name and declared type are not asked."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from civic.lib.errors import WrongType

_HEIF_BRANDS: Final = {
    b"heic",
    b"heix",
    b"hevc",
    b"hevx",
    b"heim",
    b"heis",
    b"hevm",
    b"hevs",
    b"mif1",
    b"msf1",
}
_PNG: Final = b"\x89PNG\r\n\x1a\n"

PHOTO_KINDS: Final = "JPEG, PNG, WebP, HEIC"
VOICE_KINDS: Final = "WebM, Ogg, MP4, WAV"


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int


def photo_kind(head: bytes) -> str:
    """Returns the Pillow name of the picture format: JPEG, PNG, WEBP or HEIF. Raises WrongType."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(_PNG):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and _HEIF_BRANDS & {brand for brand in _brands(head) if brand != b"avif"}:
        return "HEIF"
    if b"<svg" in head.lower():
        raise WrongType(format_lazy(_("SVG drawings are not taken; please send {kinds}."), kinds=PHOTO_KINDS))
    raise WrongType(
        format_lazy(_("This is not a photo we can read; please send {kinds}."), kinds=PHOTO_KINDS)
    )


def voice_type(head: bytes) -> str:
    """Returns the content type to serve the recording with. Raises WrongType."""
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "audio/webm"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[4:8] == b"ftyp" and not _HEIF_BRANDS & set(_brands(head)):
        return "audio/mp4"
    raise WrongType(
        format_lazy(_("This is not a recording we can play; please send {kinds}."), kinds=VOICE_KINDS)
    )


def declared_size(kind: str, head: bytes) -> Size | None:
    """Returns the size a PNG or WebP header declares, None for other kinds or a header cut short.

    Pillow makes buffers while it opens a WebP, so its size is looked at before.
    """
    if kind == "PNG" and head[12:16] == b"IHDR" and len(head) >= 24:
        return Size(*struct.unpack(">II", head[16:24]))
    if kind == "WEBP" and len(head) >= 30:
        chunk = head[12:16]
        if chunk == b"VP8X":
            return Size(1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"))
        if chunk == b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        if chunk == b"VP8 ":
            width, height = struct.unpack("<HH", head[26:30])
            return Size(width & 0x3FFF, height & 0x3FFF)
    return None


def _brands(head: bytes) -> Iterator[bytes]:
    """Yields the major and compatible brands of an ISO base media file, without the version between them."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    yield head[8:12]
    for at in range(16, length - 3, 4):
        yield head[at : at + 4]
