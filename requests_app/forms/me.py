"""What people say about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from civic.accounts.models import User
from civic.areas import queries
from civic.areas.models import AreaLevel
from civic.lib.form_fields import CleanText


class SettingsForm(forms.Form):
    """Name, language, large text, home area."""

    name = CleanText(
        label=gettext_lazy("What shall we call you?"),
        limit=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    home_area = forms.ChoiceField(
        label=gettext_lazy("Where you live"),
        required=False,
        help_text=gettext_lazy("The community whose desk helps you."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"))
    elder_mode = forms.BooleanField(
        label=gettext_lazy("Large text: larger letters and buttons"), required=False
    )

    def __init__(self, data: Any = None, *, user: User, elder: bool) -> None:
        """`elder` says how the page is shown now: the switch on top counts in this browser before the account does."""
        initial = {
            "name": user.name,
            "home_area": user.home_area_id or "",
            "language": user.language or settings.LANGUAGE_CODE,
            "elder_mode": elder,
        }
        super().__init__(data, initial=initial)
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]
        self.fields["home_area"].choices = [("", "—"), *_communities(user)]  # type: ignore[attr-defined]

    def clean_home_area(self) -> Any:
        """Returns the chosen Area or None."""
        chosen = self.cleaned_data["home_area"]
        return queries.by_id(int(chosen)) if chosen else None


def _communities(user: User) -> list[Any]:
    """Returns choices grouped by street; a home given more exactly (a grid) is kept as it is."""
    tree = queries.tree()
    groups: dict[str, list[tuple[int, str]]] = {}
    for area in tree.at_level(AreaLevel.COMMUNITY):
        above = tree.parent(area.pk)
        if tree.in_use(area.pk):
            groups.setdefault(above.label if above else "", []).append((area.pk, area.label))
    home = tree.by_id.get(user.home_area_id or 0)
    if home is not None and home.level != AreaLevel.COMMUNITY:
        return [(home.pk, queries.path_label(home.pk, below=AreaLevel.STREET)), *groups.items()]
    return list(groups.items())
