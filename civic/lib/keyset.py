"""Pages by cursor: the rows after (or before) a row, found through an index, however deep.

A cursor names the values of the ordering columns of the row at the edge of a page; rows that come and go in
between neither repeat nor hide others.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Field, Q, QuerySet
from django.utils.translation import gettext as _

from civic.lib.errors import ValidationFailed

AFTER, BEFORE = "a", "b"
LARGEST: Final = 2**63 - 1
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page in order; `next` and `previous` are cursors, None where there is nothing more."""

    rows: list[Row]
    next: str | None
    previous: str | None


def page(rows: QuerySet[Any, Row], *, order: Sequence[str], size: int, cursor: str = "") -> Page[Row]:
    """Returns `size` rows (instances or dictionaries) in `order`, from `cursor` on.

    `order` names columns of the rows, "-" for descending, together unique. Raises ValidationFailed on
    "cursor" for one that was not made by this function with this order.
    """
    direction, edge = _read(rows, order, cursor)
    if edge:
        rows = rows.filter(_beyond(order, edge, backward=direction == BEFORE))
    turned = [_opposite(each) for each in order] if direction == BEFORE else order
    found = list(rows.order_by(*turned)[: size + 1])
    more, found = len(found) > size, found[:size]
    if direction == BEFORE:
        found.reverse()
    return _page(
        found,
        lambda row: [_value(row, name.lstrip("-")) for name in order],
        more_after=more if direction == AFTER else True,
        more_before=more if direction == BEFORE else bool(cursor),
    )


def page_of(rows: Sequence[Row], *, key: Callable[[Row], str], size: int, cursor: str = "") -> Page[Row]:
    """Returns a page of `rows` that are in memory, in the order of their unique `key`; raises as `page`."""
    ordered = sorted(rows, key=key)
    direction, edge = _decode(cursor) if cursor else (AFTER, [""])
    if len(edge) != 1 or not isinstance(edge[0], str):
        raise _unusable()
    if direction == BEFORE:
        before = [row for row in ordered if key(row) < edge[0]]
        return _page(before[-size:], lambda row: [key(row)], more_after=True, more_before=len(before) > size)
    after = [row for row in ordered if key(row) > edge[0]]
    return _page(after[:size], lambda row: [key(row)], more_after=len(after) > size, more_before=bool(cursor))


def _page(
    rows: list[Row], edge: Callable[[Row], list[Any]], *, more_after: bool, more_before: bool
) -> Page[Row]:
    if not rows:
        return Page(rows, None, None)
    return Page(
        rows,
        _write(AFTER, edge(rows[-1])) if more_after else None,
        _write(BEFORE, edge(rows[0])) if more_before else None,
    )


def _beyond(order: Sequence[str], edge: Sequence[Any], *, backward: bool) -> Q:
    """Returns the filter for rows past the edge. The first column is bounded by itself, which an index can
    use."""
    found, equal = Q(), Q()
    for name, value in zip(order, edge, strict=True):
        column, down = name.lstrip("-"), name.startswith("-") != backward
        found |= equal & Q(**{f"{column}__{'lt' if down else 'gt'}": value})
        equal &= Q(**{column: value})
    if len(order) == 1:
        return found
    column, down = order[0].lstrip("-"), order[0].startswith("-") != backward
    return Q(**{f"{column}__{'lte' if down else 'gte'}": edge[0]}) & found


def _read(rows: QuerySet[Any, Any], order: Sequence[str], cursor: str) -> tuple[str, list[Any]]:
    if not cursor:
        return AFTER, []
    direction, values = _decode(cursor)
    fields = [rows.model._meta.get_field(name.lstrip("-")) for name in order]
    if len(values) != len(fields):
        raise _unusable()
    return direction, [_typed(field, value) for field, value in zip(fields, values, strict=True)]


def _typed(field: Any, value: Any) -> Any:
    assert isinstance(field, Field)
    try:
        found = field.to_python(value)
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise _unusable() from error
    naive = isinstance(found, datetime) and found.tzinfo is None
    if found is None or naive or (isinstance(found, int) and abs(found) > LARGEST):
        raise _unusable()
    return found


def _decode(cursor: str) -> tuple[str, list[Any]]:
    try:
        found = json.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _unusable() from error
    if not isinstance(found, list) or len(found) < 2 or found[0] not in {AFTER, BEFORE}:
        raise _unusable()
    if not all(type(value) in {str, int} for value in found[1:]):
        raise _unusable()
    return found[0], found[1:]


def _write(direction: str, edge: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in edge]
    text = json.dumps([direction, *plain], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _opposite(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _unusable() -> ValidationFailed:
    return ValidationFailed.on(
        "cursor", _("This page address cannot be used; please start from the beginning.")
    )
