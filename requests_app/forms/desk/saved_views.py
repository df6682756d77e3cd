"""The form that keeps the present filters under a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import User
from civic.lib.form_fields import CleanText
from requests_app.forms.desk import filters
from requests_app.models import SavedView
from requests_app.queries.saved_views import own_areas


def kept_query(query: str) -> str:
    """Returns what of a query string is kept: known filters, not what was searched for nor how far one had read."""
    return filters.read(QueryDict(query.lstrip("?")).dict()).query(q="", after="").lstrip("?")  # type: ignore[arg-type]


class KeepForm(forms.Form):
    """A name, and whether the colleagues of an area see it too. `query` is the queue's present query string."""

    name = CleanText(label=_("Name of the view"), limit=40)
    area = forms.TypedChoiceField(label=_("Who sees it"), coerce=int, empty_value=None, required=False)
    query = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "view_%s")
        super().__init__(*args, **kwargs)
        shared = [(pk, _("Everybody in %(area)s") % {"area": label}) for pk, label in own_areas(user)]
        self.fields["area"].choices = [("", _("Only for me")), *shared]  # type: ignore[attr-defined]

    def clean_query(self) -> str:
        """Returns the filters alone."""
        kept = kept_query(self.cleaned_data["query"])
        if len(kept) > (SavedView._meta.get_field("query").max_length or 0):
            raise forms.ValidationError(_("This form is out of date. Please load the page again."))
        return kept
