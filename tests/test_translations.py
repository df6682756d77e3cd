"""The catalogue is whole: every marked string has a Chinese one, and nothing in it is stale or broken."""

import re
from functools import cache

import polib
import pytest
from django.conf import settings
from django.utils import translation

from tests.catalogue import Marked, in_python, in_template, marked

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")
PATH = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


@cache
def catalogue() -> dict[tuple[str | None, str], polib.POEntry]:
    entries = polib.pofile(str(PATH))
    return {(entry.msgctxt, entry.msgid): entry for entry in entries if not entry.obsolete}


@cache
def strings() -> list[Marked]:
    return list(marked())


def chinese(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_marked_string_is_in_the_catalogue() -> None:
    missing = {
        f"{each.place}: {each.message!r}"
        for each in strings()
        if (each.context, each.message) not in catalogue()
    }
    assert not missing, "\n".join(sorted(missing))


def test_plurals_are_in_the_catalogue_as_plurals() -> None:
    wrong = {
        f"{each.place}: {each.message!r}"
        for each in strings()
        if each.plural
        and (entry := catalogue().get((each.context, each.message)))
        and entry.msgid_plural != each.plural
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_nothing_is_untranslated_or_fuzzy() -> None:
    wrong = [entry.msgid for entry in catalogue().values() if entry.fuzzy or not all(chinese(entry))]
    assert not wrong, wrong


def test_nothing_is_in_the_catalogue_that_no_source_says() -> None:
    known = {(each.context, each.message) for each in strings()}
    stale = [msgid for context, msgid in catalogue() if (context, msgid) not in known]
    assert not stale, "\n".join(sorted(stale))


def test_chinese_keeps_the_placeholders() -> None:
    wrong = [
        entry.msgid
        for entry in catalogue().values()
        for text in chinese(entry)
        if not set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        or (not entry.msgid_plural and set(PLACEHOLDER.findall(entry.msgid)) - set(PLACEHOLDER.findall(text)))
    ]
    assert not wrong, wrong


# A translated string, what is closed or decided behind it, and a blank before something more on the same line.
FOLLOWED_BY_BLANK = re.compile(
    r"(\{% translate (?:(?!%\}).)*%\}|\{% blocktranslate(?:(?!endblocktranslate).)*endblocktranslate %\})"
    r"(?:\{%(?:(?!%\}).)*%\}|</\w+>)* +(?=\S)",
    re.DOTALL,
)


def test_no_template_puts_a_blank_behind_a_chinese_sentence() -> None:
    """{% gap %} stands there: a blank in English, nothing in Chinese."""
    wrong = {
        f"{path.relative_to(settings.BASE_DIR)}: {text}"
        for path in sorted((settings.BASE_DIR / "templates").rglob("*.html"))
        for found in FOLLOWED_BY_BLANK.finditer(path.read_text("utf-8"))
        for each in in_template(found[1], path.name)
        for text in chinese(catalogue()[each.context, each.message])
        if text.endswith(("。", "！", "？", "：", "；"))
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_the_compiled_catalogue_is_what_pages_use() -> None:
    entry = next(entry for entry in catalogue().values() if not entry.msgid_plural and not entry.msgctxt)
    with translation.override("zh-hans"):
        assert translation.gettext(entry.msgid) == entry.msgstr


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from django.utils.translation import gettext as _\n_('One')", (None, "One", None)),
        ("from django.utils.translation import ngettext\nngettext('One', 'Many', 2)", (None, "One", "Many")),
        (
            "from django.utils.translation import pgettext_lazy as p\np('verb', 'Place')",
            ("verb", "Place", None),
        ),
    ],
)
def test_python_is_read_by_its_syntax(source: str, found: tuple[str | None, str, str | None]) -> None:
    assert [each[:3] for each in in_python(source, "x.py")] == [found]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{% translate 'One' %}", (None, "One", None)),
        ('{% translate "It\'s" context "name" %}', ("name", "It's", None)),
        (
            "{% blocktranslate trimmed %}\n Two\n lines {{ name }}\n{% endblocktranslate %}",
            (None, "Two lines %(name)s", None),
        ),
        (
            "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
            (None, "%(n)s day", "%(n)s days"),
        ),
    ],
)
def test_templates_are_read_through_templatize(
    source: str, found: tuple[str | None, str, str | None]
) -> None:
    assert [each[:3] for each in in_template(source, "x.html")] == [found]
