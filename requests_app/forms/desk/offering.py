"""Whom the desk asks: named people, a team, the best one after another, or everybody in the pool."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import CleanText
from requests_app.effects import waterfalls
from requests_app.enums import DispatchMode
from requests_app.forms.desk.base import VerbForm
from requests_app.forms.desk.fields import LocalStart, to_minute
from requests_app.models.parts import MOST_AT_ONCE, USUALLY_AT_ONCE
from requests_app.queries import team_offers
from requests_app.queries.desk_request import Picture

TERMS = frozenset({"agreed_start", "expected_minutes", "public_summary"})


class OfferForm(VerbForm):
    """Whom to ask, or the pool, and on which terms."""

    submit = _("Offer")
    volunteers = forms.TypedMultipleChoiceField(coerce=int, required=False)
    pool = forms.BooleanField(required=False)
    mode = forms.ChoiceField(required=False, choices=DispatchMode.choices)
    to_team = forms.BooleanField(required=False)
    team = forms.TypedChoiceField(label=_("Team"), coerce=int, required=False, empty_value=None)
    width = forms.TypedChoiceField(
        label=_("At a time"),
        coerce=int,
        required=False,
        empty_value=None,
        choices=[(count, str(count)) for count in range(1, MOST_AT_ONCE + 1)],
    )
    answer_minutes = forms.IntegerField(
        label=_("Minutes to answer"),
        required=False,
        min_value=waterfalls.SHORTEST,
        max_value=waterfalls.LONGEST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": _("the usual time")}),
    )
    agreed_start = LocalStart(label=_("Start"))
    expected_minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=1,
        max_value=24 * 60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    public_summary = CleanText(label=_("What volunteers read"), limit=200, required=False)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        request = picture.request
        kwargs["initial"] = {
            "agreed_start": to_minute(request.agreed_start or request.preferred_start),
            "expected_minutes": request.expected_minutes,
            "public_summary": picture.category.told(request.public_summary),
            "width": USUALLY_AT_ONCE,
        }
        super().__init__(*args, picture=picture, **kwargs)
        teams = team_offers.teams_to_ask(request)
        self.fields["team"].choices = [("", _("Choose a team"))] + [  # type: ignore[attr-defined]
            (team.pk, team.name) for team in teams
        ]
        self.may_ask_a_team = bool(teams) and not request.confidential
        # Any volunteer may be named; who cannot be asked is refused by the verb, with a reason.
        sent = self.data.getlist("volunteers") if self.is_bound else []  # type: ignore[attr-defined]
        wanted = [each for each in sent if each.isascii() and each.isdecimal() and len(each) < 19]
        self.fields["volunteers"].choices = [(each, each) for each in wanted]  # type: ignore[attr-defined]
        self.chosen = {int(each) for each in wanted}

    def clean(self) -> dict[str, Any] | None:
        """Asks for the team where one is to be asked."""
        found = super().clean()
        if self.cleaned_data.get("to_team") and not self.cleaned_data.get("team"):
            self.add_error("team", _("Choose a team of this district."))
        return found

    def facts(self) -> dict[str, Any]:
        """Returns the facts; a start that was not touched keeps its seconds."""
        found = super().facts()
        request = self.picture.request
        for stored in (request.agreed_start, request.preferred_start):
            if stored is not None and to_minute(stored) == found["agreed_start"]:
                found["agreed_start"] = stored
                break
        if found.pop("to_team"):
            return {name: found[name] for name in found.keys() & TERMS} | {"team": found["team"]}
        found.pop("team", None)
        in_turn = found["mode"] == DispatchMode.WATERFALL
        pool = found.pop("pool") and not in_turn
        if pool:
            found["pool"] = True
        if pool or in_turn:
            found.pop("volunteers")  # ticked before the other button was chosen
        return found

    def told(self) -> str:
        """Says who is asked."""
        facts = self.facts()
        if "team" in facts:
            names = dict(self.fields["team"].choices)  # type: ignore[attr-defined]
            return gettext("Asked the team %(name)s.") % {"name": names[facts["team"]]}
        if facts["mode"] == DispatchMode.WATERFALL:
            return gettext("The best are asked, the next ones as soon as somebody declines.")
        if facts.get("pool"):
            return gettext("The pool is open: volunteers of the district can claim it.")
        count = len(facts["volunteers"])
        return ngettext("Asked %(n)d volunteer.", "Asked %(n)d volunteers.", count) % {"n": count}
