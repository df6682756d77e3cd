"""Tracking codes, tokens and digits."""

import re
from random import Random

import pytest

from civic.lib import codes


def test_a_tracking_code_is_a_prefix_and_three_groups_without_look_alike_letters():
    seen = {codes.tracking_code() for _ in range(2_000)}
    assert len(seen) == 2_000
    assert all(re.fullmatch(r"QH(-[0-9A-HJKMNP-TV-Z]{4}){3}", code) for code in seen)


def test_every_character_of_the_alphabet_occurs():
    drawn = "".join(codes.tracking_code()[3:].replace("-", "") for _ in range(500))
    assert set(drawn) == set(codes.ALPHABET)


def test_the_prefix_is_a_setting(settings):
    settings.CASE_CODE_PREFIX = "TZ"
    assert codes.tracking_code().startswith("TZ-")
    assert codes.read_tracking_code("tz7kd429pxm3tc") == "TZ-7KD4-29PX-M3TC"


@pytest.mark.parametrize(
    "typed",
    [
        "QH-7KD4-29PX-M310",
        "qh 7kd4 29px m3io",
        "7kd429pxm3l0",
        " QH–7KD4–29PX–M3iO ",
        "ＱＨ-７ＫＤ４-29PX-M310",
    ],
)
def test_a_code_is_read_the_way_people_type_it(typed):
    assert codes.read_tracking_code(typed) == "QH-7KD4-29PX-M310"


@pytest.mark.parametrize(
    "typed", ["", "QH", "QH-7KD4-29PX-M31", "QH-7KD4-29PX-M3100", "QH-7KD4-29PX-M31U", "x" * 99]
)
def test_what_is_no_code_is_none(typed):
    assert codes.read_tracking_code(typed) is None


def test_a_fresh_code_is_read_back_as_itself():
    code = codes.tracking_code()
    assert codes.read_tracking_code(code) == code


def test_tokens_are_long_and_url_safe():
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", codes.token())
    assert codes.token() != codes.token()


def test_digits_keep_leading_zeros():
    assert all(re.fullmatch(r"[0-9]{6}", codes.digits(6)) for _ in range(200))
    assert len(codes.digits(1)) == 1


def test_the_demo_city_draws_the_same_codes_every_time() -> None:
    def drawn() -> list[str]:
        with codes.drawn_from(Random(4)):
            return [codes.tracking_code(), codes.digits(6), codes.tracking_code()]

    first = drawn()
    assert first == drawn()
    assert first[0] != first[2]
    with codes.drawn_from(Random(4)):
        assert codes.token() != codes.token()
    assert codes.tracking_code() != first[0]
