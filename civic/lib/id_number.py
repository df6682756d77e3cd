"""Resident identity numbers of 18 characters: read, checked, and shown with their middle hidden.

Rule: GB 11643-1999 (six digits of place, eight of birth, three of order, one check character by ISO 7064 MOD 11-2).
The numbers of 15 digits ceased to be valid in 2013.
"""

import re
import unicodedata
from datetime import date
from typing import Final, NamedTuple

from django.utils.translation import gettext_lazy as _

_FORM: Final = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_BLANKS: Final = re.compile(r"[\s\-]+")
_CHECK: Final = "10X98765432"  # by the remainder of the weighted sum
# The first two digits: the provinces of GB/T 2260, and those for residents of Hong Kong, Macao and Taiwan (81-83).
_PROVINCE: Final = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
EARLIEST: Final = date(1900, 1, 1)


class IdNumber(NamedTuple):
    """A number that is right in itself, and the birth date it carries."""

    number: str
    birth_date: date


def parse(typed: str, *, today: date) -> IdNumber:
    """Returns the number with a capital X and without blanks. Raises ValueError with a reason to show."""
    number = _BLANKS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if not _FORM.fullmatch(number):
        raise ValueError(_("An ID number has 18 characters: 17 digits, then a digit or X."))
    born = _birth_date(number[6:14])
    if not _PROVINCE.match(number) or born is None or not EARLIEST <= born <= today:
        raise ValueError(_("There is no such ID number: please compare it with the card."))
    if number[17] != check_character(number[:17]):
        raise ValueError(_("A digit is wrong in this ID number: please compare it with the card."))
    return IdNumber(number, born)


def check_character(digits: str) -> str:
    """Returns the 18th character for the first 17 digits: ISO 7064 MOD 11-2, weights 2^(17-i) mod 11."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(digits))
    return _CHECK[total % 11]


def mask(number: str) -> str:
    """Returns the number with its middle hidden: "3203**********1234"; "" stays ""."""
    return f"{number[:4]}{'*' * 10}{number[-4:]}" if number else ""


def _birth_date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
