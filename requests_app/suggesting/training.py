"""A linear support vector machine on sparse rows, one class against the rest, fitted by L-BFGS.

numpy alone, and the same rows always give the same weights.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from requests_app.suggesting.ngrams import Rows

Array = NDArray[np.float64]
STRENGTH = 1.0  # how much a row counts against the pull of all weights towards 0 (usually called C)
STEPS, REMEMBERED, ENOUGH = 40, 8, 1e-2
SHRINK, DECREASE, TRIES = 0.5, 1e-4, 25  # of the line search (Armijo)


def scores(found: Rows, weights: Array, bias: Array) -> Array:
    """Returns a score for each row (down) and class (across); `weights` is classes x columns."""
    return np.stack([_summed(found, of_class) for of_class in weights], axis=1) + bias


def _summed(found: Rows, weights: Array) -> Array:
    """Returns for each row the sum of its values times the weights of their columns; of an empty row, 0."""
    sums = np.zeros(len(found))
    filled = np.flatnonzero(np.diff(found.starts))
    if len(filled):
        sums[filled] = np.add.reduceat(found.values * weights[found.buckets], found.starts[filled])
    return sums


def fit(found: Rows, answers: NDArray[np.int64], classes: int, columns: int) -> tuple[Array, Array]:
    """Returns (weights, bias) that tell `answers` (a class number for each row) apart: squared hinge loss.

    Each class counts the same whatever its size, so that a district's most frequent kind of request does not
    swallow the others.
    """
    used, compact = np.unique(found.buckets, return_inverse=True)
    narrow = Rows(found.starts, compact.astype(np.int64), found.values)
    across = narrow.turned(len(used))
    size = np.maximum(1, np.bincount(answers, minlength=classes))
    weights, bias = np.zeros((classes, columns)), np.zeros(classes)
    for this in range(classes):
        side = np.where(answers == this, 1.0, -1.0)
        counts = STRENGTH * (len(answers) / (classes * size))[answers]

        def loss(point: Array, side: Array = side, counts: Array = counts) -> tuple[float, Array]:
            missed = np.maximum(0.0, 1.0 - side * (_summed(narrow, point[:-1]) + point[-1]))
            value = float(counts @ (missed * missed)) + 0.5 * float(point @ point)
            off = -2.0 * counts * side * missed
            return value, np.append(_summed(across, off), off.sum()) + point

        lowest = minimise(loss, np.zeros(len(used) + 1))
        weights[this, used], bias[this] = lowest[:-1], lowest[-1]
    return weights, bias


def minimise(loss: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    """Returns where the convex `loss` (value and slope at a point) is lowest, by L-BFGS (Nocedal 1980)."""
    at, (value, slope) = start, loss(start)
    past: deque[tuple[Array, Array, float]] = deque(maxlen=REMEMBERED)
    first = float(np.linalg.norm(slope))
    for _step in range(STEPS):
        if np.linalg.norm(slope) <= ENOUGH * max(first, 1e-12):
            break
        way = _downhill(slope, past)
        stride = 1.0 if past else 1.0 / max(1.0, float(np.linalg.norm(slope)))
        for _try in range(TRIES):
            there, (lower, bent) = at + stride * way, loss(at + stride * way)
            if lower <= value + DECREASE * stride * float(slope @ way):
                break
            stride *= SHRINK
        else:
            break  # as low as numbers of this length can tell
        moved, turned = there - at, bent - slope
        if (curve := float(moved @ turned)) > 1e-12:
            past.append((moved, turned, curve))
        at, value, slope = there, lower, bent
    return at


def _downhill(slope: Array, past: deque[tuple[Array, Array, float]]) -> Array:
    """Returns the direction to go in, from the slope and how it turned on the last steps."""
    way, kept = slope.copy(), []
    for moved, turned, curve in reversed(past):
        share = float(moved @ way) / curve
        kept.append(share)
        way -= share * turned
    if past:
        moved, turned, curve = past[-1]
        way *= curve / float(turned @ turned)
    for (moved, turned, curve), share in zip(past, reversed(kept), strict=True):
        way += moved * (share - float(turned @ way) / curve)
    return -way
