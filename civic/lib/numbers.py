"""Numbers as they stand in addresses and forms."""

from typing import Final

DIGITS: Final = 18  # whatever has so many fits the key of a row


def whole(text: str) -> int | None:
    """Returns the number that `text` writes in ASCII digits, None for anything else and for more than 18 digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None
