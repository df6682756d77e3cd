"""What people type about their time and their papers. Parsing only; rules stand in volunteers.actions."""

from datetime import time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.lib import clock
from civic.lib.form_fields import AnyPhone, CleanText
from volunteers.models import QualificationKind
from volunteers.models.hours import DAY_MINUTES

WEEKDAYS = [(number + 1, name) for number, name in WEEKDAYS_ABBR.items()]


class MinuteField(forms.TimeField):
    """A time of day in minutes from midnight; as an end, midnight is the end of the day."""

    def __init__(self, *, ends: bool = False, **kwargs: Any) -> None:
        self.ends = ends
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)

    def clean(self, value: Any) -> Any:
        """Returns the minutes; raises ValidationError."""
        typed: time | None = super().clean(value)
        if typed is None:
            return None
        minutes = typed.hour * 60 + typed.minute
        return DAY_MINUTES if self.ends and minutes == 0 else minutes


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class FromToday(forms.Form):
    """Days of the future."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"first", "last", "day", "expires_on"} & set(self.fields):
            self.fields[name].widget.attrs["min"] = timezone.localdate(clock.now()).isoformat()


class HoursForm(forms.Form):
    """Hours of some days of the week."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        coerce=int,
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose a day at least.")},
    )
    starts = MinuteField(label=_("from"))
    ends = MinuteField(label=_("until"), ends=True)

    def chosen(self) -> set[str]:
        """Returns the chosen days as texts, for the tiles of the page."""
        return {str(each) for each in self["weekdays"].value() or []}


class DropHoursForm(forms.Form):
    """Hours that are to go, in minutes as the page wrote them."""

    weekdays = forms.TypedMultipleChoiceField(coerce=int, choices=WEEKDAYS)
    starts = forms.IntegerField(min_value=0, max_value=DAY_MINUTES)
    ends = forms.IntegerField(min_value=0, max_value=DAY_MINUTES)


class DaysOffForm(FromToday):
    """Days without offers."""

    first = _day(_("first day"))
    last = _day(_("last day"))


class ExtraForm(FromToday):
    """Hours of one day."""

    day = _day(_("day"))
    starts = MinuteField(label=_("from"))
    ends = MinuteField(label=_("until"), ends=True)


class DropForm(forms.Form):
    """A row that is to go."""

    row = forms.IntegerField(min_value=1, max_value=2**62)


class PaperForm(FromToday):
    """A qualification with the photo of its paper."""

    kind = forms.ModelChoiceField(
        label=_("What is it?"),
        queryset=QualificationKind.objects.filter(retired_at=None),
        empty_label=_("Please choose"),
    )
    number = CleanText(label=_("number"), limit=40, required=False)
    expires_on = forms.DateField(
        label=pgettext_lazy("a paper", "valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    photo = forms.FileField(
        label=_("Photo of the paper"),
        help_text=_("Only you and the staff who check it see it."),
        widget=forms.FileInput(attrs={"accept": "image/*", "class": "file"}),
        error_messages={"required": _("Please add a photo of the paper.")},
    )


class IdNumberForm(forms.Form):
    """The ID number."""

    id_number = CleanText(
        label=_("ID number"),
        help_text=_("For the insurance. It is kept encrypted; staff see its first and last digits."),
        limit=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )


class GuardianForm(forms.Form):
    """Who answers for a minor."""

    guardian_name = CleanText(label=_("Their name"), limit=80)
    guardian_phone = AnyPhone(label=_("Their phone"))
