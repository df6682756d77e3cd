"""Which community or grid a register means."""

from collections import defaultdict

from django.utils.translation import gettext as _

from civic.accounts.access import held
from civic.areas.models import Area, AreaLevel
from civic.areas.queries import tree
from volunteers import queries
from volunteers.access import DECIDING
from volunteers.models import RegisterImport

HOMES = (AreaLevel.COMMUNITY, AreaLevel.GRID)


class Places:
    """The communities and grids below the areas of whoever imports, by what registers call them."""

    def __init__(self, batch: RegisterImport) -> None:
        self._tree, self._default = tree(), batch.area
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._points: dict[int, tuple[float | None, float | None]] = {}
        reach = [row.area_id for row in held(batch.by) if row.role in DECIDING]
        paths = tuple(self._tree.by_id[pk].path for pk in reach if pk in self._tree.by_id)
        for area in self._tree.by_id.values():
            if area.is_active and area.level in HOMES and area.path.startswith(paths):
                for word in self._words(area):
                    self._by_word[word].add(area.pk)

    def _words(self, area: Area) -> set[str]:
        """Returns the code, the name, and the name behind those of one, two or three areas above it."""
        above = [each.name for each in reversed(self._tree.lineage(area.pk)[:-1])]
        names = [area.name]
        for name in above:
            names.append(name + names[-1])
        found = {area.code, *names}
        return {_plain(word) for word in found | {name.removesuffix("社区") for name in names} if word}

    def find(self, said: str) -> tuple[Area | None, str]:
        """Returns the area that `said` names, the batch's own for "", or None with the reason."""
        if not said:
            return self._default, ""
        found = self._by_word.get(_plain(said), set())
        if len(found) == 1:
            return self._tree.by_id[next(iter(found))], ""
        if found:
            return None, _("Several areas are called “%(name)s”: write the street before it.") % {
                "name": said[:40]
            }
        return None, _("There is no community “%(name)s” in your areas.") % {"name": said[:40]}

    def point(self, area: Area) -> tuple[float | None, float | None]:
        """Returns the point that stands for the home of somebody of `area`: its centre."""
        if area.pk not in self._points:
            self._points[area.pk] = queries.point_of(area) or (None, None)
        return self._points[area.pk]


def _plain(word: str) -> str:
    return "".join(word.split()).lower()
