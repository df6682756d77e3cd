"""What README and guides say exists: pictures, pages, the words on buttons."""

import re
from io import StringIO
from itertools import chain
from pathlib import Path

import polib
import pytest
from django.core.management import call_command

from requests_app import defaults

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
BOLD, CHINESE = re.compile(r"\*\*([^*]+)\*\*"), re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_picture_is_shown_somewhere() -> None:
    shown = {Path(link).name for page in PAGES for link in LINK.findall(page.read_text("utf-8"))}
    spare = {"desk-dark-desktop.png", "desk-en-desktop.png", "desk-phone.png", "home-desktop.png"}
    spare |= {"home-phone.png", "new-where-phone.png", "sign-in-phone.png", "track-elder-phone.png"}
    pictures = {picture.name for picture in (ROOT / "docs" / "screenshots").glob("*.png")}
    assert pictures - shown - spare == set()


def test_no_picture_is_heavier_than_200_kilobytes() -> None:
    pictures = (ROOT / "docs" / "screenshots").glob("*.png")
    assert [picture.name for picture in pictures if picture.stat().st_size >= 200_000] == []


def test_the_words_on_buttons_are_those_of_the_pages() -> None:
    catalogue = polib.pofile(str(ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))
    words = {entry.msgstr for entry in catalogue}
    words |= set(re.findall(r"\"([\u4e00-\u9fff]+)\"", Path(defaults.__file__).read_text("utf-8")))
    bold = chain.from_iterable(BOLD.findall(page.read_text("utf-8")) for page in GUIDES)
    assert {word for word in bold if CHINESE.search(word)} - words == set()


def test_the_drawings_of_the_tables_are_those_of_the_code() -> None:
    """When it fails: replace what follows the heading by what `script/manage workflows --mermaid` prints."""
    drawn = StringIO()
    call_command("workflows", "--mermaid", stdout=drawn)
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    _before, _heading, shown = page.partition("## The tables, drawn from the code\n\n")
    assert [line for line in shown.splitlines() if line] == [
        line for line in drawn.getvalue().splitlines() if line
    ]
