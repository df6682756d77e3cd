"""Scores as bars: each part of a score a piece of its own colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from requests_app.matching.scores import PARTS

BAR_WIDTH = 100
PART_CLASSES = {name: f"part-{number}" for number, name in enumerate(PARTS, start=1)}


@dataclass(frozen=True)
class Segment:
    """One part of a score as a piece of its bar, in hundredths of the bar's width."""

    label: str | Promise
    css: str
    x: float
    width: float
    percent: int


def legend() -> list[tuple[str, str | Promise]]:
    """Returns the class and the words of each part, in the order of the bars."""
    return [(css, PARTS[name]) for name, css in PART_CLASSES.items()]


def strongest(pieces: Sequence[Segment]) -> Segment:
    """Returns the piece that makes up the most of a bar."""
    return max(pieces, key=lambda piece: piece.width)


def segments(parts: Mapping[str, float], shares: Mapping[str, float]) -> list[Segment]:
    """Returns the pieces of a bar: each part of the score times its share."""
    found, x = [], 0.0
    for name in PARTS:
        if name not in parts:  # kept from before there was such a part
            continue
        width = round(shares[name] * parts[name] * BAR_WIDTH, 1)
        found.append(
            Segment(
                label=PARTS[name],
                css=PART_CLASSES[name],
                x=round(x, 1),
                width=round(max(0.0, width - 0.6), 1),
                percent=round(parts[name] * 100),
            )
        )
        x += width
    return found
