"""Forms of the backlog import; parsing only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.imports.forms import Correct, DefaultsForm, Upload
from requests_app import reference
from requests_app.imports.backlog import BACKLOG
from requests_app.models import Category


class BacklogDefaults(DefaultsForm):
    """The area and the kind of help assumed for every request."""

    importer = BACKLOG
    area = forms.TypedChoiceField(label=_("Area the requests belong to"), coerce=int)
    category = forms.ChoiceField(label=_("Kind of help where the file names none"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(each.code, str(each)) for each in reference.in_force()]
        self.fields["category"].choices = [("", _("Choose a kind of help")), *kinds]  # type: ignore[attr-defined]

    def clean_category(self) -> Category:
        """Returns the category itself."""
        return reference.snapshot().by_code[self.cleaned_data["category"]]


class UploadForm(BacklogDefaults, Upload):
    """A backlog file with what is assumed of its requests."""

    field_order = ("file", "area", "category")


class CorrectForm(BacklogDefaults, Correct):
    """Which column says what of a request."""

    def default_of(self, batch: Any, name: str) -> Any:
        """Returns the code of the category, as its select has it."""
        return batch.category.code if name == "category" else super().default_of(batch, name)
