"""What people type to become a volunteer and on their profile. Parsing only; rules stand in volunteers.actions."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civic.areas import queries as areas
from civic.areas.models import Area
from civic.lib import clock
from civic.lib.form_fields import CleanText, Tiles
from volunteers import team_queries
from volunteers.models import Skill
from volunteers.terms import ADULT_YEARS


class ProfileForm(forms.Form):
    """Skills, a word about oneself, and whether residents read one's name."""

    skills = forms.TypedMultipleChoiceField(
        label=_("What are you good at?"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    service_classes = forms.TypedMultipleChoiceField(
        label=_("In which fields would you like to serve?"), coerce=int, required=False, widget=Tiles
    )
    about = CleanText(
        label=_("A word about you"),
        help_text=_("For the desk: what it should know besides."),
        limit=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    public_name = forms.BooleanField(
        label=_("The resident I help may see my name."),
        help_text=_("Otherwise they see your volunteer number only. You can change this at any time."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_classes"].choices = [(each.pk, str(each)) for each in team_queries.in_use()]  # type: ignore[attr-defined]
        self.fields["skills"].choices = [(skill.pk, str(skill)) for skill in Skill.objects.all()]  # type: ignore[attr-defined]

    def chosen(self) -> set[str]:
        """Returns the chosen skills' ids as texts, for the tiles of the page."""
        return {str(each) for each in self["skills"].value() or []}


class RegisterForm(ProfileForm):
    """Becoming a volunteer."""

    name = CleanText(
        label=_("Your name"),
        limit=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give your name.")},
    )
    grid = forms.TypedChoiceField(label=_("Your grid"), coerce=int, empty_value=None, required=False)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        help_text=_("For the insurance; only the desk sees it. From 14 years; under 18 a guardian agrees."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Please give your date of birth."),
            "invalid": _("Please give the date like 1998-05-31."),
        },
    )
    terms = forms.BooleanField(
        label=_("I help of my own free will and agree that my details are used to arrange it."),
        error_messages={"required": _("Without this we cannot register you.")},
    )

    def __init__(self, *args: Any, community: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grids = [each for each in areas.tree().children(community.pk) if each.is_active]
        self.fields["grid"].choices = [("", _("I do not know")), *((each.pk, each.label) for each in grids)]  # type: ignore[attr-defined]
        if not grids:
            del self.fields["grid"]
        today = timezone.localdate(clock.now())
        self.fields["birth_date"].widget.attrs["max"] = today.isoformat()
        leap_day = (today.month, today.day) == (2, 29)
        self.adults_born_by = today.replace(year=today.year - ADULT_YEARS, day=28 if leap_day else today.day)


class AnswerForm(forms.Form):
    """What somebody says to what staff asked for."""

    words = CleanText(
        label=_("A word to your community"),
        limit=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PointForm(forms.Form):
    """Where the phone is."""

    lat = forms.FloatField(min_value=-90, max_value=90, widget=forms.HiddenInput)
    lon = forms.FloatField(min_value=-180, max_value=180, widget=forms.HiddenInput)
