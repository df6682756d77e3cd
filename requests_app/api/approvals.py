"""Proposals over HTTP: what waits for the caller, what they proposed, what was decided."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from civic.accounts.access import holds_anywhere
from civic.cases.enums import ApprovalState
from civic.lib import keyset
from civic.lib.errors import NotAllowed
from civic.rest import View, listing
from requests_app import access
from requests_app.api import documented, filters, shapes
from requests_app.queries import approvals
from requests_app.queries.approvals import Proposal


class Shown(serializers.Serializer):
    id = serializers.IntegerField()
    request = serializers.IntegerField()
    code = serializers.CharField()
    verb = serializers.CharField()
    what = serializers.CharField(help_text="the facts in words")
    reason = serializers.CharField()
    state = serializers.ChoiceField(ApprovalState.choices)
    proposer = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decider = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    refusal = serializers.CharField()
    may_decide = serializers.BooleanField()
    photos = documented.Photo(many=True)

    class Meta:
        ref_name = "Approval"


class Query(filters.Paging):
    box = serializers.ChoiceField(approvals.BOXES, default=approvals.BOXES[0])


_query = filters.Ready(Query)


class Approvals(View):
    @extend_schema(parameters=[Query], responses=documented.page_of(Shown))
    def get(self, request: Any) -> HttpResponse:
        """Returns a box of proposals: `waiting` for the caller, `proposed` by them, `decided` in their areas."""
        if not holds_anywhere(request.user, access.READERS):
            raise NotAllowed()
        query = _query(request.query_params)
        page = keyset.page(
            approvals.box(request.user, query["box"]),
            order=("-id",),
            size=query["page_size"],
            cursor=query["cursor"],
        )
        return listing(request, page, [shape(each) for each in approvals.shown(page.rows, request.user)])


def shape(each: Proposal) -> dict[str, Any]:
    """Returns one proposal as JSON can keep it."""
    line = each.approval
    return {
        "id": line.pk,
        "request": each.request.pk,
        "code": each.request.code,
        "verb": line.verb,
        "what": each.what,
        "reason": each.reason,
        "state": line.state,
        "proposer": str(line.proposer),
        "proposed_at": line.proposed_at,
        "expires_at": line.expires_at,
        "decider": str(line.decider or ""),
        "decided_at": line.decided_at,
        "refusal": each.why_refused,
        "may_decide": each.may_decide,
        "photos": [shapes.photo(photo) for photo in each.photos],
    }
