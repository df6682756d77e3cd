"""What the desk chooses from over HTTP when it refers or joins a request, and what waits for a unit."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import Role
from civic.lib.errors import NotAllowed
from civic.rest import View, listing
from civic.worktime.clocks import Clock
from requests_app import access
from requests_app.api import documented, shapes
from requests_app.effects.referring import units_for
from requests_app.enums import RequestState, UnitKind
from requests_app.models import AnswerClass
from requests_app.queries import alike, referrals_shown


class UnitLine(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(UnitKind.choices)
    area = documented.Area()
    backstop = serializers.BooleanField(help_text="the last instance: it cannot return a request")


class ClassLine(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    clock = serializers.ChoiceField(Clock.choices)
    amount = serializers.FloatField(help_text="hours or days, as the clock counts")


class SimilarLine(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    state = serializers.ChoiceField(RequestState.choices)
    headline = serializers.CharField()
    distance_m = serializers.IntegerField(allow_null=True)
    words_percent = serializers.IntegerField()
    score = serializers.FloatField()


class ReferredLine(documented.ReferralLine):
    request = documented.Listed()


class Units(View):
    @extend_schema(responses=documented.page_of(UnitLine))
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns the responsible units that a request can be referred to."""
        found, _seen = access.find(request.user, pk=pk)
        if not access.may_dispatch(request.user, found):
            raise NotAllowed()
        lines = [
            {
                "id": unit.pk,
                "name": str(unit),
                "kind": unit.kind,
                "area": shapes.area_of(unit.area_id),
                "backstop": unit.backstop,
            }
            for unit in units_for(found)
        ]
        return listing(request, None, lines)


class Similar(View):
    @extend_schema(responses=documented.page_of(SimilarLine))
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns open requests that may be about the same thing, the likest first: to join this one to."""
        found, _seen = access.find(request.user, pk=pk)
        if not access.may_dispatch(request.user, found):
            raise NotAllowed()
        lines = [
            {
                "id": each.request.pk,
                "code": each.request.code,
                "state": each.request.state,
                "headline": each.request.headline,
                "distance_m": each.distance_m,
                "words_percent": each.words_percent,
                "score": each.score,
            }
            for each in alike.suggestions(found, access.dispatched_by(request.user))
        ]
        return listing(request, None, lines)


class AnswerClasses(View):
    @extend_schema(responses=documented.page_of(ClassLine))
    def get(self, request: Any) -> HttpResponse:
        """Returns how soon a unit can be asked to answer."""
        lines = [
            {"code": each.code, "name": str(each), "clock": each.clock, "amount": each.amount}
            for each in AnswerClass.objects.filter(retired_at=None)
        ]
        return listing(request, None, lines)


class Referred(View):
    @extend_schema(responses=documented.page_of(ReferredLine))
    def get(self, request: Any) -> HttpResponse:
        """Returns what lies with the caller's units, the most urgent first."""
        if not holds_anywhere(request.user, {Role.UNIT}):
            raise NotAllowed()
        lines = [
            shapes.referral(each) | {"request": shapes.listed(each.request.__dict__, each.request.headline)}
            for each in referrals_shown.waiting_for(request.user)
        ]
        return listing(request, None, lines)
