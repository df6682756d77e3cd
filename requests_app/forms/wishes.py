"""How far, how often and for what a volunteer wants to be asked. Parsing only; rules stand in volunteers.actions."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.lib import spoken
from requests_app import reference
from volunteers.actions import BOUNDS
from volunteers.enums import Spoken
from volunteers.models import Volunteer

RADII_M = (500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000)
LIKED, FINE, NOT = "liked", "", "not"
HOW = [
    (LIKED, pgettext_lazy("kind of help", "gladly")),
    (FINE, pgettext_lazy("kind of help", "fine")),
    (NOT, pgettext_lazy("kind of help", "rather not")),
]


class WishesForm(forms.Form):
    """Radius, limits, languages, and one choice for each kind of help."""

    radius_m = forms.TypedChoiceField(
        label=_("How far would you go?"), coerce=int, empty_value=None, required=False
    )
    daily_limit = forms.IntegerField(
        label=_("Services a day at most"), required=False, min_value=1, max_value=BOUNDS["daily_limit"][1]
    )
    weekly_limit = forms.IntegerField(
        label=_("Services a week at most"), required=False, min_value=1, max_value=BOUNDS["weekly_limit"][1]
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages you can help in"),
        choices=Spoken.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, volunteer: Volunteer, **kwargs: Any) -> None:
        kinds = reference.in_force()
        chosen = dict.fromkeys(volunteer.wanted, LIKED) | dict.fromkeys(volunteer.unwanted, NOT)
        kwargs["initial"] = {
            "radius_m": volunteer.radius_m,
            "daily_limit": volunteer.daily_limit,
            "weekly_limit": volunteer.weekly_limit,
            "languages": volunteer.languages,
            **{f"kind_{kind.pk}": chosen.get(kind.pk, FINE) for kind in kinds},
        }
        super().__init__(*args, **kwargs)
        radii = sorted({*RADII_M, *([volunteer.radius_m] if volunteer.radius_m else [])})
        self.fields["radius_m"].choices = [  # type: ignore[attr-defined]
            ("", _("As my community says")),
            *((each, spoken.distance(each)) for each in radii),
        ]
        for kind in kinds:
            self.fields[f"kind_{kind.pk}"] = forms.ChoiceField(
                label=str(kind), choices=HOW, required=False, widget=forms.RadioSelect
            )
        self.kinds = kinds
        self.kept = volunteer

    def kind_fields(self) -> Iterator[BoundField]:
        """Yields the fields of the kinds, for the rows of the page."""
        for kind in self.kinds:
            yield self[f"kind_{kind.pk}"]

    def spoken(self) -> set[str]:
        """Returns the chosen languages, for the tiles of the page."""
        return set(self["languages"].value() or [])

    def wishes(self) -> dict[str, Any]:
        """Returns the facts to keep; what was said about kinds that are no longer asked for stays."""
        given = self.cleaned_data
        shown = {kind.pk for kind in self.kinds}

        def kinds(how: str, before: list[int]) -> list[int]:
            return sorted({pk for pk in shown if given[f"kind_{pk}"] == how} | (set(before) - shown))

        return {
            **{name: given[name] for name in ("radius_m", "daily_limit", "weekly_limit", "languages")},
            "wanted": kinds(LIKED, self.kept.wanted),
            "unwanted": kinds(NOT, self.kept.unwanted),
        }
