"""The rates over HTTP, for staff: the same figures as on every page, with both numbers and the formula."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from civic.accounts.access import holds, holds_anywhere, scope_q
from civic.accounts.enums import Role
from civic.areas import queries as areas
from civic.areas import scope
from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.rest import View, listing
from insight import rates
from requests_app.api.fields import AreaOf
from requests_app.api.filters import Moment

READERS = frozenset({Role.DISPATCHER, Role.AUDITOR, Role.ADMIN})
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
        found = rates.figures(rates.Within(_scope(request.user, asked.get("area")), begins, ends))
        lines = [vars(each) | {"label": str(each.label), "formula": str(each.formula)} for each in found]
        return listing(request, None, lines)


def _scope(user: Any, area_id: int | None) -> Any:
    """Returns the filter on scope columns behind a lookup path. Raises NotAllowed outside the caller's areas."""
    if not holds_anywhere(user, READERS):
        raise NotAllowed()
    if area_id is None:
        return lambda prefix: scope_q(user, READERS, prefix)
    area = areas.by_id(area_id)
    if area is None or not holds(user, READERS, scope.of(area)):
        raise NotAllowed(_("This area lies outside those you answer for."))
    return lambda prefix: Q(**{f"{prefix}{area.level}_id": area.pk})
