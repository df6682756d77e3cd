"""Fields the desk's forms share: local start times and areas in use."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.areas.choices import area_choices
from requests_app.forms.new import FURTHER_LANGUAGES

SPEAKS = [("", _("Mandarin, or it does not matter")), *FURTHER_LANGUAGES]


class LocalStart(forms.DateTimeField):
    """A local date and time to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares to the minute: a browser sends no seconds."""
        return super().has_changed(to_minute(initial), data)


def to_minute(moment: Any) -> Any:
    """Returns `moment` without seconds; anything but a datetime unchanged."""
    return moment.replace(second=0, microsecond=0) if isinstance(moment, datetime) else moment


class AreaField(forms.TypedChoiceField):
    """One of the areas in use, indented by level; cleans to its id."""

    def __init__(self, *, empty: str | Promise = _("Not known"), **kwargs: Any) -> None:
        self.empty = empty
        kwargs.setdefault("required", False)
        super().__init__(coerce=int, empty_value=None, choices=lambda: self.options(), **kwargs)

    def options(self) -> Iterable[tuple[Any, Any]]:
        """Yields the empty choice and every area in use below the city, in the order of the tree."""
        yield "", self.empty
        yield from area_choices()
