"""Forms of the import of registers; parsing only."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.imports.forms import Correct, DefaultsForm, Upload
from volunteers.enums import VolunteerState
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport


class RegisterDefaults(DefaultsForm):
    """What is assumed of everybody in the file."""

    importer = REGISTER
    area = forms.TypedChoiceField(label=_("Area where the file names no community"), coerce=int)
    enter_as = forms.ChoiceField(
        label=_("They come in as"), choices=RegisterImport.ENTER_AS, initial=VolunteerState.APPLIED
    )
    insured_until = forms.DateField(
        label=_("Insured until, where the file has no date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    vetted = forms.BooleanField(label=_("Who is not marked in the file counts as vetted"), required=False)


class UploadForm(RegisterDefaults, Upload):
    """A register with what is assumed of everybody in it."""

    field_order = ("file", "area", "enter_as", "insured_until", "vetted")


class CorrectForm(RegisterDefaults, Correct):
    """Which column says what of a volunteer."""
