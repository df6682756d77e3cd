"""What volunteers and leaders send about a team. Parsing only; rules stand in volunteers.team_actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import CleanText


class TeamVerbForm(forms.Form):
    """A verb that needs nothing more."""

    def facts(self) -> dict[str, Any]:
        """Returns the facts of the verb."""
        return dict(self.cleaned_data)


class ApplyForm(TeamVerbForm):
    """Asking to belong to a team."""

    words = CleanText(
        label=_("A word to the leader"),
        limit=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AnswerApplicationForm(TeamVerbForm):
    """Which application or membership."""

    membership = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class WithReasonForm(AnswerApplicationForm):
    """Which one, and what they read about it."""

    reason = CleanText(label=_("Reason, which they read"), limit=200)


TEAM_FORMS: dict[str, type[TeamVerbForm]] = {
    "apply": ApplyForm,
    "withdraw": TeamVerbForm,
    "leave": TeamVerbForm,
    "step_down": TeamVerbForm,
    "admit": AnswerApplicationForm,
    "refuse": WithReasonForm,
    "remove": WithReasonForm,
}
