"""Tabler icons as inline SVG, read from node_modules once a process."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

FOLDER = "node_modules/@tabler/icons/icons"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
BACKGROUND = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


class UnknownIcon(LookupError):
    """A template names an icon that Tabler does not have, or `npm ci` was never run."""


@cache
def drawing(name: str) -> SafeString:
    """Returns what stands inside the <svg> of outline icon `name` ("phone"). Raises UnknownIcon."""
    path = Path(settings.BASE_DIR) / FOLDER / "outline" / f"{name}.svg"
    if not NAME.fullmatch(name) or not path.is_file():
        raise UnknownIcon(f"no Tabler icon {name!r} at {path}; see https://tabler.io/icons, or run npm ci")
    inside = path.read_text().split(">", 1)[1].rsplit("</svg>", 1)[0]
    lines = (line.strip() for line in inside.replace(BACKGROUND, "").splitlines())
    return mark_safe("".join(lines))


def exists(name: str) -> bool:
    """True when Tabler has an outline icon of this name."""
    try:
        drawing(name)
    except UnknownIcon:
        return False
    return True
