"""Keyword rules: what suggests a category or skill where nothing has been learned yet. Data that a district edits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from requests_app.suggesting.ngrams import plain

_BETWEEN = re.compile(r"[\n,，、;；]+")
_LATIN = re.compile(r"[a-z0-9][a-z0-9' -]*")
UNKNOWN = 1.0  # weight of everything the words do not say: one word alone is never more than 50 % certain


class Ruled(Protocol):
    """What has a rule."""

    code: str
    keywords: str


@lru_cache(maxsize=256)
def patterns(words: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Returns the words of a rule, each with what finds it; an English word is found as a whole word."""
    found = {}
    for word in map(plain, _BETWEEN.split(words)):
        if word:
            sought = rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])"
            found[word] = re.compile(sought if _LATIN.fullmatch(word) else re.escape(word))
    return tuple(found.items())


def found(ruled: Iterable[Ruled], said: str) -> dict[str, list[str]]:
    """Returns by code the words of the rule that `said` (see `plain`) contains, without empty ones."""
    hits = {
        each.code: [word for word, pattern in patterns(each.keywords) if pattern.search(said)]
        for each in ruled
    }
    return {code: words for code, words in hits.items() if words}


def certainties(hits: dict[str, list[str]]) -> dict[str, float]:
    """Returns how certain the words make each code: its share of all words found and of what they do not say."""
    total = UNKNOWN + sum(len(words) for words in hits.values())
    return {code: len(words) / total for code, words in hits.items()}
