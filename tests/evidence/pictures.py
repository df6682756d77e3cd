"""Pictures made for tests: good, turned, talkative and malicious ones."""

import io
import struct
import zlib

import pillow_heif
from PIL import ExifTags, Image

pillow_heif.register_heif_opener(thumbnails=False)

SECRET = b"Exif-secret-owner-name"


def plain(width: int = 64, height: int = 48, colour: str = "red", mode: str = "RGB") -> Image.Image:
    """Returns a picture of one colour."""
    return Image.new(mode, (width, height), colour)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Returns the file of a picture."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def half_red_half_blue(width: int = 80, height: int = 40) -> Image.Image:
    """Returns a picture whose left half is red and whose right half is blue."""
    picture = plain(width, height)
    picture.paste("blue", (width // 2, 0, width, height))
    return picture


def talkative(
    taken: str = "2026:03:01 09:30:00", offset: str = "", orientation: int = 1, **gps: object
) -> bytes:
    """Returns a JPEG with EXIF, GPS, an XMP packet and a comment that name somebody."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = SECRET.decode()
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    camera[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        camera[ExifTags.Base.OffsetTimeOriginal] = offset
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = gps.get("lat_ref", "N")
    place[ExifTags.GPS.GPSLatitude] = gps.get("lat", (28.0, 1.0, 30.0))
    place[ExifTags.GPS.GPSLongitudeRef] = gps.get("lon_ref", "E")
    place[ExifTags.GPS.GPSLongitude] = gps.get("lon", (120.0, 39.0, 0.0))
    return encoded(
        half_red_half_blue(), exif=exif, comment=SECRET, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    )


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Returns one chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_declaring(width: int, height: int, *extra: bytes) -> bytes:
    """Returns a small PNG that claims a size, with more chunks before its data."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    data = png_chunk(b"IDAT", zlib.compress(b"\x00" * 10_000))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + data + png_chunk(b"IEND", b"")


def bomb_png(side: int = 20_000) -> bytes:
    """Returns a valid black PNG of side x side pixels that takes a few kilobytes."""
    line = b"\x00" * (side // 8 + 1)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


def text_bomb_png() -> bytes:
    """Returns a small PNG with a text chunk that unfolds to 100 MB."""
    packed = zlib.compress(b"A" * 100_000_000, 9)
    return png_declaring(64, 64, png_chunk(b"zTXt", b"Comment\x00\x00" + packed))


def jpeg_declaring(width: int, height: int) -> bytes:
    """Returns a JPEG whose frame header claims a size."""
    content = bytearray(encoded(plain()))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def webp_declaring(width: int, height: int) -> bytes:
    """Returns an extended WebP header that claims a size."""
    body = b"\x02\x00\x00\x00" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    inside = b"WEBPVP8X" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inside)) + inside
