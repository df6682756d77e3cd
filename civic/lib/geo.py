"""Points on the earth: WGS-84 degrees in, metres out."""

from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

EARTH_RADIUS_M: Final = 6_371_008.8


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Returns the great-circle distance in metres (haversine, within 0.5 %)."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def rounded_distance_m(distance: float) -> int:
    """Returns `distance` (metres) coarse enough not to give a home away.

    Steps of 100 m under 1 km, 500 m under 5 km, else 1 km; never 0: "within 100 m" is the nearest said.
    """
    step = 100 if distance < 1_000 else 500 if distance < 5_000 else 1_000
    return max(100, int(distance / step + 0.5) * step)


def blurred(lat: float, lon: float) -> tuple[float, float]:
    """Returns the corner of a net of about 100 m next to a point, in degrees.

    Distances from it, however finely somebody probes them from a home point of theirs, lead to the corner and not
    to the door.
    """
    return round(lat, 3), round(lon, 3)


def valid_point(lat: Any, lon: Any) -> tuple[float, float]:
    """Returns (lat, lon) as floats. Raises ValueError (lazy) for no number, NaN, infinity, off the globe."""
    try:
        if isinstance(lat, bool) or isinstance(lon, bool):
            raise TypeError
        north, east = float(lat), float(lon)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(_("The position must be two numbers: latitude and longitude.")) from error
    if not (isfinite(north) and isfinite(east)):
        raise ValueError(_("The position must be two numbers: latitude and longitude."))
    if not -90 <= north <= 90:
        raise ValueError(_("Latitude must lie between -90 and 90."))
    if not -180 <= east <= 180:
        raise ValueError(_("Longitude must lie between -180 and 180."))
    return north, east
