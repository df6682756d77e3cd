"""Finding every translatable string without xgettext: Python by its syntax tree, templates through Django's own
templatize (which turns them into text with gettext calls in it).
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation.template import templatize

from civic.embedded.places import ROOT

SOURCES = (
    "civic",
    "volunteers",
    "requests_app",
    "communities",
    "supervision",
    "privacy",
    "insight",
    "templates",
    "static/js",
)
# function name > positions of (context, message, plural), None where it has none
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
CALL = re.compile(rf"(?<![\w.])({'|'.join(sorted(FUNCTIONS, key=len, reverse=True))})\(")


class Marked(NamedTuple):
    """A string marked for translation: its context, itself, its plural, and where it stands."""

    context: str | None
    message: str
    plural: str | None
    place: str


def marked() -> Iterator[Marked]:
    """Yields every marked string of the product."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if "migrations" in path.parts or "node_modules" in path.parts:
                continue
            if path.suffix == ".py":
                yield from in_python(path.read_text(), str(path.relative_to(ROOT)))
            elif path.suffix in {".html", ".txt", ".xml", ".webmanifest"} and "templates" in path.parts:
                yield from in_template(path.read_text(), str(path.relative_to(ROOT)))


def in_python(source: str, place: str) -> Iterator[Marked]:
    """Yields the marked strings of Python source. A name imported under another counts as what it is."""
    tree = ast.parse(source)
    names = aliases(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = called(node.func, names)
        if function is None:
            continue
        context, message, plural = (constant(node, position) for position in FUNCTIONS[function])
        if message:
            yield Marked(context, message, plural, f"{place}:{node.lineno}")


def aliases(tree: ast.Module) -> dict[str, str]:
    """Returns what names in this module mean: those imported from django.utils.translation."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            found |= {name.asname or name.name: name.name for name in node.names if name.name in FUNCTIONS}
    return found


def called(node: ast.expr, names: dict[str, str]) -> str | None:
    """Returns which gettext function an expression calls, if any."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS and node.attr != "_":
        return node.attr
    return None


def constant(call: ast.Call, position: int | None) -> str | None:
    if position is None or position >= len(call.args):
        return None
    argument = call.args[position]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def in_template(source: str, place: str) -> Iterator[Marked]:
    """Yields the marked strings of a template."""
    text = templatize(source, origin=place)
    for found in CALL.finditer(text):
        context, message, plural = FUNCTIONS[found[1]]
        arguments = strings(text, found.end())
        wanted = [
            None if at is None or at >= len(arguments) else arguments[at] for at in (context, message, plural)
        ]
        if wanted[1]:
            yield Marked(
                wanted[0], wanted[1], wanted[2], f"{place}:{text.count(chr(10), 0, found.start()) + 1}"
            )


STRING = re.compile(r"""\s*u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,?""", re.DOTALL)


def strings(text: str, start: int) -> list[str]:
    """Returns the string arguments that stand from `start` on."""
    found = []
    while match := STRING.match(text, start):
        found.append(ast.literal_eval(match[1].replace("\n", "\\n")))
        start = match.end()
    return found
