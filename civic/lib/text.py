"""Texts people write: made safe to store and show without losing a word, and cut into bigrams for search."""

import re
import unicodedata
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

# Control characters, lone surrogates and noncharacters (the database refuses them), marks that turn the
# reading direction or hide text. Emoji need the joiner U+200D, variation selectors and tags: those stay.
_REMOVED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U0001fffe\U0001ffff]"
)
_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS: Final = re.compile(r"\s+")
_BLANKS_IN_LINE: Final = re.compile(r"[^\S\n]+(?=\n)")
# Drawn as nothing though letters or marks to Unicode: Hangul fillers, Braille blank, joiner, selectors.
_INVISIBLE: Final = re.compile("[\\s\u115f\u1160\u2800\u3164\uffa0\u200c\u200d\ufe00-\ufe0f\u034f]*")
_WORD: Final = re.compile(r"[^\W_]+")

OPENING_READ: Final = 100  # characters of a text that `opening` needs to see at most
_OPENING_COLUMNS: Final = 60  # a letter takes one column, a Chinese character two
_CLAUSE_ENDS: Final = "。！？；，、.!?;,:："


def clean(text: str, max_length: int, multiline: bool = False, *, required: bool = False) -> str:
    """Returns `text` in NFC without control, direction and hidden marks, trimmed; one line or `multiline`.

    `max_length` counts characters after cleaning. Raises ValueError (lazy message) when longer, or when
    `required` and nothing visible is left (a text of blanks or fillers counts as empty).
    """
    if not (text.isascii() and text.isprintable()):
        text = _REMOVED.sub("", _LINE_ENDS.sub("\n", text))
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
    text = _BLANKS_IN_LINE.sub("", text) if multiline else _BLANKS.sub(" ", text)
    text = text.strip()
    if _INVISIBLE.fullmatch(text):
        text = ""
    if required and not text:
        raise ValueError(_("Please write something here."))
    if len(text) > max_length:
        raise ValueError(
            format_lazy(
                _("At most {allowed} characters fit here; this has {length}."),
                allowed=max_length,
                length=len(text),
            )
        )
    return text


def has_chinese(text: str) -> bool:
    """Whether any sign of `text` is a Chinese one."""
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def bigrams(text: str) -> list[str]:
    """Returns the distinct neighbouring pairs in every word, folded in case and width, in order."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    pairs = (word[at : at + 2] for word in _WORD.findall(folded) for at in range(len(word) - 1))
    return list(dict.fromkeys(pairs))


def opening(text: str) -> str:
    """Returns how `text` begins, for a heading: its first line, or of a long one what ends at the end of a clause, else
    of a word, with an ellipsis."""
    line = next(iter(text.strip().splitlines()), "")
    room = _fitting(line)
    if room == len(line):
        return line
    kept = line[: room - 1]
    half = len(kept) // 2
    cut = max(kept.rfind(mark) for mark in _CLAUSE_ENDS)
    if cut < half:
        # Words that stand apart are not cut; a line without blanks is.
        cut = kept.rfind(" ") if line[room - 1 : room].isascii() else len(kept)
    return (kept[:cut] if cut >= half else kept).rstrip(f" {_CLAUSE_ENDS}") + "…"


def _fitting(line: str) -> int:
    columns = 0
    for at, letter in enumerate(line):
        columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if columns > _OPENING_COLUMNS:
            return at
    return len(line)
