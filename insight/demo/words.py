"""Reads the demo's words and request texts from insight/demo/data: data that can be edited without reading
code.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data"


class RequestText(NamedTuple):
    """What somebody asks for: the key of the category, words, usual minutes and how many helpers."""

    category: str
    title: str
    text: str
    minutes: int
    headcount: int


@cache
def _sections() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    words: list[str] = []
    whole_lines = False
    for raw in (DATA / "words.txt").read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            name, _bracket, kind = line[1:].partition("]")
            whole_lines = kind.strip() == "lines"
            words = found.setdefault(name, [])
        elif whole_lines:
            words.append(line)
        else:
            words.extend(line.split())
    return {name: tuple(each) for name, each in found.items()}


def words(section: str) -> tuple[str, ...]:
    """Returns the words or lines of a section of data/words.txt. Raises KeyError for an unknown section."""
    return _sections()[section]


@cache
def fitting(section: str, category: str) -> tuple[str, ...]:
    """Returns the lines of a section that fit a request of `category` (a code): those for all, and its own."""
    found = []
    for line in words(section):
        codes, mark, said = line.partition(": ")
        if not mark:
            found.append(line)
        elif category in codes.split():
            found.append(said)
    return tuple(found)


@cache
def requests() -> tuple[RequestText, ...]:
    """Returns every request text of data/requests.tsv, in the order of the file."""
    with (DATA / "requests.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return tuple(
            RequestText(
                row["category"], row["title"], row["text"], int(row["minutes"]), int(row["headcount"])
            )
            for row in rows
        )
