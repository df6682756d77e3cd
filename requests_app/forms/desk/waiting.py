"""The forms of waiting: pause and resume."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civic.lib import spoken
from civic.lib.form_fields import CleanText
from requests_app.enums import PauseReason
from requests_app.forms.desk.base import VerbForm
from requests_app.forms.desk.fields import LocalStart


class PauseForm(VerbForm):
    """Why it waits, and until when."""

    heading = _("Pause")
    explains = _(
        "Nobody is asked and the clocks stand until then; it goes on by itself. "
        "Open offers are withdrawn, and who would come before the end is released."
    )
    submit = _("Pause")
    reason_code = forms.ChoiceField(label=_("Reason"), choices=PauseReason.choices, widget=forms.RadioSelect)
    until = LocalStart(label=_("Until"), required=True, help_text=_("30 days at most."))
    note = CleanText(label=_("Note"), limit=2_000, multiline=True, required=False)

    def told(self) -> str:
        """Says until when it waits."""
        until = spoken.moment(self.cleaned_data["until"])
        return gettext("It waits until %(until)s; the clocks stand.") % {"until": until}


class ResumeForm(VerbForm):
    """It can go on before its time."""

    heading = _("Resume")
    explains = _("The clocks run on with what was left of each limit. The original deadline stays on record.")
    submit = _("Resume")
    done = _("It goes on; the clocks run again.")
