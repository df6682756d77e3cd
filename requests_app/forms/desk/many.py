"""The forms of steps on many requests at once: what is said once holds for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import CleanText
from requests_app.actions.many import Seen
from requests_app.forms.desk.fields import AreaField, LocalStart
from requests_app.forms.desk.verbs import RejectForm
from requests_app.forms.desk.waiting import PauseForm


def chosen(values: Iterable[str]) -> list[Seen]:
    """Returns the requests that "<number>:<version>" stand for, each once; what cannot be read is left out."""
    found: dict[int, int] = {}
    for value in values:
        pk, _colon, version = value.partition(":")
        if all(each.isascii() and each.isdecimal() and len(each) < 10 for each in (pk, version)):
            found.setdefault(int(pk), int(version))
    return list(found.items())


class ManyForm(forms.Form):
    """What is asked once for all of them. `verb` is the row of the table."""

    verb: ClassVar[str]
    heading: ClassVar[str | Promise]
    explains: ClassVar[str | Promise]
    icon: ClassVar[str]
    key: ClassVar[str]  # of the button in the bar of the chosen ones

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "many_%s")  # beside the forms of the request that is open
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        """Returns the facts of the verb."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class PoolMany(ManyForm):
    """Every suitable volunteer may take them."""

    verb, icon, key = "offer", "users", "p"
    heading = _("Open the pool")
    explains = _("Every suitable volunteer of the district can take them, until they begin.")
    public_summary = CleanText(
        label=_("What volunteers read"),
        limit=200,
        required=False,
        help_text=_("Empty: what each request or its category says."),
    )
    closes_at = LocalStart(label=_("Closes"), help_text=_("Empty: when each one is to begin. Never later."))

    def facts(self) -> dict[str, Any]:
        """Returns the facts, the pool among them."""
        return {**super().facts(), "pool": True}


class RejectMany(ManyForm):
    """None of them is taken on, for the same reason."""

    verb, icon, key = "reject", "ban", "d"
    heading = _("Not taken on")
    explains = _("Each resident reads the reason and your words. The requests end here.")
    reason_code = RejectForm.base_fields["reason_code"]
    text = RejectForm.base_fields["text"]


class PauseMany(ManyForm):
    """All of them wait until the same day."""

    verb, icon, key = "pause", "player-pause", "z"
    heading = PauseForm.heading
    explains = PauseForm.explains
    reason_code = PauseForm.base_fields["reason_code"]
    until = PauseForm.base_fields["until"]
    note = PauseForm.base_fields["note"]


class AreaMany(ManyForm):
    """They belong to another area: sorting what came without one, or to the wrong one."""

    verb, icon, key = "amend", "map-pin", "a"
    heading = _("Change the area")
    explains = _("Their clocks run by the rules of that area. Only areas in which you dispatch.")
    area = AreaField(label=_("Area"), required=True, empty=_("Choose"))


FORMS: dict[str, type[ManyForm]] = {
    "pool": PoolMany,
    "reject": RejectMany,
    "pause": PauseMany,
    "area": AreaMany,
}
