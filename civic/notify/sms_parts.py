"""How long a text message is and in how many parts it travels, which is what the operators charge.

Rule of the Chinese gateways: every sign counts one, the sender's 【name】 included; up to 70 signs are one part, longer
texts are cut into parts of 67.
"""

from typing import Final, NamedTuple

from django.conf import settings

ONE_PART: Final = 70
OF_SEVERAL: Final = 67


class Length(NamedTuple):
    """Signs as the operators count them, the sender's name included, and parts."""

    signs: int
    parts: int


def length(text: str) -> Length:
    """Returns the length of `text` (variables filled in) behind the approved sender's name."""
    whole = signed(text)
    signs = len(whole.encode("utf-16-le")) // 2  # a sign outside the basic plane counts two
    return Length(signs, 1 if signs <= ONE_PART else -(-signs // OF_SEVERAL))


def signed(text: str) -> str:
    """Returns the text as it arrives: behind the sender's name."""
    return f"【{settings.SMS_SIGN_NAME or settings.SITE_NAME}】{text}"
