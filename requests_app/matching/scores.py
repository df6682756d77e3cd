"""What speaks for asking somebody: named parts in [0, 1], each a pure function, put together by the district's weights.

A part looks at one person alone, so that who else could be asked changes nobody's score. Newcomers begin with the
benefit of the doubt: the priors below stand for people about whom nothing is known yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from volunteers.enums import Spoken

HALF_WAY_M = 1500.0  # the distance at which the part is one half
SAME_COMMUNITY, SOMEWHERE = 0.5, 0.25  # without a point
MET_ENOUGH = 3
ASKED_PRIOR, ACCEPTED_PRIOR = 5.0, 4.0  # as if four of five offers had been accepted before the first
KEPT_PRIOR, BROKEN_PRIOR = 9.0, 1.0
NO_SHOW_COUNTS = 2  # as much as so many late give-ups
USUAL_LOAD = 3.0  # services in 30 days at which half of the part is gone
RESTED_DAYS = 7.0
DIGITS = 3

PARTS: dict[str, str | Promise] = {
    "distance": pgettext_lazy("score", "Distance"),
    "skill": pgettext_lazy("score", "Skill"),
    "continuity": pgettext_lazy("score", "Knows each other"),
    "acceptance": pgettext_lazy("score", "Likely to accept"),
    "reliability": pgettext_lazy("score", "Reliable"),
    "fairness": pgettext_lazy("score", "Balance"),
    "language": pgettext_lazy("score", "Language"),
}
REASONS: dict[str, str | Promise] = {
    "near": _("Same community"),
    "skilled": _("Has the skills"),
    "met": _("Has helped this resident before"),
    "rated_badly": _("This resident was not content with them"),
    "rested": _("Not asked lately"),
    "likes": _("Likes this kind of help"),
    "reluctant": _("Seldom accepts"),
    "unreliable": _("Has let people down lately"),
    "no_language": _("Not known to speak the resident's language"),
}
# In which of the languages somebody can help who has chosen this one for the pages; who has chosen none says nothing.
UNDERSTOOD: dict[str, frozenset[str]] = {
    "zh-hans": frozenset(Spoken) - {Spoken.SIGN, Spoken.ENGLISH},
    "en": frozenset({Spoken.ENGLISH}),
}
# What residents think of somebody is for the desk, not for the person in question.
NOT_OWN = frozenset({"rated_badly"})
OWN_PARTS = frozenset(PARTS) - {"continuity"}


@dataclass(frozen=True)
class Past:
    """What is known of a volunteer's last year: counts, and when they last served.

    `good` and `bad` are services for this very resident; `recent` are those of 30 days, promised ones too.
    """

    asked: int = 0
    accepted: int = 0
    kept: int = 0
    no_shows: int = 0
    late_give_ups: int = 0
    recent: int = 0
    last_served_at: datetime | None = None
    good: int = 0
    bad: int = 0


UNKNOWN = Past()


def distance(away_m: float | None, *, same_community: bool) -> float:
    """1 next door, half at HALF_WAY_M; without a point a guess from the community."""
    if away_m is None:
        return SAME_COMMUNITY if same_community else SOMEWHERE
    return HALF_WAY_M / (HALF_WAY_M + away_m)


def skill(wanted: Collection[int], has: Collection[int]) -> float:
    """The share of the wanted skills that somebody has; 1 where none is wanted."""
    return len(set(wanted) & set(has)) / len(set(wanted)) if wanted else 1.0


def continuity(past: Past) -> float:
    """One half for strangers, up to 1 with every good service for this resident, down to 0 with bad ones."""
    return min(1.0, max(0.0, 0.5 + min(past.good, MET_ENOUGH) / (2 * MET_ENOUGH) - past.bad / 2))


def acceptance(past: Past) -> float:
    """How likely somebody says yes: their own share of accepted offers, drawn towards the prior."""
    return (past.accepted + ACCEPTED_PRIOR) / (past.asked + ASKED_PRIOR)


def reliability(past: Past) -> float:
    """How likely somebody comes: kept promises against no-shows and late give-ups; excused ones are not counted."""
    broken = NO_SHOW_COUNTS * past.no_shows + past.late_give_ups
    return (past.kept + KEPT_PRIOR) / (past.kept + broken + KEPT_PRIOR + BROKEN_PRIOR)


def fairness(past: Past, now: datetime) -> float:
    """Half for a light load in 30 days, half for rest since the last service."""
    light = 1 / (1 + past.recent / USUAL_LOAD)
    rest = 1.0
    if past.last_served_at is not None:
        rest = min(1.0, max(0.0, (now - past.last_served_at).total_seconds() / 86_400 / RESTED_DAYS))
    return (light + rest) / 2


def language(asks: str, speaks: Collection[str]) -> float:
    """1 where a volunteer speaks the language or dialect the resident talks best, or one that goes with the language of
    their pages, or nothing is known of it; else 0. Who names none speaks Mandarin."""
    understood = frozenset({asks}) if asks in Spoken.values else UNDERSTOOD.get(asks)
    return float(understood is None or not understood.isdisjoint(speaks or (Spoken.MANDARIN,)))


def own_parts(past: Past, now: datetime) -> dict[str, float]:
    """Returns the parts that are the same whichever request it is, rounded to three digits."""
    return {
        "acceptance": round(acceptance(past), DIGITS),
        "reliability": round(reliability(past), DIGITS),
        "fairness": round(fairness(past, now), DIGITS),
    }


def parts(
    *,
    away_m: float | None,
    same_community: bool,
    wanted: Collection[int],
    has: Collection[int],
    asks: str = "",
    speaks: Collection[str] = (),
    past: Past,
    now: datetime,
) -> dict[str, float]:
    """Returns every part by name, rounded to three digits."""
    found = {
        "distance": distance(away_m, same_community=same_community),
        "skill": skill(wanted, has),
        "continuity": continuity(past),
    }
    rounded = {name: round(value, DIGITS) for name, value in found.items()}
    return rounded | own_parts(past, now) | {"language": language(asks, speaks)}


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Returns the weights of the parts scaled to a sum of 1. Raises ValueError when nothing weighs anything."""
    total = sum(weights[name] for name in PARTS)
    if total <= 0:
        raise ValueError("weights that sum to nothing")
    return {name: weights[name] / total for name in PARTS}


