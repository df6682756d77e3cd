"""Form fields that read what people type through civic.lib, so that pages and API refuse the same things."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_noop

from civic.lib import phone, text

# Django's own words, translated here in the voice of the product.
REQUIRED = gettext_noop("This field is required.")


class CleanText(forms.CharField):
    """Text without control characters; `max_length` counts after cleaning."""

    def __init__(self, *, limit: int, multiline: bool = False, **kwargs: Any) -> None:
        self.limit, self.multiline = limit, multiline
        if multiline:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("maxlength", str(limit))

    def to_python(self, value: Any) -> str:
        """Returns the cleaned text; raises ValidationError with the reason."""
        try:
            return text.clean(str(value or ""), self.limit, multiline=self.multiline)
        except ValueError as error:
            raise ValidationError(error.args[0]) from error


class Tiles(forms.CheckboxSelectMultiple):
    """Several of a few short choices, set beside each other instead of below."""

    tiles = True


class AnyPhone(forms.CharField):
    """A mobile or landline number in any usual notation; cleans to E.164 or ""."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Returns E.164, "" when empty and not required; raises ValidationError."""
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            return phone.normalize(typed)
        except ValueError as error:
            raise ValidationError(error.args[0]) from error
