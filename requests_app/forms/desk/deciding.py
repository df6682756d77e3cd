"""The forms of what a second person decides: proposing it, approving, refusing and withdrawing."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import CleanText
from requests_app.enums import ExemptReason
from requests_app.forms.desk.base import VerbForm
from requests_app.forms.desk.fields import LocalStart, to_minute
from requests_app.queries.approvals import Proposal
from requests_app.queries.desk_request import Picture

PROPOSE = pgettext_lazy("submit", "Propose")


class ExemptForm(VerbForm):
    """Why a closed request shall stay out of the rates."""

    heading = _("Leave it out of the rates")
    explains = _(
        "A second person has to approve. The reason is counted and listed in public, without anything personal."
    )
    submit = PROPOSE
    done = _("Proposed: a second person decides whether it stays out of the rates.")
    reason_code = forms.ChoiceField(label=_("Reason"), choices=ExemptReason.choices, widget=forms.RadioSelect)
    text = CleanText(
        label=_("What shows it?"),
        limit=2_000,
        multiline=True,
        help_text=_("For whoever approves: calls that were made, papers, where it is counted."),
    )


class ExtendForm(VerbForm):
    """Until when it shall take."""

    heading = _("Extend the limit")
    explains = _(
        "A second person has to approve. The resident is told the new limit; the original one stays on record."
    )
    submit = PROPOSE
    done = _("Proposed: a second person decides about the new limit.")
    due_at = LocalStart(label=_("New limit"), required=True)
    reason = CleanText(label=_("Reason"), limit=500)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        kwargs["initial"] = {"due_at": to_minute(picture.request.due_at)}
        super().__init__(*args, picture=picture, **kwargs)


class ConfidentialForm(VerbForm):
    """On when it is off, off when it is on."""

    heading = _("Confidentiality")
    explains = _(
        "While it is confidential: no pool, only offers to named people. Colleagues find it in no list and no search"
        " and say why before they read it; the resident sees who did."
    )
    done = _("It is no longer confidential.")
    on = forms.TypedChoiceField(
        label=_("From now on"),
        coerce=lambda value: value == "on",
        widget=forms.RadioSelect,
        choices=[("on", _("Confidential")), ("off", _("Not confidential"))],
    )
    reason = CleanText(label=_("Reason"), limit=500, required=False)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": "off" if picture.request.confidential else "on"}
        super().__init__(*args, picture=picture, **kwargs)

    def told(self) -> str:
        """Says which of the two it is now."""
        return gettext("From now on it is confidential.") if self.cleaned_data["on"] else super().told()


class ProposalForm(VerbForm):
    """A verb about an open proposal."""

    of: ClassVar[str] = ""  # which of the picture's proposals it can be about
    approval = forms.TypedChoiceField(label=_("Which proposal?"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        self.proposals: list[Proposal] = getattr(picture, self.of)  # shown in full above the fields
        choices = [(line.pk, line.told) for line in self.proposals]
        self.fields["approval"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial["approval"] = choices[0][0]
            self.fields["approval"].widget = forms.HiddenInput()


class ApproveForm(ProposalForm):
    """It is carried out at once."""

    heading = _("Approve the proposal")
    explains = _("It is carried out at once, in the proposer's name and yours.")
    submit = pgettext_lazy("submit", "Approve")
    done = _("Approved and carried out.")
    of = "decidable"
    note = CleanText(label=_("Note"), limit=2_000, multiline=True, required=False)


class RefuseForm(ProposalForm):
    """Everything stays as it is."""

    heading = _("Refuse the proposal")
    explains = _("Everything stays as it is; the proposer reads your reason.")
    submit = pgettext_lazy("submit", "Refuse")
    done = _("Refused; the proposer reads why.")
    of = "decidable"
    reason = CleanText(label=_("Reason"), limit=500)


class WithdrawProposalForm(ProposalForm):
    """One's own, taken back."""

    heading = _("Withdraw the proposal")
    explains = _("Nobody has to decide about it any more.")
    submit = _("Withdraw")
    done = _("The proposal is withdrawn.")
    of = "own_proposals"


FORMS: dict[str, type[VerbForm]] = {
    "confidential": ConfidentialForm,
    "exempt": ExemptForm,
    "extend": ExtendForm,
    "approve": ApproveForm,
    "refuse": RefuseForm,
    "withdraw_proposal": WithdrawProposalForm,
}
