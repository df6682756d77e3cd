"""Batch plans over HTTP: make one, read it while it is computed, apply it; the rules are those of the desk."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import Role
from civic.areas.queries import tree
from civic.cases import once
from civic.lib import keyset
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.rest import View, answer, listing
from requests_app import reference
from requests_app.api import documented, filters, shapes
from requests_app.api.bodies import parse
from requests_app.api.fields import AreaOf, Moment
from requests_app.models import LeftBecause, LineNews, LineState, Plan, PlanState
from requests_app.plans import actions, jobs
from requests_app.queries import plans as queries

KEY = "Idempotency-Key"
MOST_LINES = 100_000
LARGEST = 2**63 - 1


class Pair(serializers.Serializer):
    request = serializers.IntegerField(min_value=1, max_value=LARGEST)
    volunteer = serializers.IntegerField(min_value=1, max_value=LARGEST)


class PlanBody(serializers.Serializer):
    area = AreaOf()
    categories = serializers.ListField(
        child=serializers.CharField(max_length=64),
        default=list,
        max_length=200,
        help_text="codes; empty: all",
    )
    most_each = serializers.IntegerField(default=1, min_value=1, max_value=actions.MOST_EACH)
    pins = Pair(many=True, default=list)
    forbidden = Pair(many=True, default=list)


class ApplyBody(serializers.Serializer):
    lines = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST),
        required=False,
        allow_empty=False,
        max_length=MOST_LINES,
        help_text="ids; left out: all that can be applied",
    )
    computed_at = Moment(
        required=False, help_text="of the plan looked at: 409 when it was computed again since"
    )


class PlanShown(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(PlanState.choices)
    area = documented.Area()
    categories = serializers.ListField(child=serializers.CharField())
    most_each = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    computed_at = serializers.DateTimeField(allow_null=True)
    done = serializers.IntegerField(help_text="of `whole`, while it is being computed or applied")
    whole = serializers.IntegerField()
    served = serializers.IntegerField(help_text="slots")
    left_over = serializers.IntegerField(help_text="slots")
    proven = serializers.BooleanField(help_text="no plan is better under its pins, bans and limits")
    proposed = serializers.IntegerField(help_text="lines that can be applied")
    applied = serializers.IntegerField(help_text="lines")
    conflicts = serializers.IntegerField(help_text="lines")
    error = serializers.CharField(allow_blank=True)


class PlanLineShown(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(LineState.choices)
    request = serializers.IntegerField()
    version = serializers.IntegerField(help_text="of the request, as the plan has seen it")
    volunteer = documented.Helper(allow_null=True, help_text="null for what is left over")
    start = serializers.DateTimeField(allow_null=True)
    news = serializers.ChoiceField(
        LineNews.choices, allow_blank=True, help_text="how computing the plan again made it"
    )
    pinned = serializers.BooleanField()
    forbidden = serializers.BooleanField()
    score = serializers.FloatField(allow_null=True)
    parts = serializers.DictField(child=serializers.FloatField())
    reasons = serializers.ListField(child=serializers.CharField())
    distance_m = serializers.IntegerField(allow_null=True)
    slots_left = serializers.IntegerField()
    left_because = serializers.ChoiceField(LeftBecause.choices, allow_blank=True)
    code = serializers.CharField(allow_blank=True, help_text="of the conflict, as an error would have it")
    detail = serializers.CharField(allow_blank=True)


class Plans(View):
    @extend_schema(request=PlanBody, responses={202: PlanShown}, parameters=[documented.IDEMPOTENCY_KEY])
    def post(self, request: Any) -> HttpResponse:
        """Starts computing a plan for an area's backlog. Nobody is asked before it is applied.

        The same key and body make one plan, and so do two calls for the same while the first is being computed.
        """
        _dispatchers_only(request)
        given = parse(PlanBody, request.data)
        key = request.headers.get(KEY, "")
        with transaction.atomic():
            taken = once.claim(f"user:{request.user.pk}", request.path, key, request.body) if key else None
            if taken is not None and not taken.fresh:
                return answer(_shown(request, queries.get(request.user, int(taken.reference))), 202)
            plan = actions.start(
                actor=request.user,
                area=tree().by_id[given["area"]],
                categories=_categories(given["categories"]),
                most_each=given["most_each"],
                pins=[(each["request"], each["volunteer"]) for each in given["pins"]],
                forbidden=[(each["request"], each["volunteer"]) for each in given["forbidden"]],
            )
            if taken is not None:
                taken.finish(202, str(plan.pk))
        return answer(_shown(request, queries.get(request.user, plan.pk)), 202)


class OnePlan(View):
    @extend_schema(responses=PlanShown)
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns a plan: how far it is, and what it comes to."""
        _dispatchers_only(request)
        return answer(_shown(request, queries.get(request.user, pk)))


