"""Teams over HTTP: the list, one team, founding one and every verb of its table."""

from contextlib import nullcontext
from functools import cache
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers

from civic.areas import queries as areas
from civic.areas.models import Area
from civic.cases import once
from civic.lib import keyset
from civic.lib.errors import NotFound, ValidationFailed
from civic.lib.numbers import whole
from civic.rest import View, answer, listing
from volunteers import access, team_actions
from volunteers import team_queries as queries
from volunteers.enums import MembershipState, TeamRole, TeamState, TeamTier
from volunteers.models import ServiceClass, Team, Volunteer
from volunteers.queries import own_profile

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key and body within 24 hours give the same status and id; another body gives 422.",
)
LARGEST_ID = 2**63 - 1


def _words(length: int, **more: Any) -> serializers.CharField:
    """Returns a field for what people write: the action cleans and measures it."""
    return serializers.CharField(allow_blank=True, max_length=length * 4, **more)


class TeamQuery(serializers.Serializer):
    area = serializers.CharField(required=False, help_text="code or id: at home there or below it")
    tier = serializers.ChoiceField(TeamTier.choices, required=False)
    service_class = serializers.CharField(required=False, help_text="code")
    mine = serializers.BooleanField(required=False, help_text="the caller belongs to it or has applied")
    cursor = serializers.CharField(default="", allow_blank=True, max_length=500)
    page_size = serializers.IntegerField(default=50, min_value=1, help_text="up to 200")


