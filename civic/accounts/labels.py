"""Names in the admin for models that other packages define: they come without any, and in English.

Only what is shown is set. `deconstruct` of a field keeps what it was made with, so no migration follows.
"""

from typing import Any

from django.db.models import Model


def _numbered(record: Any) -> str:
    """Returns what kind of record it is and its number."""
    return f"{record._meta.verbose_name} {record.pk}"


def name(model: type[Model], one: Any, many: Any, **fields: Any) -> None:
    """Names a model (`one` and `many` of it, lazily translated) and its fields."""
    model._meta.verbose_name, model._meta.verbose_name_plural = one, many
    for field, label in fields.items():
        model._meta.get_field(field).verbose_name = label  # type: ignore[union-attr]
    if model.__str__ is Model.__str__:
        model.__str__ = _numbered  # type: ignore[method-assign]
