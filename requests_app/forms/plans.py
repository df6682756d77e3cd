"""Forms of batch plans; parsing only, the rules stand in requests_app.plans.actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.models import Area
from civic.areas.queries import tree
from civic.imports.forms import own_areas
from civic.lib.errors import ValidationFailed
from requests_app import reference
from requests_app.models import Category
from requests_app.plans.actions import MOST_EACH, Hold

LARGEST = 19  # digits of a number that can be a key


class PlanForm(forms.Form):
    """Which backlog to plan for, and how much of it one person may get."""

    area = forms.TypedChoiceField(label=gettext_lazy("Area"), coerce=int)
    most_each = forms.IntegerField(
        label=gettext_lazy("Tasks a person at most"),
        min_value=1,
        max_value=MOST_EACH,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of help"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = own_areas(user, frozenset({Role.DISPATCHER}))
        self.fields["area"].choices = own  # type: ignore[attr-defined]
        self.fields["categories"].choices = [(each.code, str(each)) for each in reference.in_force()]  # type: ignore[attr-defined]

    def clean_area(self) -> Area:
        """Returns the area itself."""
        return tree().by_id[self.cleaned_data["area"]]

    def clean_categories(self) -> list[Category]:
        """Returns the categories themselves."""
        by_code = reference.snapshot().by_code
        return [by_code[code] for code in self.cleaned_data["categories"]]


def chosen_lines(sent: QueryDict) -> list[int] | None:
    """Returns the lines ticked, None for the button that means all of them. Raises ValidationFailed."""
    if sent.get("all"):
        return None
    found = [int(each) for each in sent.getlist("lines") if _is_key(each)]
    if not found:
        raise ValidationFailed(_("Tick the lines to apply first."))
    return found


def seen_plan(sent: QueryDict) -> datetime:
    """Returns when the plan on the page was computed. Raises ValidationFailed."""
    try:
        return datetime.fromisoformat(sent.get("computed", ""))
    except ValueError:
        raise ValidationFailed(_("This form is out of date. Please load the page again.")) from None


def held_pair(sent: QueryDict) -> tuple[Hold, int, int]:
    """Returns what the button pressed says about which pair: "pin:request:volunteer". Raises ValidationFailed."""
    what, *pair = sent.get("hold", "").split(":")
    if what not in set(Hold) or len(pair) != 2 or not all(_is_key(each) for each in pair):
        raise ValidationFailed(_("This form is out of date. Please load the page again."))
    return Hold(what), int(pair[0]), int(pair[1])


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < LARGEST
