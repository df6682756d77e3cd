"""Codes and secrets: tracking codes for people, tokens for machines, digits for text messages."""

import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from typing import Final

from django.conf import settings

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_BITS: Final = 60  # 40 gave 42 duplicates in 10 million (PERFORMANCE.md)
_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0"} | dict.fromkeys("-‐‑–— \t\u3000", None))

_dice: ContextVar[Random | None] = ContextVar("civic_codes", default=None)


@contextmanager
def drawn_from(dice: Random) -> Iterator[None]:
    """Draws tracking codes and digits from `dice` within the block, so that the demo city is the same every time.

    Never tokens: those stay secrets. Whatever is made in the block is as good as published.
    """
    before = _dice.set(dice)
    try:
        yield
    finally:
        _dice.reset(before)


def _below(limit: int) -> int:
    dice = _dice.get()
    return secrets.randbelow(limit) if dice is None else dice.randrange(limit)


def tracking_code() -> str:
    """Returns a fresh code such as "QH-7KD4-29PX-M3TC": setting CASE_CODE_PREFIX and 60 random bits."""
    bits = _below(1 << _BITS)
    pairs = [_PAIRS[(bits >> shift) & 1023] for shift in (50, 40, 30, 20, 10, 0)]
    return "{}-{}{}-{}{}-{}{}".format(settings.CASE_CODE_PREFIX, *pairs)


def read_tracking_code(text: str) -> str | None:
    """Returns the code as stored for what a person typed (case, spaces, O for 0, I for 1), or None."""
    prefix: str = settings.CASE_CODE_PREFIX
    typed = unicodedata.normalize("NFKC", text[:64]).strip().upper().removeprefix(prefix.upper())
    body = typed.translate(_READ_AS)
    if len(body) != 12 or any(sign not in ALPHABET for sign in body):
        return None
    return f"{prefix}-{body[:4]}-{body[4:8]}-{body[8:]}"


def token() -> str:
    """Returns a URL-safe secret of 32 random bytes (43 characters)."""
    return secrets.token_urlsafe(32)


def digits(length: int) -> str:
    """Returns `length` random decimal digits, leading zeros kept."""
    return f"{_below(10**length):0{length}d}"
