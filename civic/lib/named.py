"""What records and their fields are called, from the stored name of their kind; for logs that know no model."""

from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model


@cache
def _model(kind: str) -> type[Model] | None:
    """Returns the model whose `kind`, or else whose own name, is `kind`."""
    every = apps.get_models()
    by_kind = (model for model in every if getattr(model, "kind", None) == kind)
    by_name = (model for model in every if model._meta.model_name == kind)
    return next(by_kind, None) or next(by_name, None)


def kind_word(kind: str) -> str:
    """Returns what a record of `kind` is called; `kind` itself if no model bears it (any more)."""
    model = _model(kind)
    return str(model._meta.verbose_name) if model else kind


def field_words(kind: str, names: Iterable[str]) -> list[str]:
    """Returns what the fields `names` of a `kind` are called; an unknown one is returned as it stands."""
    return [_field_word(_model(kind), name) for name in names]


def _field_word(model: type[Model] | None, name: str) -> str:
    if model is None:
        return name
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name
