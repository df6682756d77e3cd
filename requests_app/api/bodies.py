"""What may be sent: one declared body for placing and one for every verb. They parse; the actions decide.

Each is made once and used by all threads through `parse`: making a serializer costs more than running it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework import serializers

from requests_app.actions import Placement
from requests_app.api.fields import AreaOf, Id, Moment, Point, Words
from requests_app.effects import waterfalls
from requests_app.enums import (
    DeclineReason,
    DispatchMode,
    ExemptReason,
    GiveUpReason,
    PauseReason,
    RejectReason,
    Solved,
    UnitResult,
    Urgency,
)
from requests_app.models.parts import MOST_AT_ONCE, USUALLY_AT_ONCE
from volunteers.enums import Spoken

OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


class Person(serializers.Serializer):
    name = Words()
    phone = Words()


class PlaceBody(serializers.Serializer):
    category = serializers.CharField(default="", allow_blank=True, allow_null=True, help_text="code")
    title = Words()
    description = Words()
    voice = serializers.UUIDField(**OPTIONAL)
    photos = serializers.ListField(child=serializers.UUIDField(), max_length=20, **OPTIONAL)
    location = Point(**OPTIONAL)
    area = AreaOf(**OPTIONAL)
    address = Words()
    door_note = Words()
    contact = Person(**OPTIONAL)
    beneficiary = Person(**OPTIONAL)
    on_behalf_reason = Words()
    speaks = serializers.ChoiceField(Spoken.choices, allow_blank=True, **OPTIONAL)
    preferred_start = Moment(**OPTIONAL)
    preferred_end = Moment(**OPTIONAL)
    headcount = serializers.IntegerField(**OPTIONAL)
    consent = serializers.BooleanField(**OPTIONAL)


# The names under which the domain knows what the contract calls otherwise.
DOMAIN_NAMES = {
    "description": "text",
    "contact.name": "contact_name",
    "contact.phone": "contact_phone",
    "beneficiary.name": "beneficiary_name",
    "beneficiary.phone": "beneficiary_phone",
}


class Facts(serializers.Serializer):
    """What every verb may carry."""

    expected_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, **OPTIONAL)


class Amend(Facts):
    category = serializers.CharField(**OPTIONAL)
    title = Words()
    description = Words()
    location = Point(**OPTIONAL)
    area = AreaOf(**OPTIONAL)
    address = Words()
    door_note = Words()
    contact = Person(**OPTIONAL)
    on_behalf_reason = Words()
    speaks = serializers.ChoiceField(Spoken.choices, allow_blank=True, **OPTIONAL)
    public_summary = Words()
    skills = serializers.ListField(
        child=serializers.CharField(),
        max_length=50,
        help_text="codes; none: those of the category",
        **OPTIONAL,
    )
    urgency = serializers.ChoiceField(Urgency.choices, **OPTIONAL)
    preferred_start = Moment(**OPTIONAL)
    preferred_end = Moment(**OPTIONAL)
    agreed_start = Moment(**OPTIONAL)
    expected_minutes = serializers.IntegerField(**OPTIONAL)
    headcount = serializers.IntegerField(**OPTIONAL)


class Reject(Facts):
    reason_code = serializers.ChoiceField(RejectReason.choices)
    text = Words(help_text="what the resident reads: why, and what to do instead")


class Refer(Facts):
    unit = Id(help_text="the lead unit", **OPTIONAL)
    assisting = serializers.ListField(child=Id(), max_length=20, **OPTIONAL)
    answer_class = serializers.CharField(help_text="code", **OPTIONAL)
    note = Words(help_text="what the unit is to do")


class UnitReply(Facts):
    result = serializers.ChoiceField(UnitResult.choices, **OPTIONAL)
    text = Words(help_text="what the resident reads")
    photos = serializers.ListField(child=serializers.UUIDField(), max_length=20, **OPTIONAL)


class Merge(Facts):
    into = Id(help_text="the request it is joined to", **OPTIONAL)


class Offer(Facts):
    volunteers = serializers.ListField(child=Id(), max_length=200, **OPTIONAL)
    pool = serializers.BooleanField(**OPTIONAL)
    team = Id(help_text="its leaders name people, or decline", **OPTIONAL)
    mode = serializers.ChoiceField(
        DispatchMode.values,
        help_text="waterfall: the best candidates one after another, without volunteers or pool",
        **OPTIONAL,
    )
    width = serializers.IntegerField(
        min_value=1,
        max_value=MOST_AT_ONCE,
        help_text=f"of a waterfall: how many are asked at a time; none: {USUALLY_AT_ONCE}",
        **OPTIONAL,
    )
    answer_minutes = serializers.IntegerField(
        min_value=waterfalls.SHORTEST,
        max_value=waterfalls.LONGEST,
        help_text="of a waterfall: how long each has to answer; none: the usual time",
        **OPTIONAL,
    )
    closes_at = Moment(help_text="of the pool; none: when it is to begin", **OPTIONAL)
    public_summary = Words()
    agreed_start = Moment(**OPTIONAL)
    expected_minutes = serializers.IntegerField(**OPTIONAL)


class WithdrawOffer(Facts):
    offers = serializers.ListField(
        child=Id(), max_length=200, help_text="none: all, the pool and the waterfall", **OPTIONAL
    )
    team_offers = serializers.ListField(child=Id(), max_length=200, **OPTIONAL)


class Accept(Facts):
    offer = Id(**OPTIONAL)
    terms = serializers.IntegerField(min_value=1, max_value=2**15, **OPTIONAL)
    agreed_start = Moment(**OPTIONAL)
    expected_minutes = serializers.IntegerField(**OPTIONAL)


class DeclineOffer(Facts):
    reason_code = serializers.ChoiceField(DeclineReason.choices, allow_blank=True, **OPTIONAL)


class AcceptForTeam(Facts):
    team_offer = Id(help_text="needed when several of one's teams are asked", **OPTIONAL)
    members = serializers.ListField(
        child=Id(),
        max_length=50,
        help_text="volunteers of the team, no more than are still needed",
        **OPTIONAL,
    )
    terms = serializers.IntegerField(min_value=1, max_value=2**15, **OPTIONAL)
    agreed_start = Moment(**OPTIONAL)
    expected_minutes = serializers.IntegerField(**OPTIONAL)


class DeclineForTeam(DeclineOffer):
    team_offer = Id(help_text="needed when several of one's teams are asked", **OPTIONAL)


class GiveUp(Facts):
    reason_code = serializers.ChoiceField(GiveUpReason.choices, **OPTIONAL)
    note = Words()


class Reassign(Facts):
    assignment = Id(**OPTIONAL)
    assignments = serializers.ListField(child=Id(), max_length=50, **OPTIONAL)


class OfAssignment(Facts):
    assignment = Id(help_text="needed when more than one person could be meant", **OPTIONAL)


class CheckIn(Facts):
    lat = serializers.FloatField(**OPTIONAL)
    lon = serializers.FloatField(**OPTIONAL)
    code = Words()
    reason = Words()


class Complete(Facts):
    minutes = serializers.IntegerField(**OPTIONAL)
    note = Words()
    photos = serializers.ListField(child=serializers.UUIDField(), max_length=20, **OPTIONAL)


class Abort(Facts):
    reason = Words()
    outcome = serializers.ChoiceField(["again", "cancel"], **OPTIONAL)


class Rate(Facts):
    solved = serializers.ChoiceField(Solved.choices, **OPTIONAL)
    stars = serializers.IntegerField(**OPTIONAL)
    comment = Words()


class CallBack(Facts):
    solved = serializers.ChoiceField(Solved.choices, **OPTIONAL)
    stars = serializers.IntegerField(**OPTIONAL)
    note = Words()
    again = serializers.BooleanField(**OPTIONAL)


class Reason(Facts):
    reason = Words()


class Confidential(Facts):
    on = serializers.BooleanField(**OPTIONAL)
    reason = Words()


class Exempt(Facts):
    reason_code = serializers.ChoiceField(ExemptReason.choices, **OPTIONAL)
    text = Words(help_text="what shows it, for whoever approves")


class Extend(Facts):
    due_at = Moment(**OPTIONAL)
    reason = Words()


class Approve(Facts):
    approval = Id(help_text="needed when several wait", **OPTIONAL)
    note = Words()


class Refuse(Facts):
    approval = Id(help_text="needed when several wait", **OPTIONAL)
    reason = Words()


class WithdrawProposal(Facts):
    approval = Id(help_text="needed when several wait", **OPTIONAL)


class Pause(Facts):
    reason_code = serializers.ChoiceField(PauseReason.choices)
    until = Moment(help_text="within 30 days; then it resumes by itself")
    note = Words()


class Concern(Facts):
    text = Words()
    volunteer = Id(help_text="whom it is about", **OPTIONAL)


class Block(Facts):
    volunteer = Id(help_text="needed when several had a part in the request", **OPTIONAL)


FACTS: dict[str, type[Facts]] = {
    "amend": Amend,
    "reject": Reject,
    "merge": Merge,
    "split": Reason,
    "refer": Refer,
    "recall": Reason,
    "return": Reason,
    "unit_reply": UnitReply,
    "offer": Offer,
    "withdraw_offer": WithdrawOffer,
    "close_staffing": Facts,
    "accept": Accept,
    "decline_offer": DeclineOffer,
    "accept_for_team": AcceptForTeam,
    "decline_for_team": DeclineForTeam,
    "confirm": Facts,
    "give_up": GiveUp,
    "reassign": Reassign,
    "report_no_show": OfAssignment,
    "excuse": OfAssignment,
    "check_in": CheckIn,
    "complete": Complete,
    "abort": Abort,
    "rate": Rate,
    "call_back": CallBack,
    "reopen": Reason,
    "cancel": Reason,
    "appeal": Reason,
    "confidential": Confidential,
    "exempt": Exempt,
    "extend": Extend,
    "approve": Approve,
    "refuse": Refuse,
    "withdraw_proposal": WithdrawProposal,
    "pause": Pause,
    "resume": Facts,
    "urge": Facts,
    "report_concern": Concern,
    "block": Block,
}


def parse(body: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """Returns what was sent and not null, in the domain's names; raises REST framework's ValidationError."""
    given = _ready(body).run_validation(data)
    found = {name: value for name, value in given.items() if value is not None}
    for name in ("contact", "beneficiary"):
        for part, value in found.pop(name, {}).items():
            found[f"{name}.{part}"] = value
    return {DOMAIN_NAMES.get(name, name): value for name, value in found.items() if value is not None}


def wish_of(data: Any) -> Placement:
    """Returns the placement that the body of a POST asks for; raises REST framework's ValidationError."""
    found = parse(PlaceBody, data)
    lat, lon = found.pop("location", (None, None))
    return Placement(
        lat=lat,
        lon=lon,
        voice=str(found.pop("voice", "")),
        photos=[str(each) for each in found.pop("photos", ())],
        **found,
    )


def facts_of(verb: str, data: Any) -> tuple[int | None, dict[str, Any]]:
    """Returns (expected version, facts) of a verb's body; raises REST framework's ValidationError."""
    found = parse(FACTS[verb], data)
    expected_version = found.pop("expected_version", None)
    if "location" in found:
        found["lat"], found["lon"] = found.pop("location")
        found["place"] = "area" not in found
    return expected_version, found


@cache
def _ready(body: type[serializers.Serializer]) -> serializers.Serializer:
    made: serializers.Serializer = body()
    made.fields  # noqa: B018  # bound before another thread can get hold of it
    return made


def contract_names(body: type[serializers.Serializer], errors: Mapping[str, Any]) -> dict[str, Any]:
    """Returns field errors under the names by which `body` has the fields."""
    names = {
        DOMAIN_NAMES[name]: name for name in DOMAIN_NAMES if name.partition(".")[0] in _ready(body).fields
    }
    return {names.get(name, name): found for name, found in errors.items()}
