"""Which column of a file says what, guessed from its header."""

import re
from collections.abc import Mapping

Words = Mapping[str, tuple[str, ...]]


def guess(headers: list[str], known: Words) -> dict[str, int]:
    """Returns target > column number for every target one of whose words stands in a header; each column once.

    `known` has the words of each target, the most telling first; a header is taken by the first target that knows it.
    """
    found: dict[str, int] = {}
    for target, words in known.items():
        for word in words:
            for column, header in enumerate(headers):
                if column not in found.values() and _says(header, word):
                    found[target] = column
                    break
            if target in found:
                break
    return found


def _says(header: str, word: str) -> bool:
    header = header.strip().lower()
    if word.isascii():
        return re.search(rf"(?<![a-z]){word}(?![a-z])", header) is not None
    return word in header
