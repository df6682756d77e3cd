"""What people type on the progress page and its acts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.lib import clock, codes, spoken
from civic.lib.form_fields import CleanText
from requests_app import timing
from requests_app.enums import Solved
from requests_app.forms.new import PARTS, WhenForm
from requests_app.models import ServiceRequest


class CodeForm(forms.Form):
    """The tracking code, in any usual notation."""

    code = forms.CharField(
        label=gettext_lazy("Code of the request"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": gettext_lazy("Please type the code.")},
    )

    def clean_code(self) -> str:
        """Returns the code as stored, or refuses what cannot be one."""
        code = codes.read_tracking_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("A code looks like QH-7KD4-29PX-M3TC. Please check it."))
        return code


class DigitsForm(forms.Form):
    """The last four digits of the phone."""

    digits = forms.RegexField(
        r"^\s*[0-9０-９]{4}\s*$",
        label=gettext_lazy("Last four digits of your phone"),
        max_length=10,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "code-input", "size": "4"}
        ),
        error_messages={
            "required": gettext_lazy("Please type four digits."),
            "invalid": gettext_lazy("Please type four digits."),
        },
    )

    def clean_digits(self) -> str:
        """Returns four ASCII digits."""
        return "".join(str(int(sign)) for sign in self.cleaned_data["digits"].strip())


class RateForm(forms.Form):
    """Solved is one question, stars another, words the last."""

    solved = forms.ChoiceField(
        choices=Solved.choices,
        error_messages={"required": gettext_lazy("Choose one of the three answers.")},
    )
    stars = forms.TypedChoiceField(
        choices=[(n, str(n)) for n in range(5, 0, -1)],
        coerce=int,
        error_messages={"required": gettext_lazy("Give 1 to 5 stars.")},
    )
    comment = CleanText(
        label=gettext_lazy("A word to the volunteer or to us"), limit=2000, multiline=True, required=False
    )

    STARS = [
        (5, gettext_lazy("Very good")),
        (4, gettext_lazy("Good")),
        (3, gettext_lazy("All right")),
        (2, gettext_lazy("Not good")),
        (1, gettext_lazy("Bad")),
    ]


class ReasonForm(forms.Form):
    """Why, in words; may be left empty."""

    reason = CleanText(label=gettext_lazy("Why?"), limit=500, multiline=True, required=False)


class AppealForm(forms.Form):
    """Why somebody else should look at it."""

    reason = CleanText(
        label=gettext_lazy("Why should we look again?"),
        limit=500,
        multiline=True,
        help_text=gettext_lazy("What did we miss? A sentence is enough."),
        error_messages={"required": gettext_lazy("Please say why, in a sentence.")},
    )


class ConcernForm(forms.Form):
    """A safety report, and about which of the `people` (key and label) who had a part in the request it is."""

    text = CleanText(
        label=gettext_lazy("What happened?"),
        limit=2000,
        multiline=True,
        error_messages={"required": gettext_lazy("Please say what happened.")},
    )
    volunteer = forms.TypedChoiceField(
        label=gettext_lazy("Who is it about?"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    block = forms.BooleanField(
        label=gettext_lazy("I do not want this volunteer to come again."), required=False
    )

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not people:
            del self.fields["volunteer"], self.fields["block"]
            return
        choices = [*people, ("", _("Somebody else, or I cannot say"))]
        self.fields["volunteer"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuses to keep away whoever is not named."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("block") and typed.get("volunteer") is None and "volunteer" not in self.errors:
            self.add_error("volunteer", _("Say which volunteer is meant."))
        return typed


class ChangeForm(WhenForm):
    """Another day and time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreed, days = self.initial.get("day"), self.fields["day"].choices  # type: ignore[attr-defined]
        if agreed and agreed not in dict(days):  # further ahead than days are offered
            days.append(
                (agreed, spoken.day(timezone.make_aware(datetime.fromisoformat(agreed)), weekday=True))
            )

    @classmethod
    def now_of(cls, case: ServiceRequest) -> dict[str, Any]:
        """Returns what the form begins with: the time that holds now, else the soonest possible."""
        holds = case.agreed_start or case.preferred_start
        if holds is None or holds <= clock.now():
            return {"when": "day", **cls.soonest()}
        local = timezone.localtime(holds)
        chosen = {"when": "day", "day": local.date().isoformat()}
        if case.agreed_start is None and (part := cls._part_of(local, case)):
            return chosen | {"part": part}
        return chosen | {"part": "exact", "at": local.time(), "at_night": timing.is_at_night(holds)}

    @staticmethod
    def _part_of(start: datetime, case: ServiceRequest) -> str:
        """Returns the part of the day that was wished, "" for a fixed time, which ends after the usual length."""
        if case.preferred_end is None:
            return ""
        until = timezone.localtime(case.preferred_end)
        is_long = until - start > timedelta(minutes=case.expected_minutes)
        for part, (begins, ends) in PARTS.items():
            if until.time() == ends and (start.time() == begins or is_long and start.time() > begins):
                return part
        return ""

    def clean(self) -> dict[str, Any]:
        """Asks for a day, whatever else was sent."""
        found = super().clean()
        if found["start"] is None and not self.errors:
            self.add_error("day", _("Please choose a day."))
        return found

    def facts(self) -> dict[str, Any]:
        """Returns `preferred_start` and `preferred_end`, None for a fixed time."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return {
            "preferred_start": datetime.fromisoformat(start),
            "preferred_end": datetime.fromisoformat(end) if end else None,
        }
