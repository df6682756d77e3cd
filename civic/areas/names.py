"""Which community or grid a word in somebody's file means."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from civic.areas.models import Area, AreaLevel
from civic.areas.queries import tree

NAMED = (AreaLevel.COMMUNITY, AreaLevel.GRID)


class Names:
    """The communities and grids in use at and below some areas, by what registers and lists call them."""

    def __init__(self, below: Iterable[int]) -> None:
        self._tree = tree()
        self._by_word: dict[str, set[int]] = defaultdict(set)
        paths = tuple(self._tree.by_id[pk].path for pk in below if pk in self._tree.by_id)
        for area in self._tree.by_id.values():
            if area.is_active and area.level in NAMED and area.path.startswith(paths):
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
        """Returns the area that `said` names, or None with the reason in words."""
        found = self._by_word.get(_plain(said), set())
        if len(found) == 1:
            return self._tree.by_id[next(iter(found))], ""
        name = {"name": said[:40]}
        if found:
            return None, _("Several areas are called “%(name)s”: write the street before it.") % name
        return None, _("There is no community “%(name)s” in your areas.") % name


def _plain(word: str) -> str:
    return "".join(word.split()).lower()
