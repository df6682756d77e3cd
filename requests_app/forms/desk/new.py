"""On-behalf entry on one page, in the order in which people say things on the telephone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.choices import choices_by_street
from civic.lib.form_fields import AnyPhone, CleanText
from requests_app import reference
from requests_app.actions import Placement
from requests_app.enums import Sensitive, Urgency
from requests_app.forms.desk.fields import SPEAKS, LocalStart
from requests_app.forms.new import HowMany

PLACING = frozenset({Role.DISPATCHER, Role.PROXY})
REASONS = {
    "telephone": _("Called by telephone"),
    "desk": _("Came to the desk"),
    "visit": _("Asked during a visit"),
    "no_phone": _("Does not use a smartphone"),
}


class OnBehalfForm(forms.Form):
    """Everything a request needs, few of it required; numbers before the categories make them one key each."""

    beneficiary_phone = AnyPhone(label=_("Resident's phone"), required=False)
    beneficiary_name = CleanText(label=_("Resident's name"), limit=80, required=False)
    category = forms.ChoiceField(label=_("Category"), error_messages={"required": _("Please choose one.")})
    text = CleanText(
        label=_("What is needed"),
        limit=10_000,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    address = CleanText(label=_("Address"), limit=200, required=False)
    area = forms.TypedChoiceField(label=_("Area"), required=False, coerce=int, empty_value=None)
    preferred_start = LocalStart(label=_("Wished from"))
    preferred_end = LocalStart(label=_("Wished until"))
    headcount = HowMany(label=_("People needed"))
    urgency = forms.ChoiceField(
        label=_("Urgency"), required=False, choices=[("", _("As the category says")), *Urgency.choices]
    )
    speaks = forms.ChoiceField(label=_("Speaks best"), required=False, choices=SPEAKS)
    door_note = CleanText(label=_("How to get in"), limit=200, required=False)
    contact_name = CleanText(label=_("Somebody else to call"), limit=80, required=False)
    contact_phone = AnyPhone(label=_("Their phone"), required=False)
    reason = forms.ChoiceField(label=_("How it reached us"), choices=list(REASONS.items()))
    consent = forms.BooleanField(
        label=_("The resident agreed that these sensitive details are used for this help only."),
        required=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.categories = reference.in_force()
        numbered = [(each.code, f"{number} {each}") for number, each in enumerate(self.categories, start=1)]
        self.fields["category"].choices = [("", _("Choose")), *numbered]  # type: ignore[attr-defined]
        own = [row.area_id for row in held(user) if row.role in PLACING]
        self.fields["area"].choices = [("", _("My own area")), *choices_by_street(own)]  # type: ignore[attr-defined]

    @property
    def sensitive_codes(self) -> str:
        """The categories that need the separate consent, for the script that shows it only then."""
        return " ".join(each.code for each in self.categories if each.sensitive != Sensitive.NONE)

    def placement(self) -> Placement:
        """Returns what was cleaned as a placement on behalf."""
        given = dict(self.cleaned_data)
        reason = str(REASONS[given.pop("reason")])
        return Placement(on_behalf_reason=reason, **given)
