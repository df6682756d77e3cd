"""The answers of the API for its OpenAPI description. tests/api holds each against what is really answered."""

from functools import cache

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, inline_serializer
from rest_framework import serializers

from requests_app.enums import (
    AssignmentState,
    OfferState,
    Outcome,
    PassedOver,
    ReferralState,
    RequestState,
    Sensitive,
    Source,
    UnitResult,
    Urgency,
)
from requests_app.matching.why import OTHERS
from volunteers.enums import Spoken

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key and body within 24 hours give the same status and id; another body gives 422.",
)


class Area(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()


class Location(serializers.Serializer):
    lat = serializers.FloatField()
    lon = serializers.FloatField()


class Person(serializers.Serializer):
    name = serializers.CharField()
    phone = serializers.CharField(help_text="masked for staff")


class Photo(serializers.Serializer):
    id = serializers.UUIDField()
    url = serializers.CharField()
    thumb_url = serializers.CharField()


class Helper(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField(help_text="empty for residents unless the volunteer agreed to be named")


class Assignment(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(AssignmentState.choices)
    slot = serializers.IntegerField()
    round = serializers.IntegerField()
    volunteer = Helper()
    agreed_start = serializers.DateTimeField()
    expected_minutes = serializers.IntegerField()
    confirm_by = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField()
    checked_in_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    excused = serializers.BooleanField()


class Offer(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(OfferState.choices)
    terms = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class OfferToHelper(Offer):
    volunteer = Helper()


class TeamRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class OfferToTeam(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(OfferState.choices)
    terms = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    team = TeamRef()


class OpenPool(serializers.Serializer):
    closes_at = serializers.DateTimeField()
    told = serializers.IntegerField(help_text="how many were told of it, in this round")


class OpenWaterfall(serializers.Serializer):
    width = serializers.IntegerField(help_text="how many are asked at a time")
    answer_minutes = serializers.IntegerField(allow_null=True, help_text="null: the usual time")
    automatic = serializers.BooleanField(help_text="begun by a rule")
    opened_at = serializers.DateTimeField()


class Listed(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    state = serializers.ChoiceField(RequestState.choices)
    version = serializers.IntegerField()
    category = serializers.CharField()
    urgency = serializers.ChoiceField(Urgency.choices)
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    title = serializers.CharField()
    headline = serializers.CharField()
    headcount = serializers.IntegerField()
    needed = serializers.IntegerField()
    round = serializers.IntegerField()
    area = Area()
    needs_triage = serializers.BooleanField()
    preferred_start = serializers.DateTimeField(allow_null=True)
    preferred_end = serializers.DateTimeField(allow_null=True)
    agreed_start = serializers.DateTimeField(allow_null=True)
    start_proposed = serializers.BooleanField()
    expected_minutes = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    dispatch_due_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    act_by = serializers.DateTimeField(help_text="when the next step is due")
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(Outcome.choices)
    call_back_wanted = serializers.BooleanField()


class UnitRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class ReferralLine(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(ReferralState.choices)
    unit = UnitRef()
    assisting = serializers.ListField(child=serializers.IntegerField(), help_text="ids of units")
    answer_class = serializers.CharField()
    result = serializers.ChoiceField(UnitResult.choices, allow_blank=True)
    referred_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class Whole(Listed):
    description = serializers.CharField()
    public_summary = serializers.CharField()
    skills = serializers.ListField(
        child=serializers.CharField(), help_text="codes of those one of which it asks for"
    )
    terms = serializers.IntegerField()
    voice = serializers.UUIDField(allow_null=True)
    photos = Photo(many=True)
    location = Location(allow_null=True)
    address = serializers.CharField()
    door_note = serializers.CharField()
    contact = Person()
    beneficiary = Person()
    speaks = serializers.ChoiceField(Spoken.choices, allow_blank=True)
    on_behalf_reason = serializers.CharField()
    placed_by_proxy = serializers.BooleanField()
    original_due_at = serializers.DateTimeField(help_text="as it was promised first")
    paused_until = serializers.DateTimeField(allow_null=True, help_text="null while its clocks run")
    assignments = Assignment(many=True)
    check_in_code = serializers.CharField(required=False, help_text="its owners only")
    offers = OfferToHelper(many=True, required=False, help_text="staff only")
    team_offers = OfferToTeam(many=True, required=False, help_text="staff only; of this round")
    pool = OpenPool(required=False, allow_null=True, help_text="staff only")
    waterfall = OpenWaterfall(required=False, allow_null=True, help_text="staff only; while it goes on")
    referrals = ReferralLine(many=True, required=False, help_text="staff and the unit only; of this round")
    merged_into = serializers.IntegerField(required=False, allow_null=True, help_text="staff only")


class Summary(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(RequestState.choices)
    version = serializers.IntegerField()
    category = serializers.CharField()
    urgency = serializers.ChoiceField(Urgency.choices)
    public_summary = serializers.CharField()
    headcount = serializers.IntegerField()
    grid = Area()
    distance_m = serializers.IntegerField(allow_null=True, help_text="rounded, from the centre of the grid")
    preferred_start = serializers.DateTimeField(allow_null=True)
    preferred_end = serializers.DateTimeField(allow_null=True)
    agreed_start = serializers.DateTimeField(allow_null=True)
    start_proposed = serializers.BooleanField()
    expected_minutes = serializers.IntegerField()
    terms = serializers.IntegerField()
    due_at = serializers.DateTimeField()


class ToAnswer(Summary):
    offer = Offer(allow_null=True, help_text="the caller's own; null: it can be claimed from the pool")


class Task(Summary):
    headline = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    voice = serializers.UUIDField(allow_null=True)
    photos = Photo(many=True)
    location = Location(allow_null=True)
    address = serializers.CharField()
    door_note = serializers.CharField()
    contact = Person()
    beneficiary = Person()
    assignment = Assignment(help_text="the caller's own")


class MovedOn(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    state = serializers.ChoiceField(RequestState.choices)
    version = serializers.IntegerField()


# Its people, staff and its unit; who serves it; who may accept it; a unit that has answered or returned it.
SEEN = PolymorphicProxySerializer(
    component_name="Seen", serializers=[Whole, Task, ToAnswer, MovedOn], resource_type_field_name=None
)


class OfferLine(Offer):
    request = Summary()


class PoolLine(Summary):
    closes_at = serializers.DateTimeField()


class Event(serializers.Serializer):
    seq = serializers.IntegerField()
    round = serializers.IntegerField()
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    actor_role = serializers.CharField()
    actor = serializers.CharField(help_text="a name, for staff and oneself")
    reason_code = serializers.CharField()
    facts = serializers.DictField()
    texts = serializers.DictField(child=serializers.CharField(allow_null=True))


class Candidate(serializers.Serializer):
    volunteer = Helper()
    score = serializers.FloatField()
    parts = serializers.DictField(child=serializers.FloatField())
    distance_m = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())


class Barred(serializers.Serializer):
    code = serializers.CharField()
    words = serializers.CharField()


class OfPool(serializers.Serializer):
    told = serializers.BooleanField(help_text="that the request is in the pool")
    why_not = serializers.ChoiceField([*PassedOver.values, OTHERS], allow_blank=True)


class Why(serializers.Serializer):
    volunteer = Helper()
    eligible = serializers.BooleanField()
    barred_by = Barred(many=True)
    rank = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    parts = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    shares = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    distance_m = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    pool = OfPool(allow_null=True, help_text="null: none was opened in this round")


class Category(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    hint = serializers.CharField()
    summary = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    urgency = serializers.ChoiceField(Urgency.choices)
    sensitive = serializers.ChoiceField(Sensitive.choices)
    needs_insurance = serializers.BooleanField()
    needs_vetting = serializers.BooleanField()
    expected_minutes = serializers.IntegerField()
    icon = serializers.CharField()


@cache
def page_of(line: type[serializers.Serializer]) -> serializers.Serializer:
    """Returns the description of {next, previous, results} with results of `line`."""
    return inline_serializer(
        f"PageOf{line.__name__}",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": line(many=True),
        },
    )
