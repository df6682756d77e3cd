"""The first page of the rates: every figure, and for one of them the trend and the areas below.

Each number comes with the question that leads to its rows, so that what is shown can be looked up one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, When
from django.utils.translation import gettext as _

from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from insight import rates
from insight.forms import Asked
from insight.rates import Figure, Rate

MOST_AREAS = 200
NOTHING = {"n": 0, "k": 0, "m": None}  # the sums of no row
BAR, GAP, HEIGHT = 30, 10, 120  # of the picture, in its own units


@dataclass(frozen=True)
class Line:
    """A figure of an area or of a step in time, and the question behind it."""

    label: str
    figure: Figure
    query: str
    direct: bool = False  # what hangs on the area itself

    @property
    def shown(self) -> str:
        """The value in words."""
        return shown(self.figure)


@dataclass(frozen=True)
class Bar:
    """One bar of the trend, in the units of the picture."""

    x: int
    y: int
    height: int
    title: str


def is_share(name: str) -> bool:
    """Whether a rate is shown as a percentage."""
    return name != "minutes_to_accept"


def shown(figure: Figure) -> str:
    """Returns the value of a figure in words: "94.0 %", "23", or a dash."""
    if figure.value is None:
        return "–"
    if not is_share(figure.name):
        return f"{figure.value:.0f}"
    return f"{figure.value * 100:.1f} %"  # the same digits everywhere: they are compared


def trend(asked: Asked, name: str) -> list[Line]:
    """Returns a rate step by step: one query, since a row belongs to the step of its moment; a query each for a rate
    that looks back from the end of each step. A step says what its rows say either way."""
    rate = rates.named(name, asked.within)
    assert rate is not None
    steps = [asked.about(period=step) for step in asked.period.steps()]
    figures = [_alone(name, step) for step in steps] if rate.looks_back else _by_step(rate, steps)
    return [
        Line(step.period.label, figure, step.query()) for step, figure in zip(steps, figures, strict=True)
    ]


def _alone(name: str, asked: Asked) -> Figure:
    rate = rates.named(name, asked.within)
    assert rate is not None
    return rate.figure()


def _by_step(rate: Rate, steps: list[Asked]) -> list[Figure]:
    before = (When(**{f"{rate.at}__lt": step.period.ends}, then=number) for number, step in enumerate(steps))
    in_step = Case(*before, output_field=IntegerField())
    grouped = rate.behind.order_by().values(step=in_step).annotate(**rate.sums)
    sums: dict[int, Any] = {row["step"]: row for row in grouped}
    return [rate.figure(sums.get(number, NOTHING)) for number in range(len(steps))]


def by_area(asked: Asked, rate: Rate) -> list[Line]:
    """Returns a rate for each area directly below the one asked for, and for what hangs on that itself; one query."""
    area = areas.by_id(asked.area) if asked.area is not None else None
    level = AreaLevel(area.level).child if area else None
    if area is None or level is None or asked.direct:
        return []
    column = f"{rate.prefix}{level}_id"
    grouped = rate.behind.order_by().values(column).annotate(**rate.sums)
    sums: dict[int | None, Any] = {row[column]: row for row in grouped}
    found = [
        Line(child.label, rate.figure(sums.get(child.pk, NOTHING)), asked.about(area=child.pk).query())
        for child in areas.tree().children(area.pk)[:MOST_AREAS]
        if child.is_active or child.pk in sums
    ]
    if None in sums:
        words = _("%(area)s itself") % {"area": area.label}
        found.append(Line(words, rate.figure(sums[None]), asked.about(direct=True).query(), direct=True))
    return found


def bars(lines: list[Line]) -> list[Bar]:
    """Returns the picture of a trend; shares stand on a scale to 100 %, other values on one to the largest."""
    values = [line.figure.value or 0.0 for line in lines]
    top = 1.0 if lines and is_share(lines[0].figure.name) else max(values, default=0.0) or 1.0
    found = []
    for number, (line, value) in enumerate(zip(lines, values, strict=True)):
        height = 0 if line.figure.value is None else max(2, round(value / top * HEIGHT))
        title = f"{line.label}: {line.shown}"
        found.append(Bar(number * (BAR + GAP) + GAP, HEIGHT - height, height, title))
    return found


def table(asked: Asked) -> list[list[Any]]:
    """Returns every rate of the area and of each below it as rows of a file, headings first; two queries a rate."""
    whole = areas.path_label(asked.area) if asked.area is not None else _("All my areas")
    days = [asked.period.since.isoformat(), asked.period.until.isoformat()]
    headings = [
        _("Rate"), _("Area"), _("From"), _("Up to and including"), _("Counted"), _("Out of"), _("Value"),
        _("Exempted"), _("Formula"),
    ]  # fmt: skip
    found: list[list[Any]] = [headings]
    below = {rate.name: by_area(asked, rate) for rate in rates.rates(asked.within)}
    for figure in rates.figures(asked.within):
        lines = [(whole, figure, figure.exempted), *((x.label, x.figure, "") for x in below[figure.name])]
        for label, each, exempted in lines:
            value = None if each.value is None else round(each.value, 4)
            found.append(
                [each.label, label, *days, each.numerator, each.denominator, value, exempted, each.formula]
            )
    return found
