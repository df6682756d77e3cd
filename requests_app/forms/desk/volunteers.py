"""Deciding about volunteers: approve, ask for more, refuse, suspend, reinstate; checking their papers."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civic.lib import clock
from civic.lib.form_fields import CleanText
from volunteers.models import Volunteer


class DecisionForm(forms.Form):
    """A verb of the volunteer's table; `version` is what the reader saw."""

    heading: ClassVar[str | Promise] = ""
    explains: ClassVar[str | Promise] = ""
    done: ClassVar[str | Promise] = ""  # what is said once it is done
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, volunteer: Volunteer, **kwargs: Any) -> None:
        self.volunteer = volunteer
        kwargs["initial"] = {"version": volunteer.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        """Returns the facts of the verb."""
        given = self.cleaned_data.items()
        return {name: value for name, value in given if name != "version" and (value or value is False)}

    def told(self) -> str:
        """Returns what was done, in a sentence for whoever did it; asked once the form is valid."""
        return str(self.done)


class ApproveForm(DecisionForm):
    """Matched from now on."""

    heading = _("Approve")
    explains = _("From now on offers reach this person. Minors need their guardian's consent first.")
    done = _("Approved: from now on offers reach this person.")
    vetted = forms.BooleanField(label=_("The background check was done"), required=False)
    insured_until = forms.DateField(
        label=_("Insured until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, volunteer: Volunteer, **kwargs: Any) -> None:
        kept = {"vetted": volunteer.vetted_at is not None, "insured_until": volunteer.insured_until}
        super().__init__(*args, volunteer=volunteer, initial=kept, **kwargs)

    def clean_insured_until(self) -> Any:
        """Refuses an insurance that is over, or one of more than ten years: a slip of the finger."""
        until = self.cleaned_data["insured_until"]
        today = timezone.localdate(clock.now())
        if until is not None and not today <= until <= today + timedelta(days=3660):
            raise forms.ValidationError(_("Choose a day from today on, within ten years."))
        return until


class RefuseForm(DecisionForm):
    """Not taken on."""

    heading = _("Do not approve")
    explains = _("The person is told that it was not approved and whom to call.")
    done = _("Not approved; the person is told.")
    reason = CleanText(label=_("Reason"), limit=500)


class SuspendForm(DecisionForm):
    """Not matched for now."""

    heading = _("Suspend")
    explains = _("No more offers reach this person until they are reinstated. Tasks already accepted stay.")
    done = _("Suspended: no more offers reach this person.")
    reason = CleanText(label=_("Reason"), limit=500)


class AskBackForm(DecisionForm):
    """Something is missing before staff can decide."""

    heading = _("Ask for more")
    explains = _(
        "The person reads what you write and answers on the phone; then they wait for approval again."
    )
    done = _("The person reads what is needed and answers on the phone.")
    reason = CleanText(label=_("What is needed?"), limit=500)


class ReinstateForm(DecisionForm):
    """Matched again."""

    heading = _("Reinstate")
    explains = _("From now on offers reach this person again.")
    done = _("Reinstated: offers reach this person again.")


class CheckPaperForm(DecisionForm):
    """Whether a qualification counts, after a look at its photo."""

    heading = _("Check the qualification")
    paper = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    valid = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda typed: typed == "1", widget=forms.HiddenInput
    )
    reason = CleanText(label=_("If it does not count: why"), limit=200, required=False)

    def told(self) -> str:
        """Says which of the two it is."""
        if self.cleaned_data["valid"]:
            return gettext("The qualification counts from now on.")
        return gettext("The qualification does not count; the person reads why.")


class GuardianForm(DecisionForm):
    """What the guardian said when staff asked."""

    heading = _("Note what the guardian says")
    agreed = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda typed: typed == "1", widget=forms.HiddenInput
    )

    def told(self) -> str:
        """Says which of the two it is."""
        if self.cleaned_data["agreed"]:
            return gettext("The guardian's consent is on record.")
        return gettext("The guardian's refusal is on record.")


FORMS: dict[str, type[DecisionForm]] = {
    "approve": ApproveForm,
    "ask_back": AskBackForm,
    "refuse": RefuseForm,
    "suspend": SuspendForm,
    "reinstate": ReinstateForm,
}
# Beside the papers on the page, not among the decisions.
PAPER_FORMS: dict[str, type[DecisionForm]] = {"check_paper": CheckPaperForm, "note_guardian": GuardianForm}
