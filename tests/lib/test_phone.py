"""Phone numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.lib import phone

READ_AS = [
    ("13800005678", "+8613800005678"),
    ("138 0000 5678", "+8613800005678"),
    ("138-0000-5678", "+8613800005678"),
    ("+86 138 0000 5678", "+8613800005678"),
    ("8613800005678", "+8613800005678"),
    ("008613800005678", "+8613800005678"),
    ("１３８００００５６７８", "+8613800005678"),
    ("15412345678", "+8615412345678"),
    ("0577-88001234", "+8657788001234"),
    ("(0577) 8800 1234", "+8657788001234"),
    ("010-65001234", "+861065001234"),
]

REFUSED = [
    "",
    "   ",
    "abc",
    "12345",
    "1380000567",
    "138000056789",
    "+1 202 555 0143",
    "+852 5123 4567",
    "1" * 60,
]
REFUSED += ["138\x000005678", "+", "++8613800005678", "23800005678", "१३८००००५६७८x", "13800005678;ext=1"]


@pytest.mark.parametrize(("typed", "stored"), READ_AS)
def test_a_number_is_read_the_way_people_write_it(typed, stored):
    assert phone.normalize(typed) == stored


@pytest.mark.parametrize("typed", REFUSED)
def test_a_broken_or_foreign_number_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError) as refusal:
        phone.normalize(typed)
    assert str(refusal.value).endswith((".", "。"))


def test_a_foreign_number_passes_where_asked_for():
    assert phone.normalize("+852 5123 4567", foreign=True) == "+85251234567"
    assert phone.normalize("020 7946 0018", region="GB") == "+442079460018"
    assert phone.normalize("07911 123456", region="GB") == "+447911123456"


def test_only_a_mobile_can_receive_text_messages():
    assert phone.is_mobile("+8613800005678")
    assert phone.is_mobile("+447911123456")
    assert not phone.is_mobile("+8657788001234")
    assert not phone.is_mobile("nonsense")


def test_a_masked_number_shows_no_more_than_it_must():
    assert phone.mask("+8613800005678") == "138****5678"
    assert phone.mask("+8657788001234") == "****1234"
    assert phone.mask("") == ""
    assert phone.last4("+8613800005678") == "5678"
    assert phone.national("+8613800005678") == "13800005678"
    assert phone.national("+447911123456") == "+447911123456"


@given(st.text(max_size=60))
def test_any_text_is_either_a_number_or_refused(typed):
    try:
        stored = phone.normalize(typed)
    except ValueError:
        return
    assert stored.startswith("+86")
    assert phone.normalize(stored) == stored
