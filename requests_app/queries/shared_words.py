"""Which words several texts have in common: what a group of requests that look alike is about, in a few words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from civic.lib.text import bigrams

MOST = 5
_PIECES = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")  # of folded text: a word of letters, or a run of other signs
_LETTERS = re.compile(r"[a-z0-9]+")
SHORTEST = 2
BEFORE, AFTER = (
    "的了在是有和就都也又很请我你您",
    "的在是有和请我你您",
)  # signs that say little at the edge of a word


def shared_words(texts: Sequence[str]) -> list[str]:
    """Returns the words that more than half of `texts` have, as they stand in the first of them, the longest first.

    Chinese is not cut into words: there, a word is the longest run of neighbouring pairs of signs that are shared.
    """
    counted = Counter(each for text in texts for each in {*bigrams(text), *_PIECES.findall(_folded(text))})
    common = {each for each, count in counted.items() if count * 2 > len(texts)}
    found: dict[str, None] = {}
    for piece in _PIECES.findall(_folded(texts[0])) if texts else ():
        runs = [piece] if _LETTERS.fullmatch(piece) and piece in common else _runs(piece, common)
        found |= dict.fromkeys(
            word for run in runs if len(word := run.lstrip(BEFORE).rstrip(AFTER)) >= SHORTEST
        )
    longest = sorted(found, key=len, reverse=True)
    return [word for at, word in enumerate(longest) if not any(word in other for other in longest[:at])][
        :MOST
    ]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _runs(piece: str, common: set[str]) -> list[str]:
    """Returns the runs of `piece` whose neighbouring pairs are all common; none of letters, half a word says little."""
    if _LETTERS.fullmatch(piece):
        return []
    runs, start = [], 0
    for at in range(len(piece)):
        if piece[at : at + 2] not in common or at == len(piece) - 1:
            runs.append(piece[start : at + 1])
            start = at + 1
    return runs
