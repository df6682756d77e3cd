"""What each page of a new request asks; parsing only, the rules stand in requests_app.actions."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.areas import locate
from civic.areas.queries import tree
from civic.lib import clock, spoken
from civic.lib.form_fields import AnyPhone, CleanText
from civic.lib.text import has_chinese
from requests_app import reference, timing
from requests_app.actions.place import MAX_PEOPLE
from requests_app.drafts import WORDS_OF_REASONS
from volunteers.enums import Spoken

LONGEST_TEXT = 10_000
DAYS_AHEAD = 21
FURTHER_LANGUAGES = [choice for choice in Spoken.choices if choice[0] != Spoken.MANDARIN]
PARTS = {"morning": (time(8), time(12)), "afternoon": (time(13), time(18)), "evening": (time(18), time(21))}
LEAD = timedelta(minutes=30)  # from asking to the earliest start
AT_NIGHT = "at_night"  # the code of the question whether a time at night is meant


class WhatForm(forms.Form):
    """The kind of help and, in words, voice or pictures, what it is about."""

    category = forms.CharField(max_length=32, widget=forms.HiddenInput)
    text = CleanText(
        label=gettext_lazy("What is it about?"),
        limit=LONGEST_TEXT,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "data-word-left": gettext_lazy("Characters left: {n}")}),
        help_text=gettext_lazy("A sentence is enough. No names or ID numbers, please."),
    )

    def clean_category(self) -> str:
        """Returns the code of a category in force."""
        if reference.category(self.cleaned_data["category"]) is None:
            raise forms.ValidationError(_("Please choose the kind of help once more."))
        return str(self.cleaned_data["category"])


class WhereForm(forms.Form):
    """By which way the place is given."""

    WAYS = ("last", "here", "pick", "map")
    way = forms.ChoiceField(
        choices=[(way, way) for way in WAYS],
        error_messages={
            "required": gettext_lazy("Please choose one."),
            "invalid_choice": gettext_lazy("Please choose one."),
        },
    )


class DoorForm(forms.Form):
    """Estate, building and door, typed as people say them."""

    estate = CleanText(
        label=gettext_lazy("Estate, village or street"),
        limit=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    building = CleanText(label=gettext_lazy("Building and entrance"), limit=40, required=False)
    door = CleanText(label=gettext_lazy("Door"), limit=20, required=False)
    door_note = CleanText(
        label=gettext_lazy("How to get in"),
        limit=100,
        required=False,
        help_text=gettext_lazy("For instance: lift on the left, bell does not work"),
    )

    def address(self) -> str:
        """Returns one line: "荷花里小区 3 号楼 2 单元 502", "Garden Estate, Building 3, 502"."""
        parts = [
            self.cleaned_data[name] for name in ("estate", "building", "door") if self.cleaned_data[name]
        ]
        return (" " if has_chinese("".join(parts)) else ", ").join(parts)


class PointForm(forms.Form):
    """A point on the earth and what stands there."""

    lat = forms.FloatField(widget=forms.HiddenInput, min_value=-90, max_value=90, required=False)
    lon = forms.FloatField(widget=forms.HiddenInput, min_value=-180, max_value=180, required=False)
    address = CleanText(
        label=gettext_lazy("Where exactly?"),
        limit=120,
        help_text=gettext_lazy("Building and door, or what is next to it"),
    )
    door_note = CleanText(label=gettext_lazy("How to get in"), limit=100, required=False)

    def __init__(self, *args: Any, way: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way = way

    def clean(self) -> dict[str, Any]:
        """Adds `area_id`, the smallest area around the point."""
        found = super().clean() or {}
        lat, lon = found.get("lat"), found.get("lon")
        if (lat is None or lon is None) and self.way == "map":
            raise forms.ValidationError(_("Please press the place on the map."))
        if lat is None or lon is None:
            raise forms.ValidationError(_("We do not know the place yet. Try again, or choose another way."))
        try:
            area = locate.locate(lat, lon)
        except ValueError as error:
            raise forms.ValidationError(error.args[0]) from error
        if area is None:
            raise forms.ValidationError(
                _("This place lies outside the city we serve. Please choose it from the list.")
            )
        found["area_id"] = area.pk
        return found


class WhenForm(forms.Form):
    """As soon as possible, at a day and time, or whenever it suits."""

    when = forms.ChoiceField(
        choices=[("soon", "soon"), ("day", "day"), ("any", "any")],
        error_messages={"required": gettext_lazy("Please choose one.")},
    )
    day = forms.ChoiceField(label=gettext_lazy("Day"), required=False)
    part = forms.ChoiceField(
        label=gettext_lazy("Time of day"),
        required=False,
        choices=[
            ("morning", gettext_lazy("Morning")),
            ("afternoon", gettext_lazy("Afternoon")),
            ("evening", gettext_lazy("Evening")),
            ("exact", gettext_lazy("Fixed time")),
        ],
    )
    HOURS = {name: f"{begins.hour}–{ends.hour}" for name, (begins, ends) in PARTS.items()}
    at = forms.TimeField(
        label=gettext_lazy("Fixed time"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M", "%H：%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Please give the time like 8:30.")},
    )
    at_night = forms.BooleanField(label=gettext_lazy("Yes, somebody has to come at night."), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = clock.now()
        days = [now + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
        self.fields["day"].choices = [  # type: ignore[attr-defined]
            (timezone.localtime(day).date().isoformat(), spoken.day(day, weekday=True)) for day in days
        ]

    @property
    def asks_about_night(self) -> bool:
        """Whether the page shows `at_night`: where a time at night waits for a yes, or has it."""
        return self.has_error("at", AT_NIGHT) or bool(self["at_night"].value())

    @staticmethod
    def soonest() -> dict[str, str]:
        """Returns the first `day` (ISO) and `part` that can still be kept, so that nobody is offered a time gone by."""
        today, now = timezone.localdate(clock.now()), clock.now()
        for part, (_begins, ends) in PARTS.items():
            if now + LEAD < _local(today, ends):
                return {"day": today.isoformat(), "part": part}
        return {"day": (today + timedelta(days=1)).isoformat(), "part": "morning"}

    def clean(self) -> dict[str, Any]:
        """Adds `start` and `end` as ISO texts, both None where no time was wished; a time at night is asked back
        about once, not forbidden."""
        found = super().clean() or {}
        found["start"] = found["end"] = None
        confirmed, found["at_night"] = found.get("at_night"), False
        if found.get("when") != "day" or self.errors:
            return found
        day, part = found.get("day"), found.get("part") or "morning"
        if not day:
            self.add_error("day", _("Please choose a day."))
        elif part == "exact" and not found.get("at"):
            self.add_error("at", _("Please give the time."))
        else:
            self._set_times(found, date.fromisoformat(day), part, night_is_meant=confirmed)
        return found

    def _set_times(self, found: dict[str, Any], day: date, part: str, *, night_is_meant: bool | None) -> None:
        begins, ends = (found["at"], None) if part == "exact" else PARTS[part]
        start, now = _local(day, begins), clock.now()
        end = _local(day, ends) if ends else None
        if (end or start) <= now:
            self.add_error("at" if part == "exact" else "part", _("This time has passed already."))
            return
        found["at_night"] = part == "exact" and timing.is_at_night(start)
        if found["at_night"] and not night_is_meant:
            words = _("That is at night; volunteers usually come between 6:00 and 22:00. Is it meant so?")
            self.add_error("at", forms.ValidationError(words, code=AT_NIGHT))
            return
        if start <= now:
            start = now + LEAD
            if end and start >= end:
                self.add_error("part", _("This time has passed already."))
                return
        found["start"], found["end"] = start.isoformat(), end.isoformat() if end else None


class HowMany(forms.IntegerField):
    """How many volunteers are needed; whatever is wrong with the number, the answer names what can be asked for."""

    def __init__(self, **options: Any) -> None:
        asked = gettext_lazy("1 to 50 people can be asked for.")
        kinds = ("required", "invalid", "min_value", "max_value")
        super().__init__(
            min_value=1,
            max_value=MAX_PEOPLE,
            initial=1,
            error_messages=dict.fromkeys(kinds, asked),
            **options,
        )


class WhoForm(forms.Form):
    """For oneself or for somebody else; who answers the phone; how many helpers."""

    REASONS = list(WORDS_OF_REASONS.items())
    who = forms.ChoiceField(
        choices=[("self", "self"), ("other", "other")],
        error_messages={"required": gettext_lazy("Please choose one.")},
    )
    name = CleanText(
        label=gettext_lazy("What shall we call you?"),
        limit=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    other_name = CleanText(label=gettext_lazy("Name of the person to be helped"), limit=40, required=False)
    other_phone = AnyPhone(label=gettext_lazy("Phone of the person to be helped"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you ask for them?"), choices=REASONS, required=False
    )
    speaks = forms.ChoiceField(
        label=gettext_lazy("What is easiest to talk in?"),
        choices=[("", gettext_lazy("Mandarin, or it does not matter")), *FURTHER_LANGUAGES],
        required=False,
    )
    headcount = HowMany(
        label=gettext_lazy("How many helpers?"),
        help_text=gettext_lazy("One is enough for most things."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Asks for the name of whoever is to be called, and of the person to be helped."""
        found = super().clean() or {}
        if found.get("who") == "other" and not found.get("other_name") and "other_name" not in self.errors:
            self.add_error("other_name", _("Whom shall we help?"))
        if found.get("who") and not found.get("name") and "name" not in self.errors:
            self.add_error("name", _("Please tell us how to call you."))
        return found


class CheckForm(forms.Form):
    """The consents; the sensitive one stands apart, only where the category needs it (PIPL art. 29)."""

    terms = forms.BooleanField(
        label=gettext_lazy("I agree that my details are used to arrange this help."),
        error_messages={"required": gettext_lazy("Without this we cannot arrange help.")},
    )
    sensitive = forms.BooleanField(
        error_messages={"required": gettext_lazy("This kind of help needs your separate consent.")},
    )

    WORDS = {
        "health": gettext_lazy("I agree separately that details about health are used for this help only."),
        "disability": gettext_lazy(
            "I agree separately that details about a disability are used for this help only."
        ),
        "minor": gettext_lazy(
            "I am the guardian and agree that details of a child under 14 are used for this help only."
        ),
    }

    def __init__(self, *args: Any, kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind:
            self.fields["sensitive"].label = self.WORDS[kind]
        else:
            del self.fields["sensitive"]


def area_in_use(area_id: Any) -> Any:
    """Returns the area of a typed or linked id while it is in use, else None."""
    try:
        found = tree().by_id.get(int(area_id))
    except (TypeError, ValueError):
        return None
    return found if found is not None and tree().in_use(found.pk) else None


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=timezone.get_current_timezone())
