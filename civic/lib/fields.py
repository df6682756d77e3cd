"""Model fields that encrypt: plain in Python, sealed in the database."""

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


class EmptyOnly(Exact):
    """Equality with the empty text: anything else would compare two random ciphertexts and never match."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError(
                "an encrypted column can only be compared with '': search the hash column instead"
            )
        return ""
