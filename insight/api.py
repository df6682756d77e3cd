"""The rates over HTTP, for staff: the same figures as on every page, with both numbers and the formula."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from civic.lib import clock
from civic.lib.errors import ValidationFailed
from civic.rest import View, listing
from insight import access, rates
from requests_app.api.fields import AreaOf, Moment

USUAL_PERIOD = timedelta(days=365)


class Asked(serializers.Serializer):
    area = AreaOf(required=False, help_text="code or id; without it all areas of the caller")
    to = Moment(required=False, help_text="a day or moment, excluded; now")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Adds `from`, which is no name in Python."""
        begins = Moment(required=False, help_text="a day or moment, included; a year before the end")
        return {"from": begins, **super().get_fields()}


class Shown(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    formula = serializers.CharField()
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True, help_text="null where there is nothing to divide by")
    exempted = serializers.IntegerField(help_text="left out of both numbers because they were exempted")


PAGE = inline_serializer(
    "PageOfRates",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": Shown(many=True),
    },
)


class Rates(View):
    @extend_schema(parameters=[Asked], responses=PAGE)
    def get(self, request: Request) -> HttpResponse:
        """Returns every rate of an area (of all the caller's areas) and period, in the order they are shown."""
        asked = Asked().run_validation(request.query_params.dict())
        ends: datetime = asked.get("to") or clock.now()
        begins: datetime = asked.get("from") or ends - USUAL_PERIOD
        if begins >= ends:
            raise ValidationFailed.on("from", _("The beginning must come before the end."))
        found = rates.figures(rates.Within(access.scope_of(request.user, asked.get("area")), begins, ends))
        lines = [vars(each) | {"label": str(each.label), "formula": str(each.formula)} for each in found]
        return listing(request, None, lines)
