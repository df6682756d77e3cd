"""Who looked at the caller's personal details, over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from civic.lib import keyset
from civic.rest import View, listing
from insight.privacy import readings
from requests_app.api.documented import page_of
from requests_app.api.filters import Paging, paging


class Reading(serializers.Serializer):
    at = serializers.DateTimeField()
    role = serializers.CharField(help_text="a role of staff, or volunteer")
    who = serializers.CharField()
    unit = serializers.CharField(help_text="the area they answer for")
    code = serializers.CharField(help_text="tracking code of the request it was about")
    what = serializers.ListField(child=serializers.CharField())
    purpose = serializers.CharField()
    why = serializers.CharField()
    note = serializers.CharField()


class Readings(View):
    @extend_schema(parameters=[Paging], responses=page_of(Reading))
    def get(self, request: Request) -> HttpResponse:
        """Returns who looked at the caller's personal details, when and why, the newest first."""
        query = paging(request.query_params)
        page = keyset.page(
            readings.about(request.user),  # type: ignore[arg-type]
            order=readings.ORDER,
            size=query["page_size"],
            cursor=query["cursor"],
        )
        return listing(request, page, [vars(each) for each in readings.told(page.rows)])
