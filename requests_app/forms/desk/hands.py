"""Putting a request into other hands: a responsible unit, or the request it is about the same thing as."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civic.lib import spoken
from civic.lib.form_fields import CleanText
from requests_app.forms.desk.base import VerbForm
from requests_app.queries import alike
from requests_app.queries.desk_request import Picture

OTHER = "other"


class ReferForm(VerbForm):
    """Which unit, how soon, and what it is to do."""

    heading = _("Refer to a unit")
    explains = _(
        "For what is not volunteer work. The resident is told who has it. Whoever gets it first coordinates it until it"
        " is answered."
    )
    submit = _("Refer")
    done = _("It is referred to the unit; the resident is told who has it.")
    unit = forms.TypedChoiceField(label=_("Lead unit"), coerce=int)
    assisting = forms.TypedMultipleChoiceField(
        label=_("Assisting units"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    answer_class = forms.ChoiceField(label=_("Answer within"), widget=forms.RadioSelect)
    note = CleanText(label=_("What is the unit to do?"), limit=2_000, multiline=True)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        units = [(unit.pk, f"{unit} · {unit.area.label}") for unit in picture.units]
        self.fields["unit"].choices = [("", _("Choose")), *units]  # type: ignore[attr-defined]
        self.fields["assisting"].choices = units  # type: ignore[attr-defined]
        classes = [(each.code, str(each)) for each in picture.answer_classes]
        self.fields["answer_class"].choices = classes  # type: ignore[attr-defined]
        if len(units) < 2:
            del self.fields["assisting"]

    def facts(self) -> dict[str, Any]:
        """Returns the facts; the lead unit does not assist itself."""
        found = super().facts()
        found["assisting"] = [pk for pk in found.get("assisting", []) if pk != found["unit"]]
        return found


class RecallForm(VerbForm):
    """The desk takes a referred request back."""

    heading = _("Recall from the unit")
    explains = _("It waits for dispatch again. The unit is told.")
    submit = _("Recall")
    done = _("It is recalled from the unit and waits for dispatch again.")
    reason = CleanText(label=_("Reason"), limit=500)


class MergeForm(VerbForm):
    """To which request this one is joined: one of those suggested, or any by its code."""

    heading = _("Join to another request")
    explains = _(
        "For the same thing, asked for twice. This one waits for the other and ends with it; each resident rates."
    )
    submit = _("Join")
    done = _("It is joined to the other request and ends with it.")
    into = forms.ChoiceField(label=_("About the same thing, nearby"), widget=forms.RadioSelect)
    code = CleanText(label=_("Code of the other request"), limit=24, required=False)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        found = [(str(each.request.pk), _line(each)) for each in picture.alike]
        if found:
            found.append((OTHER, str(_("Another one, by its code"))))
            self.fields["into"].choices = found  # type: ignore[attr-defined]
        else:
            del self.fields["into"]
            self.fields["code"].required = True
            self.fields["code"].help_text = _("Nothing like it is open nearby; the code leads to any other.")

    def clean(self) -> dict[str, Any]:
        """Finds the request that the code names; it has to be one that the reader may see."""
        found = super().clean() or {}
        wanted = found.get("into", OTHER)
        other = next((each.request for each in self.picture.alike if str(each.request.pk) == wanted), None)
        if wanted == OTHER and "code" not in self.errors and "into" not in self.errors:
            other = self.picture.by_code(found.get("code", ""))
            if other is None:
                self.add_error("code", _("There is no such request in your areas."))
            else:
                found["into"] = other.pk
        self.until = other.paused_until if other is not None else None
        return found

    def facts(self) -> dict[str, Any]:
        """Returns the number of the other request."""
        return {"into": int(self.cleaned_data["into"])}

    def told(self) -> str:
        """Says what was done, and that it has to wait where the other request is paused."""
        if self.until is None:
            return super().told()
        words = gettext(
            "It is joined to the other request, which is paused until %(until)s, and ends with it."
        )
        return spoken.closed_up(words % {"until": spoken.moment(self.until)})


def _line(each: alike.Alike) -> str:
    """Returns a suggestion in one line: what it is, how far, how alike, and whether it is paused."""
    away = _("distance unknown") if each.distance_m is None else _("about %(n)d m") % {"n": each.distance_m}
    words = _("%(n)d%% the same words") % {"n": each.words_percent}
    parts = [each.request.headline, each.request.code, away, words]
    if (until := each.request.paused_until) is not None:
        said = gettext("Paused until %(until)s") % {"until": spoken.moment(until)}
        parts.append(spoken.closed_up(said))
    return " · ".join(str(part) for part in parts)


class SplitForm(VerbForm):
    """Separated from the request it was joined to."""

    heading = _("Separate again")
    explains = _("It waits for dispatch by itself. The resident is told.")
    submit = _("Separate")
    done = _("It is separated and waits for dispatch by itself.")
    reason = CleanText(label=_("Reason"), limit=500, required=False)


FORMS: dict[str, type[VerbForm]] = {
    "refer": ReferForm,
    "recall": RecallForm,
    "merge": MergeForm,
    "split": SplitForm,
}