class TeamArea(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()


class TeamHelper(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()


class OwnMembership(serializers.Serializer):
    state = serializers.ChoiceField(MembershipState.choices)
    role = serializers.ChoiceField(TeamRole.choices)


class TeamLine(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    tier = serializers.ChoiceField(TeamTier.choices)
    state = serializers.ChoiceField(TeamState.choices)
    version = serializers.IntegerField()
    area = TeamArea()
    service_classes = serializers.ListField(child=serializers.CharField(), help_text="codes")
    about = serializers.CharField()
    leaders = TeamHelper(many=True)
    members = serializers.IntegerField(help_text="how many, leaders included")
    own = OwnMembership(allow_null=True, help_text="how the caller stands to it")


class ShownMembership(serializers.Serializer):
    id = serializers.IntegerField()
    volunteer = TeamHelper()
    state = serializers.ChoiceField(MembershipState.choices)
    role = serializers.ChoiceField(TeamRole.choices)
    applied_at = serializers.DateTimeField()
    joined_at = serializers.DateTimeField(allow_null=True)
    words = serializers.CharField(help_text="what they said when they applied")


class ShownTeam(TeamLine):
    parent = serializers.IntegerField(  # type: ignore[assignment]
        allow_null=True, help_text="the team above"
    )
    memberships = ShownMembership(
        many=True, required=False, help_text="for its leaders and staff of its area: who belongs, who waits"
    )


class FoundBody(serializers.Serializer):
    name = _words(60)
    area = serializers.CharField(help_text="code or id")
    parent = serializers.IntegerField(  # type: ignore[assignment]
        required=False, allow_null=True, min_value=1, max_value=LARGEST_ID, help_text="none: a corps"
    )
    service_classes = serializers.ListField(child=serializers.CharField(), max_length=50, required=False)
    about = _words(200, required=False)


class TeamFacts(serializers.Serializer):
    expected_version = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**31 - 1
    )


class Apply(TeamFacts):
    words = _words(200, required=False)


class OfMembership(TeamFacts):
    membership = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class OfMembershipWhy(OfMembership):
    reason = _words(200)


class Edit(TeamFacts):
    name = _words(60, required=False)
    service_classes = serializers.ListField(child=serializers.CharField(), max_length=50, required=False)
    about = _words(200, required=False)


class Why(TeamFacts):
    reason = _words(200)


FACTS: dict[str, type[TeamFacts]] = {
    "apply": Apply,
    "withdraw": TeamFacts,
    "admit": OfMembership,
    "refuse": OfMembershipWhy,
    "leave": TeamFacts,
    "remove": OfMembershipWhy,
    "appoint": OfMembership,
    "relieve": OfMembership,
    "step_down": TeamFacts,
    "edit": Edit,
    "dissolve": Why,
}
PAGE = inline_serializer(
    "PageOfTeam",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": TeamLine(many=True),
    },
)


class Teams(View):
    """The list of teams one may know, and founding a new one."""

    @extend_schema(operation_id="teams_list", parameters=[TeamQuery], responses=PAGE)
    def get(self, request: Any) -> HttpResponse:
        """Returns a page of teams in the order of the tree: those of the caller's district."""
        query = _ready(TeamQuery).run_validation(request.query_params.dict())
        volunteer = own_profile(request.user)
        found = access.teams_visible_to(request.user)
        if "area" in query:
            found = found.filter(area__in=areas.tree().subtree_ids(_area(query["area"]).pk))
        if "tier" in query:
            found = found.filter(tier=query["tier"])
        if "service_class" in query:
            found = found.filter(
                service_classes__contains=_classes([query["service_class"]], "service_class")
            )
        if query.get("mine"):
            found = found.filter(
                memberships__volunteer=volunteer, memberships__state__in=["applied", "member"]
            )
        size = min(query["page_size"], 200)
        page = keyset.page(found, order=("path",), size=size, cursor=query["cursor"])
        lines = [_line(card) for card in queries.cards(page.rows, request.user, volunteer)]
        return listing(request, page, lines)

    @extend_schema(request=FoundBody, responses={201: ShownTeam}, parameters=[KEY])
    def post(self, request: Any) -> HttpResponse:
        """Founds a team: staff of its area; the same key and body once only."""
        given = _ready(FoundBody).run_validation(request.data)
        key = request.headers.get("Idempotency-Key", "")
        with transaction.atomic():
            taken = once.claim(f"user:{request.user.pk}", request.path, key, request.body) if key else None
            if taken is not None and not taken.fresh:
                return answer(_whole(_find(request.user, int(taken.reference)), request.user), 201)
            team = self._found(request, given)
            if taken is not None:
                taken.finish(201, str(team.pk))
        return answer(_whole(team, request.user), 201)

    @staticmethod
    def _found(request: Any, given: dict[str, Any]) -> Team:
        parent = given.get("parent")
        above = None if parent is None else access.teams_visible_to(request.user).filter(pk=parent).first()
        if parent is not None and above is None:
            raise ValidationFailed.on("parent", _("There can be no team below this one."))
        return team_actions.found(
            actor=request.user,
            area=_area(given["area"]),
            name=given["name"],
            parent=above,
            service_classes=_classes(given.get("service_classes", [])),
            about=given.get("about", ""),
        )


class OneTeam(View):
    @extend_schema(responses=ShownTeam)
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns one team; who belongs to it and who has applied for its leaders and staff of its area."""
        return answer(_whole(_find(request.user, pk), request.user))


class Act(View):
    """One verb of the table; `verb` and its body come from the route."""

    verb = ""
    serializer_class: type[TeamFacts] = TeamFacts

    @extend_schema(responses=ShownTeam, parameters=[KEY])
    def post(self, request: Any, pk: int) -> HttpResponse:
        """Performs the verb and returns the team as it then stands; the same key and body once only."""
        team, key = _find(request.user, pk), request.headers.get("Idempotency-Key", "")
        facts = dict(_ready(FACTS[self.verb]).run_validation(request.data))
        if "service_classes" in facts:
            facts["service_classes"] = _classes(facts["service_classes"])
        with transaction.atomic() if key else nullcontext():
            owner = f"user:{request.user.pk}"
            if not key or once.claim(owner, request.path, key, request.body, status=200).fresh:
                team = team_actions.act(team, self.verb, actor=request.user, **facts)
        return answer(_whole(team, request.user))


def _find(user: Any, pk: int) -> Team:
    found = access.teams_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def _line(card: queries.TeamCard) -> dict[str, Any]:
    team, area = card.team, areas.fresh_if_unknown(card.team.area_id).by_id[card.team.area_id]
    return {
        "id": team.pk,
        "name": team.name,
        "tier": team.tier,
        "state": team.state,
        "version": team.version,
        "area": {"id": area.pk, "code": area.code, "name": area.label, "level": area.level},
        "service_classes": [each.code for each in card.service_classes],
        "about": team.about,
        "leaders": [_helper(each.volunteer) for each in card.leaders],
        "members": card.members,
        "own": card.own and {"state": card.own.state, "role": card.own.role},
    }


def _whole(team: Team, user: Any) -> dict[str, Any]:
    above = queries.above(team)
    shown = _line(queries.one(team, user, own_profile(user))) | {"parent": above.pk if above else None}
    if access.may_see_people(user, team):
        waiting, members = queries.belonging(team)
        shown["memberships"] = [
            {
                "id": each.membership.pk,
                "volunteer": _helper(each.membership.volunteer),
                "state": each.membership.state,
                "role": each.membership.role,
                "applied_at": each.membership.applied_at,
                "joined_at": each.membership.joined_at,
                "words": each.words,
            }
            for each in (*waiting, *members)
        ]
    return shown


def _helper(volunteer: Volunteer) -> dict[str, Any]:
    return {"id": volunteer.pk, "number": volunteer.number, "name": volunteer.user.name}


def _area(text: str) -> Area:
    number = whole(text) or 0
    found = areas.by_code(text) or areas.by_id(number)
    if found is None:
        raise ValidationFailed.on("area", _("Choose one of the areas we serve."))
    return found


def _classes(codes: list[str], field: str = "service_classes") -> list[int]:
    known = dict(ServiceClass.objects.filter(code__in=codes).values_list("code", "pk"))
    if set(codes) - set(known):
        raise ValidationFailed.on(field, _("Unknown service class."))
    return sorted(known.values())


@cache
def _ready(body: type[serializers.Serializer]) -> serializers.Serializer:
    made: serializers.Serializer = body()
    made.fields  # noqa: B018  # bound before another thread can get hold of it
    return made
