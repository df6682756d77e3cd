"""Draws the icons of the installed app from the shapes of static/img/mark.svg (a browser shows that one itself).

The pictures are part of the repository; run it again only when the mark changes.
"""

import math
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import BaseCommand
from PIL import Image, ImageDraw

Point = tuple[float, float]
RED, WHITE, CLEAR = (200, 16, 46, 255), (255, 255, 255, 255), (0, 0, 0, 0)
BOX: Final = 64  # the side of the drawing
FINER: Final = 4  # drawn so much larger, then reduced: smooth edges
SAFE: Final = 0.72  # of a maskable icon: what every mask leaves, and some air (W3C App Manifest, "safe zone")
LINE: Final = 5
ROOF: Final[list[Point]] = [(12, 33), (32, 15), (52, 33)]
WALLS: Final[list[Point]] = [(18, 30), (18, 48), (46, 48), (46, 30)]
RADIUS, ROUND = 3.7, 17.0
# name: (side, rounded corners, scale of the mark, background)
PICTURES: Final = {
    "icon-192": (192, True, 1.0, RED),
    "icon-512": (512, True, 1.0, RED),
    "icon-maskable-512": (512, False, SAFE, RED),
    "icon-180": (180, False, 0.86, RED),  # phones of Apple round it themselves
    "badge-96": (96, False, 1.15, CLEAR),  # beside the clock: only its shape counts
}


class Command(BaseCommand):
    """script/manage draw_icons"""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "static" / "img"
        for name, (side, rounded, scale, ground) in PICTURES.items():
            draw(side, rounded=rounded, scale=scale, ground=ground).save(
                folder / f"{name}.png", optimize=True
            )
            self.stdout.write(f"static/img/{name}.png")


def draw(side: int, *, rounded: bool, scale: float, ground: tuple[int, ...]) -> Image.Image:
    """Returns the mark as a square picture of `side` pixels; `scale` is how much of it the mark takes."""
    large = side * FINER
    picture = Image.new("RGBA", (large, large), CLEAR)
    pen = ImageDraw.Draw(picture)
    whole = (0, 0, large - 1, large - 1)
    if rounded:
        pen.rounded_rectangle(whole, radius=ROUND * large / BOX, fill=ground)
    else:
        pen.rectangle(whole, fill=ground)

    def at(point: Point) -> Point:
        return tuple((value - BOX / 2) * scale * large / BOX + large / 2 for value in point)  # type: ignore[return-value]

    width = LINE * scale * large / BOX
    for line in (ROOF, WALLS):
        points = [at(each) for each in line]
        pen.line(points, fill=WHITE, width=round(width))
        for x, y in points:  # round ends and corners
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=WHITE)
    pen.polygon([at(each) for each in heart()], fill=WHITE)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def heart() -> list[Point]:
    """Returns the outline of the heart: two arcs above, two curves below."""
    left: list[Point] = bezier((32, 43), (28, 40), (25, 38), (25, 34.6))
    left += arc((25, 34.6), (32, 33))
    mirrored = [(64 - x, y) for x, y in reversed(left)]
    return left + mirrored


def bezier(a: Point, b: Point, c: Point, d: Point, steps: int = 24) -> list[Point]:
    """Returns points of a cubic curve."""
    found = []
    for step in range(steps + 1):
        t = step / steps
        parts = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        found.append(tuple(sum(w * p[i] for w, p in zip(parts, (a, b, c, d), strict=True)) for i in (0, 1)))
    return found  # type: ignore[return-value]


def arc(begin: Point, end: Point, steps: int = 24) -> list[Point]:
    """Returns points of the short arc of RADIUS, clockwise as one sees it."""
    middle = ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    half = math.hypot(dx, dy) / 2
    away = math.sqrt(max(0.0, RADIUS**2 - half**2)) / (2 * half)
    centre = (middle[0] - dy * away, middle[1] + dx * away)
    first = math.atan2(begin[1] - centre[1], begin[0] - centre[0])
    last = math.atan2(end[1] - centre[1], end[0] - centre[0])
    if last < first:
        last += 2 * math.pi
    angles = [first + (last - first) * step / steps for step in range(steps + 1)]
    return [(centre[0] + RADIUS * math.cos(a), centre[1] + RADIUS * math.sin(a)) for a in angles]
