"""What people type is read the same on every page."""

import pytest
from django import forms

from civic.lib.form_fields import AnyPhone, CleanText


class Typed(forms.Form):
    name = CleanText(limit=5, error_messages={"required": "a name, please"})
    words = CleanText(limit=9, multiline=True, required=False)
    phone = AnyPhone(required=False)


def test_marks_that_hide_text_are_gone_and_length_counts_afterwards() -> None:
    form = Typed({"name": " \u200b王\u202e 芳\x00 ", "words": "一\r\n二\x07  "})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "王 芳", "words": "一\n二", "phone": ""}


@pytest.mark.parametrize("typed", ["", "   ", "\u3164\u200b"])
def test_what_shows_nothing_is_not_a_name(typed: str) -> None:
    assert Typed({"name": typed}).errors == {"name": ["a name, please"]}


def test_too_long_a_text_is_refused_with_both_numbers() -> None:
    [refusal] = Typed({"name": "一二三四五六"}).errors["name"]
    assert "5" in refusal
    assert "6" in refusal


def test_the_browser_is_told_the_limit() -> None:
    assert 'maxlength="5"' in str(Typed()["name"])


@pytest.mark.parametrize(
    ("typed", "read"), [("138 0000 5678", "+8613800005678"), ("021-5555 0123", "+862155550123"), ("", "")]
)
def test_a_phone_is_kept_in_one_form(typed: str, read: str) -> None:
    form = Typed({"name": "王芳", "phone": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == read


def test_what_is_no_phone_is_refused() -> None:
    assert "phone" in Typed({"name": "王芳", "phone": "call me"}).errors
