"""What staff type about a team. Parsing only; rules stand in volunteers.team_actions."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.lib.form_fields import CleanText, Tiles
from requests_app.forms.desk.fields import AreaField
from volunteers import team_queries
from volunteers.enums import TeamTier
from volunteers.models import Team


class TeamForm(forms.Form):
    """What a team is called, what it is for, and what it says of itself."""

    name = CleanText(label=pgettext_lazy("a team", "Name"), limit=60)
    service_classes = forms.TypedMultipleChoiceField(
        label=_("What it is for"), coerce=int, required=False, widget=Tiles
    )
    about = CleanText(label=_("About the team"), limit=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_classes"].choices = [(each.pk, str(each)) for each in team_queries.in_use()]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Returns what the action takes."""
        return dict(self.cleaned_data)


class FoundForm(TeamForm):
    """A new team: below which one, and where it is at home."""

    parent = forms.TypedChoiceField(label=_("Below"), coerce=int, required=False, empty_value=None)
    area = AreaField(label=_("At home in"), required=True, empty=_("Choose an area"))

    field_order = ["name", "parent", "area", "service_classes", "about"]

    def __init__(self, *args: Any, above: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.above = {team.pk: team for team in above if team.tier != TeamTier.SQUAD}
        self.fields["parent"].choices = [  # type: ignore[attr-defined]
            ("", _("None: a corps of its own")),
            *((team.pk, f"{team.get_tier_display()} · {team.name}") for team in self.above.values()),
        ]


class TeamVerbForm(forms.Form):
    """A step about one membership."""

    heading: ClassVar[str | Promise] = ""
    membership = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def facts(self) -> dict[str, Any]:
        """Returns the facts of the verb."""
        return dict(self.cleaned_data)


class ReasonForm(TeamVerbForm):
    """The same with words that they read."""

    reason = CleanText(label=_("Reason, which they read"), limit=200)


class DissolveForm(forms.Form):
    """Ending a team."""

    reason = CleanText(label=_("Reason, which its members read"), limit=200)

    def facts(self) -> dict[str, Any]:
        """Returns the facts of the verb."""
        return dict(self.cleaned_data)


# What is said once it is done.
DONE: dict[str, str | Promise] = {
    "admit": _("The person is a member from now on."),
    "refuse": _("Not admitted; the person reads why."),
    "remove": _("No longer a member; the person reads why."),
    "appoint": _("The person leads the team from now on."),
    "relieve": _("The person no longer leads the team."),
    "edit": _("The changes are saved."),
    "dissolve": _("The team is dissolved; its members read why."),
}
VERB_FORMS: dict[str, type[TeamForm] | type[TeamVerbForm] | type[DissolveForm]] = {
    "admit": TeamVerbForm,
    "refuse": ReasonForm,
    "remove": ReasonForm,
    "appoint": TeamVerbForm,
    "relieve": TeamVerbForm,
    "edit": TeamForm,
    "dissolve": DissolveForm,
}
