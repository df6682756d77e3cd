"""What the page of auto-dispatch reads: a rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from requests_app import reference
from requests_app.models import Category
from requests_app.models.auto_dispatch import MOST_PATIENCE
from requests_app.models.parts import MOST_AT_ONCE, USUALLY_AT_ONCE


class RuleForm(forms.Form):
    """Whether new requests of a kind in an area go out by themselves, to how many at a time, and how soon."""

    area = forms.TypedChoiceField(label=_("Area"), coerce=int)
    category = forms.ChoiceField(label=_("Category"), required=False)
    width = forms.TypedChoiceField(
        label=_("At a time"),
        coerce=int,
        initial=USUALLY_AT_ONCE,
        choices=[(count, str(count)) for count in range(1, MOST_AT_ONCE + 1)],
    )
    patience = forms.IntegerField(
        label=_("May wait (%)"),
        min_value=0,
        max_value=MOST_PATIENCE,
        initial=0,
        help_text=_(
            "How much of the time to its deadline a request may wait, so that several are matched together: 0 to 90 %."
            " With 0 it goes out at once, as urgent ones always do."
        ),
    )
    on = forms.TypedChoiceField(
        label=_("New requests"),
        coerce=lambda value: value == "on",
        widget=forms.RadioSelect,
        initial="on",
        choices=[("on", _("Go out by themselves")), ("off", _("Wait for a dispatcher"))],
    )

    def __init__(self, *args: Any, editable: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {area.pk: area for area in editable}
        self.fields["area"].choices = [(area.pk, area.label) for area in editable]  # type: ignore[attr-defined]
        kinds = [(each.code, str(each)) for each in reference.in_force()]
        self.fields["category"].choices = [("", _("Every category")), *kinds]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Returns what `actions.auto_dispatch.set_rule` asks for."""
        found = self.cleaned_data
        category: Category | None = reference.category(found["category"]) if found["category"] else None
        return {
            "area": self.places[found["area"]],
            "category": category,
            "on": found["on"],
            "width": found["width"],
            "patience": found["patience"],
        }
