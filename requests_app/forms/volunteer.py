"""What a volunteer sends: answers to an offer, check-in, completion, giving up, a safety report. Parsing only."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.lib import clock, spoken
from civic.lib.form_fields import CleanText
from requests_app import timing
from requests_app.enums import DeclineReason, GiveUpReason, Urgency
from requests_app.models import ServiceRequest

Stretch = tuple[datetime, datetime]
DAYS_AHEAD = 21
LENGTHS = (30, 45, 60, 90, 120, 150, 180, 240, 360, 480)
MOST_PHOTOS = 6


class TermsForm(forms.Form):
    """The offer and the terms that were read; anything else than numbers counts as not given."""

    offer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    terms = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def facts(self) -> dict[str, Any]:
        """Returns what `accept` takes."""
        return {name: value for name, value in self.cleaned_data.items() if name in {"offer", "terms"}}


class ProposeForm(TermsForm):
    """Accepting while the start is open: when the volunteer can come, and for how long."""

    day = forms.ChoiceField(
        label=gettext_lazy("Which day can you come?"),
        error_messages={"required": gettext_lazy("Please choose a day.")},
    )
    at = forms.TimeField(
        label=gettext_lazy("At what time?"),
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M", "%H：%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Please give the time."),
            "invalid": gettext_lazy("Please give the time like 8:30."),
        },
    )
    expected_minutes = forms.TypedChoiceField(label=gettext_lazy("For how long?"), coerce=int)

    def __init__(
        self, *args: Any, request: ServiceRequest, taken: Sequence[Stretch] = (), **kwargs: Any
    ) -> None:
        """`taken` are the times that whoever proposes has promised already: the first suggestion avoids them."""
        usual = min(LENGTHS, key=lambda length: abs(length - request.expected_minutes))
        suggested = _suggested(request.preferred_start, timedelta(minutes=usual), taken)
        kwargs["initial"] = {
            "day": suggested.date().isoformat(),
            "at": suggested.time(),
            "expected_minutes": usual,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        self.wished = (request.preferred_start, request.preferred_end or request.preferred_start)
        self.may_be_at_night = request.urgency == Urgency.URGENT
        now = clock.now()
        days = [now + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
        self.fields["day"].choices = [  # type: ignore[attr-defined]
            (timezone.localtime(day).date().isoformat(), spoken.day(day, weekday=True)) for day in days
        ]
        self.fields["expected_minutes"].choices = [  # type: ignore[attr-defined]
            (length, spoken.hours(length)) for length in LENGTHS
        ]

    def clean(self) -> dict[str, Any]:
        """Adds `agreed_start`; a time that has passed, or one at night, is refused beside the time."""
        found = super().clean() or {}
        if found.get("day") and found.get("at"):
            day = date.fromisoformat(found["day"])
            start = datetime.combine(day, found["at"], tzinfo=timezone.get_current_timezone())
            if start <= clock.now():
                self.add_error("at", _("This time has passed already."))
            elif timing.is_at_night(start) and not self._is_wished(start):
                self.add_error(
                    "at", _("Please choose a time between 6:00 and 22:00; nobody is visited at night.")
                )
            found["agreed_start"] = start
        return found

    def _is_wished(self, start: datetime) -> bool:
        first, last = self.wished
        return self.may_be_at_night or (first is not None and last is not None and first <= start <= last)

    def facts(self) -> dict[str, Any]:
        """Returns what `accept` takes."""
        return super().facts() | {
            "agreed_start": self.cleaned_data["agreed_start"],
            "expected_minutes": self.cleaned_data["expected_minutes"],
        }


def _suggested(wished: datetime | None, length: timedelta, taken: Sequence[Stretch]) -> datetime:
    """Returns the local time to begin that the form suggests: the wished one, else nine o'clock tomorrow, put off in
    half hours to where nothing of `taken` lies, never into the night."""
    tomorrow = timezone.localtime(clock.now() + timedelta(days=1))
    start = (
        timezone.localtime(wished) if wished else tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)
    )
    last = start + timedelta(days=DAYS_AHEAD)
    tried = start
    while tried < last:
        free = all(tried + length <= begins or ends <= tried for begins, ends in taken)
        if free and (tried == start or not (timing.is_at_night(tried) or timing.is_at_night(tried + length))):
            return tried
        tried += timedelta(minutes=30)
    return start


class DeclineForm(forms.Form):
    """Not this time; the reason is one tap and may be left out."""

    reason_code = forms.ChoiceField(choices=[("", ""), *DeclineReason.choices], required=False)


class CheckInForm(forms.Form):
    """By place (sent by the phone), by the resident's code, or with a reason."""

    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    code = forms.RegexField(
        r"^\s*[0-9０-９ ]{6,12}\s*$",
        label=gettext_lazy("The resident's code"),
        help_text=gettext_lazy("Six digits; the resident has them in a message."),
        required=False,
        max_length=16,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "code-input", "size": "6"}
        ),
        error_messages={"invalid": gettext_lazy("The code has six digits.")},
    )
    reason = CleanText(
        label=gettext_lazy("Does none of this work? Say why."),
        help_text=gettext_lazy("For instance: we meet at the hospital, the resident does not find the code."),
        limit=500,
        required=False,
        widget=forms.TextInput(),
    )

    def clean_code(self) -> str:
        """Returns ASCII digits without blanks."""
        return "".join(str(int(sign)) for sign in self.cleaned_data["code"] if not sign.isspace())

    def clean(self) -> dict[str, Any]:
        """Half a position is none."""
        found = super().clean() or {}
        if (found.get("lat") is None) != (found.get("lon") is None):
            found["lat"] = found["lon"] = None
        return found

    def facts(self) -> dict[str, Any]:
        """Returns what `check_in` takes."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class CompleteForm(forms.Form):
    """How long it took (never more than since check-in), and a word for the desk."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes served"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Please give the minutes.")},
    )
    note = CleanText(
        label=gettext_lazy("What was done"),
        help_text=gettext_lazy("For the desk. No names or ID numbers, please."),
        limit=2000,
        multiline=True,
        required=False,
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].widget.attrs["max"] = str(most)
        self.fields["minutes"].help_text = _(
            "At most %(most)s: since you checked in. Travel does not count."
        ) % {"most": most}


class GiveUpForm(forms.Form):
    """Cannot come, or cannot go on."""

    reason_code = forms.ChoiceField(
        label=gettext_lazy("What came in between?"),
        choices=GiveUpReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose one.")},
    )
    note = CleanText(label=gettext_lazy("A word to the desk"), limit=500, required=False)


class AbortForm(forms.Form):
    """It cannot be done: why, and what should become of it."""

    reason = CleanText(
        label=gettext_lazy("Why can it not be done?"),
        limit=500,
        multiline=True,
        error_messages={"required": gettext_lazy("Please say why.")},
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("What should happen now?"),
        choices=[
            ("again", gettext_lazy("Ask somebody else")),
            ("cancel", gettext_lazy("It is no longer needed")),
        ],
        widget=forms.RadioSelect,
        initial="again",
    )


class ConcernForm(forms.Form):
    """A safety report of the volunteer."""

    text = CleanText(
        label=gettext_lazy("What happened?"),
        limit=2000,
        multiline=True,
        error_messages={"required": gettext_lazy("Please say what happened.")},
    )
    block = forms.BooleanField(
        label=gettext_lazy("I do not want to be sent to this resident again."), required=False
    )
