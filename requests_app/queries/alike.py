"""Which open requests may be about the same thing as this one: near in place, time and words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import cos, radians

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Left, Upper

from civic.lib.geo import distance_m, rounded_distance_m
from requests_app.effects.merging import NEAR_M, NEAR_TIME, TAKES_OTHERS
from requests_app.enums import FINAL
from requests_app.models import ServiceRequest

LOOKED_AT = 300  # the newest of those near are weighed, however many there are
SHOWN = 6
LEAST, LEAST_WORDS = 0.2, 8  # of the score, and of the words in percent
WORDS_READ = 200  # characters from the beginning of title and text; what follows tells the story
SAID = Upper(Left(Concat(F("title"), Value(" "), F("text"), output_field=TextField()), WORDS_READ))
METRES_PER_DEGREE = 111_195.0
OF_WORDS, OF_PLACE, OF_TIME = 0.6, 0.25, 0.15


@dataclass(frozen=True)
class Alike:
    """A request that may be about the same thing: how far away (None: unknown), and how alike, 0 to 100."""

    request: ServiceRequest
    distance_m: int | None
    words_percent: int
    score: float


def suggestions(request: ServiceRequest, among: QuerySet[ServiceRequest]) -> list[Alike]:
    """Returns those of `among` (what the reader may dispatch) that `request` may be joined to, the likest first.

    Same category, at most NEAR_M away or, without a point, in the same community. One query: it reads the newest
    LOOKED_AT open requests of the street through their index and weighs no others.
    """
    words = f"{request.title} {request.text}"[:WORDS_READ].upper()
    near = (
        among.filter(_open_nearby(request), category_id=request.category_id)
        .filter(placed_at__range=(request.placed_at - NEAR_TIME, request.placed_at + NEAR_TIME))
        .filter(state__in=sorted(TAKES_OTHERS))
        .exclude(pk=request.pk)
        .annotate(alike=TrigramSimilarity(SAID, words))
        .order_by("-pk")[:LOOKED_AT]
    )
    found = [_weighed(request, other) for other in near]
    alike = [each for each in found if each.score >= LEAST and each.words_percent >= LEAST_WORDS]
    fitting = [each for each in alike if (each.distance_m or 0) <= NEAR_M]
    return sorted(fitting, key=lambda each: (-each.score, each.request.pk))[:SHOWN]


def _open_nearby(request: ServiceRequest) -> Q:
    """The open requests of the street (of the district, where there is no street) inside a box around the point."""
    level = next((each for each in ("street_id", "district_id") if getattr(request, each)), "city_id")
    found = ~Q(state__in=sorted(FINAL)) & Q(**{level: getattr(request, level)})
    if request.lat is None or request.lon is None:
        return found & Q(community_id=request.community_id)
    up = NEAR_M / METRES_PER_DEGREE
    across = up / max(0.1, cos(radians(request.lat)))
    box = Q(
        lat__range=(request.lat - up, request.lat + up),
        lon__range=(request.lon - across, request.lon + across),
    )
    return found & (box | Q(lat=None, community_id=request.community_id))


def score(words: float, away_m: float | None, apart: timedelta) -> float:
    """Returns how alike two requests are, 0 to 1: the share of trigrams they have in common (0 to 1), how far apart
    they are (None: unknown, which counts as half-way), and how long one was placed after the other.
    """
    place = max(0.0, 1 - (NEAR_M / 2 if away_m is None else away_m) / NEAR_M)
    time = max(0.0, 1 - abs(apart) / NEAR_TIME)
    return round(OF_WORDS * words + OF_PLACE * place + OF_TIME * time, 3)


def away_m(one: ServiceRequest, other: ServiceRequest) -> float | None:
    """Returns the metres between two requests, None where one has no point."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return distance_m(one.lat, one.lon, other.lat, other.lon)


def _weighed(request: ServiceRequest, other: ServiceRequest) -> Alike:
    away = away_m(request, other)
    words = float(getattr(other, "alike", 0) or 0)
    return Alike(
        request=other,
        distance_m=None if away is None else rounded_distance_m(away),
        words_percent=round(words * 100),
        score=score(words, away, request.placed_at - other.placed_at),
    )
