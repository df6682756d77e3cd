"""How long a recording lasts, read from its container without decoding a sound.

Each reader takes the whole file and returns seconds, or None where the container does not say; a broken file
says nothing. Sources: RFC 8794 and the Matroska element list (WebM), RFC 3533 and 7845 (Ogg, Opus), ISO
14496-12 (MP4), the RIFF WAVE description.
"""

import math
import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

SECONDS_ALLOWED: Final = 60
SLACK_SECONDS: Final = 1.0  # recorders stop a little after they are told to
BYTES_WHEN_UNKNOWN: Final = 1_500_000
BYTES_WHEN_KNOWN: Final = {
    "audio/webm": 3_000_000,
    "audio/ogg": 3_000_000,
    "audio/mp4": 3_000_000,
    "audio/wav": 12_000_000,
}

_VIDEO_IN_MP4: Final = re.compile(rb"hdlr.{8}vide", re.DOTALL)

# Matroska elements by id; those entered hold others.
_SEGMENT, _INFO, _CLUSTER, _GROUP, _TRACKS, _TRACK = (
    0x18538067,
    0x1549A966,
    0x1F43B675,
    0xA0,
    0x1654AE6B,
    0xAE,
)
_ENTERED: Final = {_SEGMENT, _INFO, _CLUSTER, _GROUP, _TRACKS, _TRACK}
_SCALE, _DURATION, _TIME, _SIMPLE, _BLOCK, _TYPE = 0x2AD7B1, 0x4489, 0xE7, 0xA3, 0xA1, 0x83


def seconds(content_type: str, content: bytes) -> float | None:
    """Returns the length of a recording of that type, None when it cannot be told."""
    try:
        found = _READERS[content_type](content)
    except (struct.error, IndexError, ZeroDivisionError, OverflowError):
        return None
    return found if found is not None and math.isfinite(found) and found > 0 else None


def has_pictures(content_type: str, content: bytes) -> bool:
    """Returns whether a film was sent where a voice was asked for."""
    if content_type == "audio/mp4":
        return _VIDEO_IN_MP4.search(content) is not None
    if content_type == "audio/webm":
        return any(ident == _TYPE and content[at] == 1 for ident, at, size in _elements(content) if size)
    return content_type == "audio/ogg" and b"theora" in content[:4096]


def _webm(content: bytes) -> float | None:
    """The declared duration, or the time of the last block: browsers record without knowing the end."""
    scale, cluster, last = 1_000_000, 0, 0
    declared: float = 0.0
    for ident, at, size in _elements(content):
        if ident == _SCALE:
            scale = int.from_bytes(content[at : at + size], "big")
        elif ident == _DURATION:
            declared = struct.unpack_from(">d" if size == 8 else ">f", content, at)[0]
        elif ident == _TIME:
            cluster = int.from_bytes(content[at : at + size], "big")
        elif ident in (_SIMPLE, _BLOCK):
            track_bytes = _length_of_number(content[at])
            last = max(last, cluster + struct.unpack_from(">h", content, at + track_bytes)[0])
    ticks = max(declared if math.isfinite(declared) else 0.0, float(last))
    return ticks * scale / 1e9


def _elements(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields (id, where its content begins, size) of every element that holds no others, in order.

    Ends of the entered ones are not tracked: what follows them follows anyway, so a length that a live
    recorder left open does no harm.
    """
    at = 0
    while at + 2 <= len(content):
        id_length = _length_of_number(content[at])
        ident = int.from_bytes(content[at : at + id_length], "big")
        at += id_length
        if at >= len(content):
            return
        size_length = _length_of_number(content[at])
        size = int.from_bytes(content[at : at + size_length], "big") & ((1 << 7 * size_length) - 1)
        at += size_length
        if ident in _ENTERED:
            continue
        if at + size > len(content):
            return
        yield ident, at, size
        at += size


def _length_of_number(first: int) -> int:
    """Returns how many bytes a Matroska number takes, told by the leading zeros of its first."""
    return 9 - first.bit_length()


def _ogg(content: bytes) -> float | None:
    """The sample count of the last page over the rate of the codec."""
    opus = content.find(b"OpusHead", 0, 256)
    vorbis = content.find(b"\x01vorbis", 0, 256)
    if opus >= 0:
        skipped, rate = struct.unpack_from("<H", content, opus + 10)[0], 48_000
    elif vorbis >= 0:
        skipped, rate = 0, struct.unpack_from("<I", content, vorbis + 12)[0]
    else:
        return None
    samples: int = 0
    at = content.find(b"OggS")
    while at >= 0 and at + 14 <= len(content):
        samples = max(samples, struct.unpack_from("<q", content, at + 6)[0])
        at = content.find(b"OggS", at + 27)
    return float(samples - skipped) / float(rate)


def _wav(content: bytes) -> float | None:
    """The bytes of sound over the bytes a second."""
    rate: int = 0
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        if name == b"fmt ":
            rate = struct.unpack_from("<I", content, at + 16)[0]
        elif name == b"data":
            return float(min(size, len(content) - at - 8)) / float(rate)
        at += 8 + size + size % 2
    return None


def _mp4(content: bytes) -> float | None:
    """The duration of the movie header, or of the fragments where it leaves that open."""
    header = _box(content, b"moov/mvhd")
    if header is None:
        return None
    long = header[0] == 1
    scale, length = struct.unpack_from(">IQ" if long else ">II", header, 20 if long else 12)
    fragments = None if length else _box(content, b"moov/mvex/mehd")
    if fragments is not None:
        length = struct.unpack_from(">Q" if fragments[0] == 1 else ">I", fragments, 4)[0]
    return float(length) / float(scale) if length else None


def _box(content: bytes, path: bytes) -> bytes | None:
    """Returns the inside of the first box at `path`, names divided by "/"."""
    name, _slash, rest = path.partition(b"/")
    at = 0
    while at + 8 <= len(content):
        size = struct.unpack_from(">I", content, at)[0]
        start = at + 8
        if size == 1:
            size, start = struct.unpack_from(">Q", content, at + 8)[0], at + 16
        elif size == 0:
            size = len(content) - at
        if size < start - at:
            return None
        if content[at + 4 : at + 8] == name:
            inside = content[start : at + size]
            return _box(inside, rest) if rest else inside
        at += size
    return None


_READERS: Final[dict[str, Callable[[bytes], float | None]]] = {
    "audio/webm": _webm,
    "audio/ogg": _ogg,
    "audio/wav": _wav,
    "audio/mp4": _mp4,
}
