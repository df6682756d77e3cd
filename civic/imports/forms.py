"""Forms of an import; parsing only, the rules stand in civic.imports.actions and in the importer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from civic.accounts.access import held
from civic.accounts.models import User
from civic.areas.choices import area_choices
from civic.areas.models import Area, AreaLevel
from civic.areas.queries import tree
from civic.imports.importer import Importer
from civic.imports.models import Batch
from civic.imports.queries import Column, offered_columns
from civic.lib import tables
from civic.lib.errors import DomainError

COLUMN = "column_"


class DefaultsForm(forms.Form):
    """What is assumed for every row: here the area, among those of the person; a form for an importer adds more."""

    importer: Importer[Any]
    area = forms.TypedChoiceField(label=_("Area"), coerce=int)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = own_areas(user, self.importer.roles)
        self.fields["area"].choices = own if len(own) == 1 else [("", _("Choose an area")), *own]  # type: ignore[attr-defined]

    def clean_area(self) -> Area:
        """Returns the area itself."""
        return tree().by_id[self.cleaned_data["area"]]

    def assumed(self) -> dict[str, Any]:
        """Returns the defaults that were cleaned, by name."""
        return {name: self.cleaned_data[name] for name in DefaultsForm.names_of(type(self))}

    @staticmethod
    def names_of(form: type[DefaultsForm]) -> list[str]:
        """Returns the names of the fields of defaults of a form."""
        return [name for name in form.base_fields if name != "file"]

    def defaults(self) -> list[BoundField]:
        """Returns the fields of defaults as the page shows them."""
        return [self[name] for name in DefaultsForm.names_of(type(self))]


class Upload(DefaultsForm):
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

    def clean_file(self) -> UploadedFile:
        """Refuses what cannot be a table, with a sentence that says what to do."""
        sent: UploadedFile = self.cleaned_data["file"]
        try:
            tables.refuse_unreadable(sent.file, named=sent.name or "")  # type: ignore[arg-type]
        except DomainError as refused:
            raise forms.ValidationError(refused_words(refused)) from refused
        return sent


class Correct(DefaultsForm):
    """Which column says what, and the assumptions; one select for each thing a row can say."""

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        initial = {name: self.default_of(batch, name) for name in DefaultsForm.names_of(type(self))}
        initial |= {f"{COLUMN}{target}": at for target, at in batch.columns.items()}
        super().__init__(*args, initial=initial, **kwargs)
        choices = offered_columns(batch)
        for target, label in self.importer.targets.items():
            self.fields[f"{COLUMN}{target}"] = forms.TypedChoiceField(
                label=label, choices=choices, coerce=int, empty_value=None, required=False
            )

    def default_of(self, batch: Any, name: str) -> Any:
        """Returns what the batch assumes now, as the field `name` shows it."""
        value = getattr(batch, name)
        return getattr(value, "pk", value)

    def chosen(self) -> dict[str, int]:
        """Returns target > column of what was cleaned."""
        found = {target: self.cleaned_data[f"{COLUMN}{target}"] for target in self.importer.targets}
        return {target: at for target, at in found.items() if at is not None}

    def lines(self, file_columns: list[Column]) -> list[tuple[BoundField, list[str]]]:
        """Returns each select with the samples of the column it stands at."""
        samples = {str(column.at): column.samples for column in file_columns}
        fields = [self[f"{COLUMN}{target}"] for target in self.importer.targets]
        return [(each, samples.get(str(each.value()), [])) for each in fields]


def own_areas(user: User, roles: frozenset[Any]) -> list[tuple[int, str]]:
    """Returns the areas where `user` holds one of `roles`, indented; grids only where nothing larger is theirs."""
    found: dict[int, str] = {}
    for row in held(user):
        if row.role in roles:
            found |= dict(area_choices(row.area_id, AreaLevel.COMMUNITY) or area_choices(row.area_id))
    return list(found.items())


def refused_words(refused: DomainError) -> list[str]:
    """Returns the sentences of a refusal."""
    found = [str(message) for messages in (refused.errors or {}).values() for message in messages]
    return found or [str(refused.detail or refused.title)]
