"""Recordings made for tests, container by container."""

import io
import struct
import wave


def wav(seconds: float, rate: int = 8_000) -> bytes:
    """Returns silence as 8-bit mono WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(rate)
        writer.writeframes(b"\x80" * int(seconds * rate))
    return file.getvalue()


def ogg_opus(seconds: float, pages: int = 3, codec: bytes = b"OpusHead") -> bytes:
    """Returns an Ogg stream whose last page counts so many samples at 48 kHz, 312 of them skipped."""
    head = codec + (
        b"\x01\x01" + struct.pack("<HI", 312, 48_000) + b"\x00\x00\x00" if codec == b"OpusHead" else b""
    )
    content = ogg_page(0, head)
    for number in range(1, pages + 1):
        content += ogg_page(312 + int(seconds * 48_000 * number / pages), b"sound" * 20)
    return content


def ogg_vorbis(seconds: float, rate: int = 44_100) -> bytes:
    """Returns an Ogg stream that says it is Vorbis."""
    head = b"\x01vorbis" + struct.pack("<IBI", 0, 1, rate) + bytes(14)
    return ogg_page(0, head) + ogg_page(int(seconds * rate), b"sound")


def ogg_page(granule: int, body: bytes) -> bytes:
    """Returns one page."""
    return b"OggS\x00\x00" + struct.pack("<qIIIB", granule, 1, 0, 0, 1) + bytes([len(body)]) + body


def mp4(
    seconds: float, *, handler: bytes = b"soun", version: int = 0, fragment: float | None = None
) -> bytes:
    """Returns the boxes of an M4A file; `fragment` puts the length into the fragment header instead."""
    ticks = int(seconds * 1000)
    times = struct.pack(">QQIQ", 0, 0, 1000, ticks) if version else struct.pack(">IIII", 0, 0, 1000, ticks)
    inside = box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80))
    inside += box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))
    if fragment is not None:
        inside += box(b"mvex", box(b"mehd", bytes(4) + struct.pack(">I", int(fragment * 1000))))
    return box(b"ftyp", b"M4A \x00\x00\x00\x00M4A isom") + box(b"moov", inside) + box(b"mdat", bytes(100))


def box(name: bytes, content: bytes) -> bytes:
    """Returns one box."""
    return struct.pack(">I", 8 + len(content)) + name + content


def webm(seconds: float, *, declared: bool = False, track_type: int = 2, live: bool = True) -> bytes:
    """Returns a WebM of one block a second; a `live` one leaves the lengths of segment and clusters open."""
    info = element(0x2AD7B1, (1_000_000).to_bytes(3, "big"))
    if declared:
        info += element(0x4489, struct.pack(">d", seconds * 1000))
    tracks = element(0xAE, element(0xD7, b"\x01") + element(0x83, bytes([track_type])))
    body = element(0x1549A966, info) + element(0x1654AE6B, tracks)
    if not declared:
        for start in range(0, int(seconds) + 1, 10):
            blocks = element(0xE7, (start * 1000).to_bytes(4, "big"))
            for after in range(min(10, int(seconds) - start + 1)):
                content = b"\x81" + struct.pack(">h", after * 1000) + b"\x80sound"
                blocks += element(0xA3, content) if after % 2 else element(0xA0, element(0xA1, content))
            body += element(0x1F43B675, blocks, open_end=live)
    return element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, body, open_end=live)


def element(ident: int, content: bytes, *, open_end: bool = False) -> bytes:
    """Returns one EBML element with a length of four bytes, or with none."""
    size = b"\x01" + b"\xff" * 7 if open_end else (len(content) | 0x10000000).to_bytes(4, "big")
    return ident.to_bytes((ident.bit_length() + 7) // 8, "big") + size + content
