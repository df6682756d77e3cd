"""What a responsible unit sends: its answer, why it gives a request back, or that it needs more time. Parsing only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import CleanText
from requests_app.enums import UnitResult
from requests_app.forms.desk.fields import LocalStart


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
    """Why it is not the unit's to do. Its fields have ids of their own beside those of the answer."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = CleanText(
        label=_("Why is it not yours?"),
        limit=500,
        multiline=True,
        help_text=_("The desk reads it and finds somebody else."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "return_%s"
        super().__init__(*args, **kwargs)


class MoreTimeForm(forms.Form):
    """Until when the unit needs to answer, and why. Its fields have ids of their own beside those of the answer."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    due_at = LocalStart(label=_("New limit"), required=True)
    reason = CleanText(
        label=_("Why is more time needed?"),
        limit=500,
        multiline=True,
        help_text=_("Whoever decides about it reads this: what is missing, what was ordered, when it comes."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "more_%s"
        super().__init__(*args, **kwargs)
