"""What a team's leader sends: whom they name, with a time where none is agreed; or the reason to decline."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.enums import DeclineReason
from requests_app.forms.volunteer import ProposeForm
from requests_app.queries.team_offers import TeamTask


class _Naming(forms.Form):
    """Whom to name, and the terms that were read."""

    team_offer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    members = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def let_choose(self, task: TeamTask) -> None:
        """Takes the members of the team as choices; the verb says who may not be named."""
        self.fields["members"].choices = [  # type: ignore[attr-defined]
            (each.volunteer.pk, each.volunteer.user.name) for each in task.people
        ]

    def named(self) -> dict[str, Any]:
        """Returns whom the facts name, for which offer."""
        return {"members": self.cleaned_data["members"], "team_offer": self.cleaned_data["team_offer"]}


class NamingForm(_Naming):
    """Naming people while a start is agreed."""

    terms = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, task: TeamTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.let_choose(task)

    def facts(self) -> dict[str, Any]:
        """Returns what `accept_for_team` takes."""
        return {**self.named(), "terms": self.cleaned_data["terms"]}


class NamingWithTimeForm(_Naming, ProposeForm):
    """Naming people while the start is open: the leader proposes when they can come."""

    offer = None  # type: ignore[assignment]

    def __init__(self, *args: Any, task: TeamTask, **kwargs: Any) -> None:
        super().__init__(*args, request=task.request, **kwargs)
        self.let_choose(task)

    def facts(self) -> dict[str, Any]:
        """Returns what `accept_for_team` takes."""
        return {**self.named(), **ProposeForm.facts(self)}


# What a leader can say for the whole team, of the reasons that one person has.
TEAM_REASONS = [
    (DeclineReason.BUSY, _("Nobody has time then")),
    (DeclineReason.FAR, _("Too far for us")),
    (DeclineReason.UNABLE, _("Nobody of us can do this")),
]


class DeclineForTeamForm(forms.Form):
    """Not this time; the reason is one tap and may be left out."""

    team_offer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(choices=[("", ""), *TEAM_REASONS], required=False)