def total(parts: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Returns the score in [0, 1]: the parts by their shares, rounded to three digits."""
    each = shares(weights)
    return round(min(1.0, sum(each[name] * parts[name] for name in PARTS)), DIGITS)


def lot(request: str, volunteer: str) -> bytes:
    """Returns what decides between equal scores: eight bytes, the smaller first."""
    return blake2b(f"{request}:{volunteer}".encode(), digest_size=8).digest()


def order(score: float, request: str, volunteer: str) -> tuple[float, bytes, str]:
    """Returns the key to sort by, the best first, from the code of the request and the volunteer's number.

    Equal scores go by a lot that is the same every time for one request and another for the next: no number is
    always last.
    """
    return -score, lot(request, volunteer), volunteer


def reasons(
    parts: Mapping[str, float], past: Past, *, same_community: bool, wanted: bool, likes: bool = False
) -> list[str]:
    """Returns the codes of what is worth saying about somebody, see REASONS."""
    said = {
        "rated_badly": past.bad > 0,
        "met": past.good > 0,
        "near": same_community,
        "skilled": wanted and parts["skill"] == 1.0,
        "rested": past.recent == 0,
        "likes": likes,
        "reluctant": past.asked >= 4 and parts["acceptance"] < 0.5,
        "unreliable": parts["reliability"] < 0.8,
        "no_language": parts["language"] == 0,
    }
    return [code for code, holds in said.items() if holds]
