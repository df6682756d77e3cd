"""What a responsible unit sends: its answer, or why it gives a request back. Parsing only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import CleanText
from requests_app.enums import UnitResult


class AnswerForm(forms.Form):
    """The answer that the resident reads."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    result = forms.ChoiceField(
        label=_("What came of it?"),
        choices=UnitResult.choices,
        widget=forms.RadioSelect,
        help_text=_("“Explained” reaches the resident once a second person at the desk has approved it."),
    )
    text = CleanText(
        label=_("Answer to the resident"),
        limit=10_000,
        multiline=True,
        help_text=_(
            "What was found, what was done, whom to ask if it comes back. They read it word for word."
        ),
    )


class ReturnForm(forms.Form):
    """Why it is not the unit's to do."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = CleanText(
        label=_("Why is it not yours?"),
        limit=500,
        multiline=True,
        help_text=_("The desk reads it and finds somebody else."),
    )
