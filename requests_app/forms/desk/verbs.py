"""One small form for each verb of the desk: it reads what was typed and hands over the facts."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from civic.lib.form_fields import AnyPhone, CleanText, Tiles
from requests_app import reference
from requests_app.enums import OfferState, RejectReason, Solved, Urgency
from requests_app.forms.desk import deciding, hands
from requests_app.forms.desk.base import VerbForm
from requests_app.forms.desk.fields import SPEAKS, AreaField, LocalStart, to_minute
from requests_app.forms.desk.offering import OfferForm
from requests_app.forms.desk.waiting import PauseForm, ResumeForm
from requests_app.models import Assignment, Rating
from requests_app.queries import desk_verbs
from requests_app.queries.desk_request import Picture


def people(picture: Picture, lines: list[Assignment]) -> list[tuple[int, str]]:
    """Returns choices of the people in these assignments, named as the reader may know them."""
    return [(line.pk, f"{picture.called(line.volunteer)} · {line.get_state_display()}") for line in lines]


class AmendForm(VerbForm):
    """What was asked, changed; only what differs is sent on. Also triage: category and area."""

    heading = _("Amend the request")
    explains = _(
        "A new time or place is put to everybody who accepted; they confirm, or their slot opens again."
    )
    submit = _("Save")
    done = _("The changes are saved.")
    title = CleanText(label=_("Title"), limit=80, required=False)
    text = CleanText(label=_("What is needed"), limit=10_000, multiline=True, required=False)
    category = forms.ChoiceField(label=_("Category"))
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices)
    skills = forms.MultipleChoiceField(
        label=_("Skills it takes"),
        required=False,
        widget=Tiles,
        help_text=_("One of them is enough. None chosen: those that the category asks for."),
    )
    area = AreaField(label=_("Area"))
    address = CleanText(label=_("Address"), limit=200, required=False)
    door_note = CleanText(label=_("How to get in"), limit=200, required=False)
    speaks = forms.ChoiceField(label=_("Speaks best"), required=False, choices=SPEAKS)
    preferred_start = LocalStart(label=_("Wished from"))
    preferred_end = LocalStart(label=_("Wished until"))
    agreed_start = LocalStart(label=_("Agreed start"))
    expected_minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=24 * 60)
    headcount = forms.IntegerField(label=_("People needed"), min_value=1, max_value=50)
    public_summary = CleanText(label=_("What volunteers read"), limit=200, required=False)
    contact_name = CleanText(label=_("Contact"), limit=80, required=False)
    contact_phone = AnyPhone(
        label=_("Contact's phone"), required=False, help_text=_("Empty: stays as it is.")
    )
    HALVES: ClassVar = {
        "category", "urgency", "preferred_start", "preferred_end", "agreed_start", "expected_minutes",
        "headcount", "area", "contact_name", "contact_phone", "speaks",
    }  # fmt: skip

    EMPTIED: ClassVar = {"title", "text", "address", "door_note", "contact_name", "speaks", "skills"}

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        request = picture.request
        kept = {name: getattr(request, name, None) for name in self.base_fields}
        kept["skills"] = [each.code for each in reference.named_skills(request.skills)]
        kept |= {"category": picture.category.code, "area": request.area_id, "contact_phone": ""}
        super().__init__(*args, picture=picture, initial=kept | {"version": request.version}, **kwargs)
        for name in ("preferred_start", "preferred_end", "agreed_start"):
            self.initial[name] = to_minute(kept[name])
        in_force = [(each.code, str(each)) for each in reference.in_force()]
        if picture.category.code not in dict(in_force):
            in_force.insert(0, (picture.category.code, str(picture.category)))
        self.fields["category"].choices = in_force  # type: ignore[attr-defined]
        skills = reference.snapshot().skills.values()
        self.fields["skills"].choices = [(each.code, str(each)) for each in skills]  # type: ignore[attr-defined]
        if picture.hides_person:
            for name in ("address", "door_note", "contact_name"):
                del self.fields[name]

    def facts(self) -> dict[str, Any]:
        """Returns what differs from what was shown; an emptied time or phone stays as it is. Skills that stay chosen
        beside another category are meant for it."""
        found = {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}
        if "category" in found:
            found["skills"] = self.cleaned_data["skills"]
        return {
            name: value for name, value in found.items() if value not in (None, "") or name in self.EMPTIED
        }

    def prefill(self, category: str, skill: str) -> None:
        """Shows the category and skill with these codes; what is sent is still compared with the present ones."""
        if category in dict(self.fields["category"].choices):  # type: ignore[attr-defined]
            self.initial["category"] = category
        if skill in dict(self.fields["skills"].choices):  # type: ignore[attr-defined]
            self.initial["skills"] = [skill]

    def halves(self) -> list[tuple[forms.BoundField, str]]:
        """Returns the fields with the class that sets two beside each other."""
        return [(each, "half" if each.name in self.HALVES else "") for each in self.visible_fields()]


class ConfirmStartForm(VerbForm):
    """The start that the first volunteer proposed is agreed on."""

    heading = _("Confirm the start")
    explains = _("The volunteer proposed this time. The resident is told once it is confirmed.")
    submit = _("Confirm the start")
    done = _("The start is confirmed; the resident is told.")
    row = "amend"

    def facts(self) -> dict[str, Any]:
        """Returns the start as it stands."""
        return {"agreed_start": self.picture.request.agreed_start}


class RejectForm(VerbForm):
    """Why it is not taken on, and what the resident can do instead."""

    heading = _("Not taken on")
    explains = _("The resident reads the reason and your words. The request ends here.")
    submit = _("Do not take it on")
    done = _("It is not taken on; the resident reads why.")
    reason_code = forms.ChoiceField(label=_("Reason"), choices=RejectReason.choices, widget=forms.RadioSelect)
    text = CleanText(
        label=_("What can they do instead?"),
        limit=10_000,
        multiline=True,
        help_text=_("For example: whom to call, which office helps."),
    )


class WithdrawForm(VerbForm):
    """Which offers are taken back."""

    heading = _("Withdraw offers")
    explains = _("Everybody who was asked is told that it is no longer needed.")
    submit = _("Withdraw")
    done = _("The offers are withdrawn; everybody who was asked is told.")
    offers = forms.TypedMultipleChoiceField(
        label=_("Whose offer?"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        open_offers = picture.open_offers
        super().__init__(
            *args, picture=picture, initial={"offers": [each.pk for each in open_offers]}, **kwargs
        )
        self.fields["offers"].choices = [(each.pk, each.volunteer.user.name) for each in open_offers]  # type: ignore[attr-defined]
        if not open_offers:
            del self.fields["offers"]
            if not any(each.state == OfferState.OPEN for each in picture.to_teams):
                self._speak_of_the_pool()
        elif picture.in_turn is not None:
            self.fields["offers"].help_text = _(
                "With all of them asking ends; in place of some the next are asked."
            )

    def _speak_of_the_pool(self) -> None:
        """Nobody was asked in person, so there is nobody to be told."""
        self.heading, self.submit = _("Take it out of the pool"), _("Take it out")
        self.explains = _("Nobody can claim it any more. Who was told of the pool gets no further message.")
        self.done = _("It is out of the pool; nobody can claim it any more.")

    def clean(self) -> dict[str, Any]:
        """Asks for at least one when there are some."""
        found = super().clean() or {}
        if "offers" in self.fields and not found.get("offers") and "offers" not in self.errors:
            self.add_error("offers", _("Choose at least one."))
        return found

    def facts(self) -> dict[str, Any]:
        """Returns the chosen offers, or none for all of them and the pool."""
        chosen = self.cleaned_data.get("offers", [])
        return {} if len(chosen) == len(self.picture.open_offers) else {"offers": chosen}


class CloseStaffingForm(VerbForm):
    """Go ahead with whoever there is."""

    heading = _("Go ahead with these")
    explains = _("Nobody else is asked: open offers and the pool are withdrawn, the free slots close.")
    submit = _("Go ahead")
    done = _("It goes ahead with those who accepted; nobody else is asked.")


class ReassignForm(VerbForm):
    """Whom to release."""

    heading = _("Release people")
    explains = _("They are told, minutes already served are kept, and their slots open again.")
    submit = _("Release")
    done = _("They are released and told; their slots are open again.")
    assignments = forms.TypedMultipleChoiceField(
        label=_("Whom?"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        choices = people(picture, picture.serving)
        self.fields["assignments"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial["assignments"] = [choices[0][0]]


class OnePersonForm(VerbForm):
    """A verb on one assignment."""

    assignment = forms.TypedChoiceField(label=_("Who?"), coerce=int, widget=forms.RadioSelect)

    def lines(self) -> list[Assignment]:
        """Returns the assignments it can be about."""
        raise NotImplementedError

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        choices = people(picture, self.lines())
        self.fields["assignment"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial["assignment"] = choices[0][0]


class NoShowForm(OnePersonForm):
    """Who did not come."""

    heading = _("Report a no-show")
    explains = _("From half an hour after the agreed start. The slot opens again; the volunteer is told.")
    submit = _("Report")
    done = _("The no-show is on record; the slot is open again.")

    def lines(self) -> list[Assignment]:
        """Returns who accepted and has not checked in."""
        return desk_verbs.absent(self.picture.assignments)


class ExcuseForm(OnePersonForm):
    """Whose no-show or giving up shall not count."""

    heading = _("Excuse")
    explains = _("It no longer counts against the volunteer.")
    submit = _("Excuse")
    done = _("Excused: it no longer counts against the volunteer.")

    def lines(self) -> list[Assignment]:
        """Returns the no-shows and give-ups of every round that still count."""
        return desk_verbs.excusable(self.picture.every_assignment, self.picture.user)


class AbortForm(VerbForm):
    """Break the service off."""

    heading = _("Break off")
    explains = _("Whoever serves is released; what was served and finished stays on record.")
    submit = _("Break off")
    done = _("The service is broken off; whoever served is released.")
    outcome = forms.ChoiceField(
        label=_("And then?"),
        choices=[("again", _("Another round: look for others")), ("cancel", _("Cancel the request"))],
        widget=forms.RadioSelect,
        initial="again",
    )
    reason = CleanText(label=_("Reason"), limit=500)


class CallBackForm(VerbForm):
    """What the resident says on the telephone."""

    heading = _("Call back")
    explains = _(
        "Ask the resident, and write down the answer as it was given. It is recorded as a call-back."
    )
    submit = _("Record the answer")
    done = _("The answer is recorded as a call-back.")
    solved = forms.ChoiceField(label=_("Is it solved?"), choices=Solved.choices, widget=forms.RadioSelect)
    stars = forms.TypedChoiceField(
        label=_("Stars"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", _("Not asked")), *((n, "★" * n) for n in range(5, 0, -1))],
    )
    note = CleanText(label=_("Note"), limit=2_000, multiline=True, required=False)
    again = forms.BooleanField(label=_("Not solved: begin another round"), required=False)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        request = picture.request
        # Already rated by the resident: the call settles it, stars are theirs alone.
        if Rating.objects.filter(request=request, round=request.round).exists():
            del self.fields["stars"]
        else:
            del self.fields["again"]


class ReopenForm(VerbForm):
    """Another round."""

    heading = _("Reopen")
    explains = _("Another round begins: nobody is carried over, the clocks start anew.")
    submit = _("Reopen")
    done = _("Another round has begun.")
    reason = CleanText(label=_("Reason"), limit=500)


class CancelForm(VerbForm):
    """No longer needed."""

    heading = _("Cancel the request")
    explains = _("Everybody who was asked or accepted is told once. This ends the request.")
    submit = _("Cancel the request")
    done = _("The request is cancelled; everybody concerned is told.")
    reason = CleanText(label=_("Reason"), limit=500)


class ConcernForm(VerbForm):
    """A safety report."""

    heading = _("Report a concern")
    explains = _("Something about somebody's safety: the dispatchers of the area are told at once.")
    submit = _("Report")
    done = _("The dispatchers of the area are told at once.")
    text = CleanText(label=_("What happened?"), limit=10_000, multiline=True)


class BlockForm(VerbForm):
    """Two who shall not meet again."""

    heading = _("Never match again")
    explains = _("This resident and this volunteer are never matched again. Neither is told.")
    submit = _("Never match again")
    done = _("These two are never matched again.")
    volunteer = forms.TypedChoiceField(label=_("Which volunteer?"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, picture: Picture, **kwargs: Any) -> None:
        super().__init__(*args, picture=picture, **kwargs)
        served = {line.volunteer_id: picture.called(line.volunteer) for line in picture.every_assignment}
        self.fields["volunteer"].choices = list(served.items())  # type: ignore[attr-defined]
        if len(served) == 1:
            self.initial["volunteer"] = next(iter(served))


FORMS: dict[str, type[VerbForm]] = {
    "offer": OfferForm,
    "confirm_start": ConfirmStartForm,
    "amend": AmendForm,
    "reject": RejectForm,
    **hands.FORMS,
    "withdraw_offer": WithdrawForm,
    "close_staffing": CloseStaffingForm,
    "reassign": ReassignForm,
    "report_no_show": NoShowForm,
    "excuse": ExcuseForm,
    "abort": AbortForm,
    "call_back": CallBackForm,
    "reopen": ReopenForm,
    "pause": PauseForm,
    "resume": ResumeForm,
    "cancel": CancelForm,
    "report_concern": ConcernForm,
    "block": BlockForm,
    **deciding.FORMS,
}
