"""Texts as numbers: hashed counts of the 1 to 3 characters that stand beside each other. No dictionary, no words.

Chinese has no spaces to split at, so that characters in a row are what words are made of; the same works for English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST = 3
BITS = 18
BUCKETS = 1 << BITS
READ_CHARS = 300  # what a message is about, it says early; measured, see docs/decisions
TITLE_TIMES = 3  # a title says it more densely than the words below it
# Odd multipliers that spread code points over 64 bits (splitmix64 and its finaliser, Steele et al. 2014).
SPREAD = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xBF58476D1CE4E5B9)
SHIFT = np.uint64(29)

_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Rows:
    """Texts as sparse rows: row i has `values[starts[i]:starts[i + 1]]` in the columns `buckets[...]`."""

    starts: NDArray[np.int64]
    buckets: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, chosen: NDArray[np.int64]) -> Rows:
        """Returns the rows with these numbers, in this order."""
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        at = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Rows(starts, self.buckets[at], self.values[at])

    def turned(self, columns: int) -> Rows:
        """Returns the same numbers with rows and columns exchanged: one row for each of the `columns`."""
        order = np.argsort(self.buckets, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.buckets, minlength=columns))))
        numbers = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return Rows(starts.astype(np.int64), numbers[order], self.values[order])

    def weighted(self, weights: NDArray[np.float64]) -> Rows:
        """Returns the rows with each column times its weight, without those of weight 0, each row of length 1."""
        values = self.values * weights[self.buckets]
        kept = values > 0
        numbers = np.repeat(np.arange(len(self)), np.diff(self.starts))[kept]
        values = values[kept]
        length = np.sqrt(np.bincount(numbers, values * values, minlength=len(self)))
        starts = np.concatenate(([0], np.cumsum(np.bincount(numbers, minlength=len(self)))))
        return Rows(starts.astype(np.int64), self.buckets[kept], values / length[numbers])


def plain(text: str) -> str:
    """Returns the text without what tells nothing: width, case, white space, which number it is."""
    folded = unicodedata.normalize("NFKC", text.strip()[: 4 * READ_CHARS]).lower()
    return _SPACES.sub(" ", _DIGITS.sub("0", folded)).strip()


def spoken(title: str, text: str) -> str:
    """Returns title and words of a request as one text, the title counting several times."""
    said = plain(text)[:READ_CHARS]
    return "\n".join([plain(title)[:READ_CHARS]] * TITLE_TIMES + [said]) if title.strip() else said


def hashed(text: str) -> NDArray[np.int64]:
    """Returns the bucket of every run of 1 to 3 characters in `text`, the same in every process and version."""
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    found, run = [], np.zeros(len(points), dtype=np.uint64)
    for length in range(1, min(LONGEST, len(points)) + 1):
        run = (run[: len(points) - length + 1] + points[length - 1 :] + np.uint64(1)) * SPREAD
        mixed = (run ^ (run >> SHIFT)) * MIX
        found.append((mixed >> np.uint64(64 - BITS)).astype(np.int64))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def rows(texts: Iterable[str]) -> Rows:
    """Returns the texts as rows: 1 + ln(count) for each bucket that occurs. A text without letters is an empty row."""
    starts, buckets, values = [0], [], []
    for text in texts:
        which, count = np.unique(hashed(text), return_counts=True)
        buckets.append(which)
        values.append(1.0 + np.log(count))
        starts.append(starts[-1] + len(which))
    return Rows(
        np.array(starts, dtype=np.int64),
        np.concatenate(buckets) if buckets else np.zeros(0, dtype=np.int64),
        np.concatenate(values) if values else np.zeros(0),
    )


def rarity(found: Rows) -> NDArray[np.float64]:
    """Returns a weight for each bucket: the rarer among `found`, the higher; 0 for one that fewer than two have."""
    seen = np.bincount(found.buckets, minlength=BUCKETS)
    return np.where(seen > 1, 1.0 + np.log((1.0 + len(found)) / (1.0 + seen)), 0.0)
