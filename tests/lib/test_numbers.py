"""Numbers as they stand in addresses and forms."""

import pytest

from civic.lib.numbers import whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1_0", None),
        (" 1", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_a_number_is_read_from_plain_digits_and_no_more_than_a_key_can_have(
    text: str, number: int | None
) -> None:
    assert whole(text) == number
