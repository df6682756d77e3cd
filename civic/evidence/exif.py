"""What a camera wrote into a picture: when, and where. Read once, then it goes with the rest."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from PIL import ExifTags, Image

from civic.lib import clock, geo

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)


class Facts(NamedTuple):
    """None where the camera said nothing, or nonsense."""

    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    turn: Image.Transpose | None = None


# Tag "orientation": how to turn the picture upright. Source: EXIF 2.3 table 4.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read(picture: Image.Image) -> Facts:
    """Returns the facts of an opened picture; broken metadata counts as none."""
    try:
        tags = picture.getexif()
        taken = dict(tags.get_ifd(ExifTags.IFD.Exif))
        place = dict(tags.get_ifd(ExifTags.IFD.GPSInfo))
        turn = _TURNS.get(tags.get(ExifTags.Base.Orientation, 1))
    except Exception:  # a parser of foreign bytes: whatever it stumbles over, the picture itself may be good
        return Facts()
    lat, lon = _point(place)
    return Facts(_moment(taken), lat, lon, turn)


def _moment(tags: dict[int, Any]) -> datetime | None:
    """Returns the moment in UTC; a camera that names no zone is taken to live where people here do."""
    written = str(tags.get(ExifTags.Base.DateTimeOriginal, "")).strip("\x00 ")
    offset = str(tags.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\x00 ")
    try:
        local = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    try:
        moment = datetime.strptime(written + offset, "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        moment = local.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
    return moment if EARLIEST <= moment <= clock.now() + timedelta(days=1) else None


def _point(tags: dict[int, Any]) -> tuple[float | None, float | None]:
    """Returns (lat, lon) in degrees; 0, 0 is a camera without a fix, not a place in the Atlantic."""
    try:
        lat = _degrees(tags[ExifTags.GPS.GPSLatitude], tags[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(tags[ExifTags.GPS.GPSLongitude], tags[ExifTags.GPS.GPSLongitudeRef], "W")
        lat, lon = geo.valid_point(lat, lon)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    if math.hypot(lat, lon) < 1e-6:
        return None, None
    return round(lat, 6), round(lon, 6)


def _degrees(parts: Any, direction: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    size = degrees + minutes / 60 + seconds / 3600
    return -size if str(direction).strip("\x00 ").upper() == negative else size
