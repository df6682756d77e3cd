"""What the forms of the desk's verbs have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests_app.queries.desk_request import Picture


class VerbForm(forms.Form):
    """The form of a verb on one request, as `picture` shows it. `version` is what the reader saw."""

    heading: str | Promise = ""
    explains: str | Promise = ""
    submit: str | Promise = _("Do it")
    done: str | Promise = ""  # what is said once it is done
    row: ClassVar[str] = ""  # the verb of the table, where the button has another name
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        self.picture = picture
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"version": picture.request.version, **kwargs["initial"]}
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        """Returns the facts of the verb from what was cleaned."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def told(self) -> str:
        """Returns what was done, in a sentence for whoever did it; asked once the form is valid."""
        return str(self.done)

    def prefill(self, category: str, skill: str) -> None:
        """Shows what was suggested as if it had been chosen; a form that takes no suggestion ignores it."""
