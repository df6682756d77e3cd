"""Areas as the choices of a select."""

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
