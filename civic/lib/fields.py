"""Model fields that encrypt: plain in Python, sealed in the database."""

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact

from civic.lib import crypto

if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField


class EncryptedTextField(Text):
    """Text stored through civic.lib.crypto. Not searchable: keep `crypto.keyed_hash` in a column beside it.

    Empty stays empty, so `field=""` and `field__isnull` are the only lookups; any other raises FieldError.
    """

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return crypto.encrypt(text) if isinstance(text, str) else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else crypto.decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "exact":
            return EmptyOnly
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedListField(EncryptedTextField):
    """A list of texts, encrypted as a whole. No texts at all are stored as "", so `field=[]` finds what was emptied."""

    description = "Encrypted list of texts"

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(json.dumps(value, ensure_ascii=False) if value else "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        plain = super().from_db_value(value, expression, connection)
        return json.loads(plain) if plain else []

    def get_lookup(self, lookup_name: str) -> Any:
        return EmptyListOnly if lookup_name == "exact" else super().get_lookup(lookup_name)


class EmptyOnly(Exact):
    """Equality with the empty text: anything else would compare two random ciphertexts and never match."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError(
                "an encrypted column can only be compared with '': search the hash column instead"
            )
        return ""


class EmptyListOnly(Exact):
    """Equality with the empty list, for the reason of EmptyOnly."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != []:
            raise FieldError("an encrypted column can only be compared with []")
        return ""
