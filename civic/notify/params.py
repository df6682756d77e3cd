"""Parameters of messages: stored as JSON when the message is written, shown in a person's language when it is
read.
"""

from datetime import date, datetime
from typing import Any, Final

from django.utils import formats, timezone, translation
from django.utils.functional import Promise

LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
_MOMENT, _DAY = "$at", "$on"
_FORMATS: Final = {_MOMENT: {"zh": "n 月 j 日 G:i", "en": "j M G:i"}, _DAY: {"zh": "n 月 j 日", "en": "j M"}}


def short(language: str) -> str:
    """Returns "en" for English and its variants, else "zh", the language of the product."""
    return "en" if language.startswith("en") else "zh"


def store(value: Any) -> Any:
    """Returns `value` as JSON can keep it: texts, numbers and {"zh", "en"} pairs as they are; moments and
    days marked, so that the reader's format is used; lazy translations as a pair of both languages; None as
    "".

    Raises TypeError for anything else and ValueError for a moment without zone.
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment in a message needs a time zone")
        return {_MOMENT: value.isoformat()}
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    if isinstance(value, Promise):
        return {key: _in(language, value) for key, language in LANGUAGES.items()}
    if isinstance(value, dict) and value.keys() == LANGUAGES.keys():
        return {key: str(value[key]) for key in LANGUAGES}
    raise TypeError(f"{type(value).__name__} cannot be a parameter of a message")


def show(value: Any, language: str) -> str:
    """Returns the text of a stored parameter in `language`; moments in the zone people read times in."""
    if not isinstance(value, dict):
        return str(value)
    key = short(language)
    if key in value:
        return str(value[key])
    if _MOMENT in value:
        moment = timezone.localtime(datetime.fromisoformat(value[_MOMENT]), timezone.get_default_timezone())
        return _formatted(moment, _MOMENT, key)
    return _formatted(date.fromisoformat(value[_DAY]), _DAY, key)


def _formatted(value: date, kind: str, key: str) -> str:
    with translation.override(LANGUAGES[key]):
        return formats.date_format(value, _FORMATS[kind][key])


def _in(language: str, text: Promise) -> str:
    with translation.override(language):
        return str(text)
