"""The weights to try, where, and over how long a time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic import shell
from civic.accounts.models import User
from civic.areas.models import Area
from civic.areas.queries import tree
from requests_app import reference
from requests_app.matching.scores import PARTS
from requests_app.models.matching import HEAVIEST
from requests_app.queries.alike_groups import places

MONTHS = 12


class TrialForm(forms.Form):
    """An area, months and a weight for each part of a score."""

    area = forms.TypedChoiceField(label=gettext_lazy("Area"), coerce=int)
    months = forms.IntegerField(label=gettext_lazy("Months back"), min_value=1, max_value=MONTHS, initial=3)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places(user, shell.TRIAL)
        self.fields["area"].choices = [(each.pk, each.label) for each in self.places]  # type: ignore[attr-defined]
        for name, label in PARTS.items():
            self.fields[name] = forms.FloatField(
                label=label,  # type: ignore[arg-type]
                min_value=0,
                max_value=HEAVIEST,
                widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
            )

    def clean_area(self) -> Area:
        """Returns the area itself."""
        return tree().by_id[self.cleaned_data["area"]]

    def clean(self) -> dict[str, Any]:
        """Refuses weights that weigh nothing."""
        given = super().clean() or {}
        if all(name in given for name in PARTS) and not any(given[name] for name in PARTS):
            raise forms.ValidationError(_("No weight is negative, and one at least is above 0."))
        return given

    def weights(self) -> dict[str, float]:
        """Returns the weights by the names of the parts."""
        return {name: self.cleaned_data[name] for name in PARTS}

    def weight_fields(self) -> list[tuple[Any, float]]:
        """Returns the fields of the weights, each with what holds now in the area chosen."""
        chosen = str(self["area"].value())
        area = next((each for each in self.places if str(each.pk) == chosen), self.places[0])
        now = reference.weights(area.pk)
        return [(self[name], now[name]) for name in PARTS]


def beginning(user: User, asked: str) -> dict[str, Any]:
    """Returns what the form begins with: the area asked for by number, else the first, and its weights now."""
    offered = places(user, shell.TRIAL)
    area = next((each for each in offered if str(each.pk) == asked), offered[0])
    return {"area": area.pk, **reference.weights(area.pk)}
