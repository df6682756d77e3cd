"""Areas over HTTP: the tree below an area, and which area holds a point."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from civic.areas import queries
from civic.areas.locate import locate
from civic.areas.models import Area, AreaLevel
from civic.lib import keyset
from civic.lib.errors import NotFound, ValidationFailed
from civic.lib.geo import valid_point
from civic.lib.numbers import whole
from civic.rest import View, answer, listing


class AreaQuery(serializers.Serializer):
    level = serializers.ChoiceField(AreaLevel.choices, required=False)
    within = serializers.CharField(required=False, help_text="code or id: that area and all below it")
    cursor = serializers.CharField(default="", max_length=500)
    page_size = serializers.IntegerField(default=50, min_value=1, help_text="up to 200")


class ShownArea(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(AreaLevel.choices)
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="code of the area above"
    )
    desk_phone = serializers.CharField()


PAGE = inline_serializer(
    "PageOfArea",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": ShownArea(many=True),
    },
)


class Areas(View):
    @extend_schema(parameters=[AreaQuery], responses=PAGE)
    def get(self, request: Request) -> HttpResponse:
        """Returns the areas in use, in the order of their codes."""
        query = AreaQuery().run_validation(request.query_params.dict())
        tree = queries.tree()
        top = _named(query["within"]) if "within" in query else None
        ids = tree.by_id if top is None else tree.subtree_ids(top.pk)
        found = [tree.by_id[each] for each in ids if tree.in_use(each)]
        if "level" in query:
            found = [each for each in found if each.level == query["level"]]
        size = min(query["page_size"], 200)
        page = keyset.page_of(found, key=lambda each: each.code, size=size, cursor=query["cursor"])
        return listing(request, page, [_shown(each) for each in page.rows])


class Locate(View):
    @extend_schema(
        parameters=[
            OpenApiParameter("lat", float, required=True),
            OpenApiParameter("lon", float, required=True),
        ],
        responses=ShownArea,
    )
    def get(self, request: Request) -> HttpResponse:
        """Returns the smallest area that holds the point (WGS-84 degrees); 404 outside all of them."""
        try:
            point = valid_point(request.query_params.get("lat"), request.query_params.get("lon"))
        except ValueError as error:
            raise ValidationFailed.on("location", error.args[0]) from error
        found = locate(*point)
        if found is None:
            raise NotFound(_("This place lies outside the areas we serve."))
        return answer(_shown(found))


def _named(text: str) -> Area:
    number = whole(text) or 0
    found = queries.by_code(text) or queries.by_id(number)
    if found is None:
        raise ValidationFailed.on("within", _("Choose one of the areas we serve."))
    return found


def _shown(area: Area) -> dict[str, Any]:
    above = queries.fresh_if_unknown(area.pk).parent(area.pk)
    return {
        "id": area.pk,
        "code": area.code,
        "name": area.label,
        "level": area.level,
        "parent": above.code if above is not None else None,
        "desk_phone": area.desk_phone,
    }
