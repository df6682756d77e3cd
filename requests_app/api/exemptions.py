"""What the rates leave out, over HTTP and for everybody."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from civic.rest import View, listing
from requests_app.api import documented, filters
from requests_app.enums import ExemptReason
from requests_app.queries import exemptions


class Exemption(serializers.Serializer):
    category = serializers.CharField()
    district = serializers.CharField()
    closed_on = serializers.DateField()
    reason_code = serializers.ChoiceField(ExemptReason.choices)
    reason = serializers.CharField()


class ExemptionCount(serializers.Serializer):
    reason_code = serializers.ChoiceField(ExemptReason.choices)
    reason = serializers.CharField()
    count = serializers.IntegerField()


class Exemptions(View):
    permission_classes = (AllowAny,)

    @extend_schema(parameters=[filters.Paging], responses=documented.page_of(Exemption))
    def get(self, request: Request) -> HttpResponse:
        """Returns what counts in no rate, closed within a year, the newest first; nothing personal is in it."""
        query = filters.paging(request.query_params)
        page = exemptions.page(query["cursor"], query["page_size"])
        return listing(request, page, [vars(each) for each in page.rows])


class Counts(View):
    permission_classes = (AllowAny,)

    @extend_schema(responses=documented.page_of(ExemptionCount))
    def get(self, request: Request) -> HttpResponse:
        """Returns how many of them there are for each reason."""
        lines = [
            {"reason_code": code, "reason": reason, "count": n} for code, reason, n in exemptions.counts()
        ]
        return listing(request, None, lines)
