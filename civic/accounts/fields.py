"""Columns that accounts and others need beside the ones in civic.lib."""

from typing import Any

from django.db import models

from civic.lib.crypto import keyed_hash


class KeyedHashField(models.CharField):  # type: ignore[type-arg]
    """Keeps the keyed hash of the neighbouring column `source`, for exact search of encrypted text.

    Written on every save and bulk_create from the source, so that the two cannot part; an empty source gives
    NULL when the column allows it, else an empty text. Queries compare with `crypto.keyed_hash(value)`.
    """

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
        self.source = source

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        """Returns the hash to store and sets it on the instance."""
        text = getattr(model_instance, self.source)
        value = keyed_hash(text) if text else (None if self.null else "")
        setattr(model_instance, self.attname, value)
        return value
