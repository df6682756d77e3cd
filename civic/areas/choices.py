"""Areas as the choices of a select."""

from collections.abc import Iterable

from civic.areas.models import Area, AreaLevel
from civic.areas.queries import tree

INDENT = "\u3000"


def area_choices(within: int | None = None, deepest: AreaLevel = AreaLevel.GRID) -> list[tuple[int, str]]:
    """Returns (id, indented name) of the areas in use, those of a subtree when `within` is given."""
    picture = tree()
    known = picture.by_id.get(within or 0)
    roots = [known] if known is not None else list(picture.children(None))
    found: list[tuple[int, str]] = []

    def walk(area: Area, depth: int) -> None:
        if not area.is_active or area.depth > deepest.depth:
            return
        found.append((area.pk, INDENT * depth + area.label))
        for child in picture.children(area.pk):
            walk(child, depth + 1)

    for root in roots:
        walk(root, 0)
    return found


def choices_by_street(within: Iterable[int]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Returns for each street (its name) the communities and indented grids in use at and below the areas `within`."""
    picture = tree()
    held = {pk for each in within if each in picture.by_id for pk in picture.subtree_ids(each)}
    found: list[tuple[str, list[tuple[int, str]]]] = []
    for street in picture.at_level(AreaLevel.STREET):
        below = [row for community in picture.children(street.pk) for row in area_choices(community.pk)]
        options = [row for row in below if row[0] in held]
        if options:
            found.append((street.label, options))
    return found
