"""Forms of the backlog import; parsing only, the rules stand in requests_app.imports.actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.models import Area, AreaLevel
from civic.areas.queries import tree
from civic.lib import tables
from civic.lib.errors import DomainError
from requests_app import reference
from requests_app.forms.desk.fields import area_choices
from requests_app.imports import columns
from requests_app.models import Category, ImportBatch
from requests_app.queries.imports import Column, offered_columns

COLUMN = "column_"


class DefaultsForm(forms.Form):
    """The area and the kind of help assumed for every row, among those of the person."""

    area = forms.TypedChoiceField(label=_("Area the requests belong to"), coerce=int)
    category = forms.ChoiceField(label=_("Kind of help where the file names none"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = own_areas(user)
        self.fields["area"].choices = own if len(own) == 1 else [("", _("Choose an area")), *own]  # type: ignore[attr-defined]
        kinds = [(each.code, str(each)) for each in reference.in_force()]
        self.fields["category"].choices = [("", _("Choose a kind of help")), *kinds]  # type: ignore[attr-defined]

    def clean_area(self) -> Area:
        """Returns the area itself."""
        return tree().by_id[self.cleaned_data["area"]]

    def clean_category(self) -> Category:
        """Returns the category itself."""
        return reference.snapshot().by_code[self.cleaned_data["category"]]


class UploadForm(DefaultsForm):
    """A file with what is assumed of its rows; a file that is no table is refused here, by its first look."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "One table, .xlsx or .csv, up to 50 MB; its first row names the columns. It can also be dropped here."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv", "class": "im-file"}),
        allow_empty_file=True,  # said below in our words
        max_length=255,
    )
    field_order = ("file", "area", "category")

    def clean_file(self) -> UploadedFile:
        """Refuses what cannot be a table, with a sentence that says what to do."""
        sent: UploadedFile = self.cleaned_data["file"]
        try:
            tables.refuse_unreadable(sent.file)  # type: ignore[arg-type]
        except DomainError as refused:
            raise forms.ValidationError(refused_words(refused)) from refused
        return sent


class CorrectForm(DefaultsForm):
    """Which column says what, and the assumptions; one select for each thing a request has."""

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        initial = {"area": batch.area_id, "category": batch.category.code}
        initial |= {f"{COLUMN}{target}": at for target, at in batch.columns.items()}
        super().__init__(*args, initial=initial, **kwargs)
        choices = offered_columns(batch)
        for target, label in columns.TARGETS.items():
            self.fields[f"{COLUMN}{target}"] = forms.TypedChoiceField(
                label=label, choices=choices, coerce=int, empty_value=None, required=False
            )

    def chosen(self) -> dict[str, int]:
        """Returns target > column of what was cleaned."""
        found = {target: self.cleaned_data[f"{COLUMN}{target}"] for target in columns.TARGETS}
        return {target: at for target, at in found.items() if at is not None}

    def lines(self, file_columns: list[Column]) -> list[tuple[BoundField, list[str]]]:
        """Returns each select with the samples of the column it stands at."""
        samples = {str(column.at): column.samples for column in file_columns}
        fields = [self[f"{COLUMN}{target}"] for target in columns.TARGETS]
        return [(each, samples.get(str(each.value()), [])) for each in fields]


def own_areas(user: User) -> list[tuple[int, str]]:
    """Returns the areas a dispatcher may import into, indented; grids only where nothing larger is theirs."""
    found: dict[int, str] = {}
    for row in held(user):
        if row.role == Role.DISPATCHER:
            found |= dict(area_choices(row.area_id, AreaLevel.COMMUNITY) or area_choices(row.area_id))
    return list(found.items())


def refused_words(refused: DomainError) -> list[str]:
    """Returns the sentences of a refusal."""
    found = [str(message) for messages in (refused.errors or {}).values() for message in messages]
    return found or [str(refused.detail or refused.title)]
