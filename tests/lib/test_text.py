"""Texts people write."""

import unicodedata

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from civic.lib import text

FAMILY = "👨‍👩‍👧"
FLAG = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

CLEANED = [
    ("  家里的灯坏了  ", "家里的灯坏了"),
    ("a\x00b\x07c\x7f", "abc"),
    ("one\ttwo\n three", "one two three"),
    ("\u3000全角空格\u3000", "全角空格"),
    ("\u202eevil\u202c \u2066x\u2069\u200f", "evil x"),
    ("e\u0301", "é"),
    (f"谢谢{FAMILY}❤️{FLAG}", f"谢谢{FAMILY}❤️{FLAG}"),
    ("broken \ud83d half", "broken half"),
    ("\ufeffBOM", "BOM"),
    ("a\u2028b\x85c", "a b c"),
    ("plain", "plain"),
    ("a  b", "a b"),
]


@pytest.mark.parametrize(("written", "stored"), CLEANED)
def test_a_line_is_cleaned_without_losing_a_word(written, stored):
    assert text.clean(written, 100) == stored


def test_line_breaks_stay_in_longer_texts_and_are_made_one_kind():
    assert (
        text.clean("first  \r\nsecond\rthird\n\n  end \x00", 100, multiline=True)
        == "first\nsecond\nthird\n\n  end"
    )


@pytest.mark.parametrize(
    "nothing", ["", " ", "\n\t", "\u3000\u3000", "\x00", "\u200b\u202e", "\u3164", "\u2800 \ufe0f"]
)
def test_a_text_in_which_nothing_can_be_seen_is_empty(nothing):
    assert text.clean(nothing, 10) == ""
    with pytest.raises(ValueError, match=".+"):
        text.clean(nothing, 10, required=True)


def test_ten_thousand_characters_fit_and_one_more_is_refused_with_both_numbers():
    assert len(text.clean("字" * 10_000, 10_000)) == 10_000
    with pytest.raises(ValueError) as refusal, translation.override("en"):
        text.clean("字" * 10_001, 10_000, multiline=True)
    with translation.override("en"):
        assert "10000" in str(refusal.value) and "10001" in str(refusal.value)


@given(st.text(max_size=200), st.booleans())
def test_cleaning_twice_changes_nothing_and_the_result_can_be_stored(written, multiline):
    once = text.clean(written, 1_000, multiline)
    assert text.clean(once, 1_000, multiline) == once
    assert "\x00" not in once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()
    assert multiline or "\n" not in once


def test_bigrams_are_the_neighbouring_pairs_inside_words():
    assert text.bigrams("修电灯，电灯 AB１c") == ["修电", "电灯", "ab", "b1", "1c"]
    assert text.bigrams("一 二_三") == []
    assert text.bigrams("") == []


OPENINGS = [
    ("帮我买两斤青菜和一瓶酱油，腿脚不方便，下不了楼。", "帮我买两斤青菜和一瓶酱油，腿脚不方便，下不了楼。"),
    ("灯坏了\n在厨房", "灯坏了"),
    ("   ", ""),
    (
        "Please buy two pounds of greens and a bottle of soy sauce for me",
        "Please buy two pounds of greens and a bottle of soy sauce…",
    ),
    (
        "The light in the corridor is out, and nobody can see the steps there",
        "The light in the corridor is out…",
    ),
    (
        "老人一个人住，想找一位会说本地话的人陪着去医院看看，说本地话最好，普通话他听不太懂",
        "老人一个人住，想找一位会说本地话的人陪着去医院看看…",
    ),
    ("没有标点的一句话说了很久很久" * 3, "没有标点的一句话说了很久很久没有标点的一句话说了很久很久没…"),
]


@pytest.mark.parametrize(("said", "shown"), OPENINGS)
def test_an_opening_ends_where_a_clause_or_a_word_ends(said: str, shown: str) -> None:
    assert text.opening(said) == shown


@given(st.text())
def test_an_opening_is_a_beginning_and_needs_no_more_than_the_characters_read(said: str) -> None:
    shown = text.opening(said)
    assert said.strip().startswith(shown.removesuffix("…"))
    assert text.opening(said.strip()[: text.OPENING_READ]) == shown
