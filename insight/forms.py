"""What is asked of the rates: an area and a period, as they stand in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.lib.errors import ValidationFailed
from insight import access, periods
from insight.periods import LONGEST, Period
from insight.rates import Within

YEARS: Final = (2000, 2100)
WHICH: Final = ("counted", "missed", "behind", "exempted")


class AskedForm(forms.Form):
    """Area and days; what is left out has a default."""

    area = forms.TypedChoiceField(label=gettext_lazy("Area"), coerce=int, empty_value=None, required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("Up to and including"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, reader: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = access.choices(reader)
        area = self.fields["area"]
        assert isinstance(area, forms.TypedChoiceField)
        area.choices = ([("", _("All my areas"))] if len(access.own_areas(reader)) > 1 else []) + [*choices]

    def clean(self) -> dict[str, Any]:
        """Fills in what was left out; refuses a period that ends before it begins or lasts too long."""
        found = super().clean() or {}
        usual = periods.presets()[0][1]
        until = found.get("until") or usual.until
        for name in ("since", "until"):
            if found.get(name) and not YEARS[0] <= found[name].year <= YEARS[1]:
                self.add_error(name, _("Choose a day between 2000 and 2100."))
                return found
        since = found.get("since") or min(until, until - (usual.until - usual.since))
        if since > until:
            self.add_error("since", _("The beginning must come before the end."))
        elif until - since > LONGEST:
            self.add_error("since", _("Choose three years at most."))
        return found | {"period": Period(since, until)}


@dataclass(frozen=True)
class Asked:
    """An area (None: all the reader's), whether only what hangs on itself, and a period."""

    reader: Any
    area: int | None
    period: Period
    direct: bool = False

    @property
    def scope(self) -> Callable[[str], Q]:
        """The filter on the scope columns. Raises NotAllowed outside the reader's areas."""
        return access.scope_of(self.reader, self.area, direct=self.direct)

    @property
    def within(self) -> Within:
        """What the rates are taken over."""
        return Within(self.scope, self.period.begins, self.period.ends)

    def about(self, **changes: Any) -> Asked:
        """Returns the same question with another area or period."""
        return replace(self, **changes)

    def query(self, **more: str) -> str:
        """Returns the query string that asks this again."""
        found = {"since": self.period.since.isoformat(), "until": self.period.until.isoformat(), **more}
        if self.area is not None:
            found["area"] = str(self.area)
        if self.direct:
            found["direct"] = "1"
        return urlencode(found)


def read(reader: Any, query: Any) -> tuple[AskedForm, Asked]:
    """Returns the form and what it asks; with errors in the form, the usual period of the usual area.

    The usual area is the one in which the reader holds a role, or all of them where there are several.
    """
    own = access.own_areas(reader)
    usual = own[0].pk if len(own) == 1 else None
    given = {name: query.get(name, "") for name in ("area", "since", "until")}
    given["area"] = given["area"] or str(usual or "")
    form = AskedForm(given, reader=reader)
    if not form.is_valid():
        return form, Asked(reader, usual, periods.presets()[0][1])
    area, period = form.cleaned_data["area"], form.cleaned_data["period"]
    given |= {"since": period.since.isoformat(), "until": period.until.isoformat()}
    form = AskedForm(given, reader=reader)  # shows what was filled in
    return form, Asked(reader, area, period, query.get("direct") == "1" and bool(area))


def read_strictly(reader: Any, query: Any) -> Asked:
    """Returns what a page of rows or a download asks. Raises ValidationFailed for what cannot be read."""
    form, asked = read(reader, query)
    if form.errors:
        raise ValidationFailed(" ".join(str(each) for found in form.errors.values() for each in found))
    return asked
