"""What the calendar page reads: days and the hours of work."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.worktime.actions import OFF, PUBLISHED, WORKED


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date", "required": True}, format="%Y-%m-%d"), **kwargs
    )


class DaysForm(forms.Form):
    """Days off or worked, with the reason."""

    first = _day(label=_("First day"))
    last = _day(label=_("Last day"))
    kind = forms.ChoiceField(
        label=_("What are they?"),
        choices=[
            (OFF, _("Days off")),
            (WORKED, _("Work days")),
            (PUBLISHED, _("As published")),
        ],
        widget=forms.RadioSelect,
        initial=OFF,
    )
    note = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Everybody can read it in the calendar."),
    )


class HoursForm(forms.Form):
    """The hours of a work day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in {
            "morning_from": _("Morning from"),
            "morning_until": _("Morning until"),
            "afternoon_from": _("Afternoon from"),
            "afternoon_until": _("Afternoon until"),
        }.items():
            self.fields[name] = forms.TimeField(
                label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            )