class PlanLines(View):
    @extend_schema(parameters=[filters.Paging], responses=documented.page_of(PlanLineShown))
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns a page of the lines of a plan: who is proposed for what and why, what is left over, conflicts."""
        _dispatchers_only(request)
        plan = queries.get(request.user, pk)
        query = filters.paging(request.query_params)
        found = queries.lines_of(plan, request.user).select_related("request", "volunteer__user")
        page = keyset.page(found, order=("id",), size=query["page_size"], cursor=query["cursor"])
        return listing(request, page, [_line(each) for each in page.rows])


class Apply(View):
    @extend_schema(
        request=ApplyBody,
        responses={200: PlanShown, 202: PlanShown},
        parameters=[documented.IDEMPOTENCY_KEY],
    )
    def post(self, request: Any, pk: int) -> HttpResponse:
        """Offers the requests of the lines to their volunteers, each line by itself; conflicts are in the lines.

        202 while many lines are still being applied in the background. A line is applied once, however often it is
        asked for.
        """
        _dispatchers_only(request)
        given = parse(ApplyBody, request.data)
        plan = queries.get(request.user, pk)
        key = request.headers.get(KEY, "")
        with transaction.atomic():
            taken = once.claim(f"user:{request.user.pk}", request.path, key, request.body) if key else None
            if taken is None or taken.fresh:
                actions.apply(
                    plan, actor=request.user, lines=given.get("lines"), seen=given.get("computed_at")
                )
                if taken is not None:
                    taken.finish(200, str(pk))
        jobs.apply(pk, most=actions.AT_ONCE)  # outside of that transaction: one for each line
        plan = queries.get(request.user, pk)
        return answer(_shown(request, plan), 202 if plan.is_busy else 200)


def _dispatchers_only(request: Any) -> None:
    if not holds_anywhere(request.user, {Role.DISPATCHER}):
        raise NotAllowed()


def _categories(codes: list[str]) -> list[Any]:
    found = [reference.category(code) for code in codes]
    if None in found:
        raise ValidationFailed.on("categories", _("Choose one of the kinds of help."))
    return found


def _shown(request: Any, plan: Plan) -> dict[str, Any]:
    counts = queries.progress(plan, request.user)
    return {
        "id": plan.pk,
        "state": plan.state,
        "area": shapes.area_of(plan.area_id),
        "categories": plan.categories,
        "most_each": plan.most_each,
        "made_at": plan.made_at,
        "computed_at": plan.computed_at,
        "done": counts.done,
        "whole": counts.whole,
        "served": plan.served,
        "left_over": plan.left_over,
        "proven": plan.proven,
        "proposed": counts.can_apply,
        "applied": counts.by_tab["applied"],
        "conflicts": counts.by_tab["conflict"],
        "error": plan.last_error,
    }


def _line(row: Any) -> dict[str, Any]:
    shown = queries.line(row, {})
    person = row.volunteer
    helper = {"id": person.pk, "number": person.number, "name": person.user.name} if person else None
    return {
        "id": row.pk,
        "state": row.state,
        "news": row.news,
        "request": row.request_id,
        "version": row.version,
        "volunteer": helper,
        "start": row.start,
        "pinned": row.pinned,
        "forbidden": row.forbidden,
        "score": row.score,
        "parts": row.parts,
        "reasons": [str(each) for each in shown.reasons],
        "distance_m": row.distance_m,
        "slots_left": row.slots_left,
        "left_because": row.left_because,
        "code": row.refusal_code,
        "detail": str(shown.refusal),
    }
