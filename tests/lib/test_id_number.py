"""Resident identity numbers: the check character, what is no number at all, and what is shown."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from civic.lib.id_number import check_character, mask, parse

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize("number", ["11010519491231002X", "34052419800101001X"])
def test_the_examples_of_the_standard_are_right(number: str) -> None:
    assert parse(number, today=TODAY).number == number


def test_the_birth_date_is_read_off() -> None:
    assert parse("11010519491231002X", today=TODAY).birth_date == date(1949, 12, 31)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
    ],
)
def test_it_may_be_typed_in_any_usual_way(typed: str) -> None:
    assert parse(typed, today=TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "18 characters"),
        ("110105491231002", "18 characters"),  # 15 digits, until 2013
        ("1101051949123100XX", "18 characters"),
        ("٣١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "18 characters"),  # digits, but not these
        ("110105194912310021", "A digit is wrong"),
        ("110105194913310024", "no such ID number"),  # the 13th month
        ("110105202702280018", "no such ID number"),  # not born yet
        ("990105194912310029", "no such ID number"),  # no such province
        ("440524188001010014", "no such ID number"),  # the standard's other example, by now 146 years old
    ],
)
def test_what_is_wrong_is_said(typed: str, why: str) -> None:
    with translation.override("en"), pytest.raises(ValueError, match=why):
        parse(typed, today=TODAY)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, more: int) -> None:
    """What MOD 11-2 promises: every single wrong digit changes the check character."""
    digits = "11010519491231002"
    wrong = digits[:place] + str((int(digits[place]) + more) % 10) + digits[place + 1 :]
    assert check_character(wrong) != "X"


def test_the_middle_is_hidden() -> None:
    assert mask("11010519491231002X") == "1101**********002X"
    assert mask("") == ""
