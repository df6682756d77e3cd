"""Area codes by profile: 15 digits are county 6 + street 3 + community 3 + grid 3; other cities use other
widths.

The widths are a setting (AREA_CODE_WIDTHS), because 16 and 20 digits are met in practice too (DOMAIN.md
section 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from civic.areas.models import AreaLevel

# A county's six digits are province 2 + city 2 + county 2; the city itself is written with 00 for the
# county (GB/T 2260).
CITY_PREFIX = 4


@dataclass(frozen=True)
class CodeProfile:
    """How many digits each of county, street, community and grid adds: (6, 3, 3, 3) makes 15-digit grid
    codes.
    """

    widths: tuple[int, int, int, int]

    def length(self, level: AreaLevel) -> int:
        """Returns the number of digits of a whole code at `level`."""
        totals = tuple(accumulate(self.widths))
        return totals[max(level.depth - 2, 0)]

    def prefix(self, level: AreaLevel, parent_code: str) -> str:
        """Returns the digits a code at `level` takes over from `parent_code`: all of them, of a city its
        first four.
        """
        return parent_code[:CITY_PREFIX] if level is AreaLevel.DISTRICT else parent_code

    def check(self, code: str, level: AreaLevel, parent_code: str | None) -> None:
        """Raises ValueError (lazy message) when `code` is not a code of this profile at `level` below
        `parent_code`.
        """
        length = self.length(level)
        if not (code.isascii() and code.isdigit() and len(code) == length):
            raise ValueError(
                ngettext_lazy(
                    "The code must have %(length)d digit.", "The code must have %(length)d digits.", length
                )
                % {"length": length}
            )
        prefix = self.prefix(level, parent_code or "")
        if not code.startswith(prefix):
            raise ValueError(_("The code must begin with %(prefix)s.") % {"prefix": prefix})

    def following(self, level: AreaLevel, parent_code: str, taken: Iterable[str]) -> str:
        """Returns the next free code at `level` below `parent_code`, one after the highest of `taken`.

        Raises ValueError (lazy message) when no number is left.
        """
        prefix = self.prefix(level, parent_code)
        width = self.length(level) - len(prefix)
        highest = max((int(code[len(prefix) :]) for code in taken if code.startswith(prefix)), default=0)
        if highest + 1 >= 10**width:
            raise ValueError(_("No number is left below %(prefix)s.") % {"prefix": prefix})
        return f"{prefix}{highest + 1:0{width}d}"


def profile() -> CodeProfile:
    """Returns the profile of this installation."""
    county, street, community, grid = settings.AREA_CODE_WIDTHS
    return CodeProfile((county, street, community, grid))


def numbering_order(centres: Sequence[tuple[float, float]], *, row_degrees: float = 0.004) -> list[int]:
    """Returns the positions of `centres` (lat, lon) in the order their grids are numbered: west to east,
    rows north to south.

    Centres whose latitudes fall into the same band of `row_degrees` (about 440 m) share a row. Rule: grid
    codes number west to east, then north to south (DOMAIN.md section 1).
    """
    top = max((lat for lat, _lon in centres), default=0.0)
    return sorted(
        range(len(centres)), key=lambda at: (int((top - centres[at][0]) / row_degrees), centres[at][1])
    )
