"""Service requests over HTTP: place, list, read, and every verb. A view parses, calls one action, shows."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import transaction
from django.db.models.functions import Left
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from civic.accounts.models import User
from civic.cases import once
from civic.evidence import store
from civic.lib import codes, keyset
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.lib.text import OPENING_READ, opening
from civic.rest import View, answer, listing
from requests_app import access, actions, matching, reference
from requests_app.access import Sight
from requests_app.actions import reading
from requests_app.api import approvals, bodies, documented, filters, shapes
from requests_app.models import ServiceRequest
from requests_app.queries import approvals as proposals
from requests_app.queries import for_volunteer, parts_shown, referrals_shown

KEY = "Idempotency-Key"


class SignedIn(Request):
    """A request that has passed IsAuthenticated: somebody is known to ask."""

    user: User  # type: ignore[assignment]


class Requests(View):
    """The list of requests in one's scope, and placing a new one."""

    @extend_schema(
        operation_id="service_requests_list",
        parameters=[filters.ListQuery],
        responses=documented.page_of(documented.Listed),
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Returns a page of the requests in the caller's areas, for everybody else their own."""
        query = filters.list_query(request.query_params)
        found = filters.rows(request.user, query).annotate(opening=Left("text", OPENING_READ))
        page = keyset.page(
            found.values(*shapes.LISTED, "opening"),
            order=filters.ORDERS[query["ordering"]],
            size=query["page_size"],
            cursor=query["cursor"],
        )
        return listing(request, page, [_listed(row) for row in page.rows])

    @extend_schema(
        request=bodies.PlaceBody, responses={201: documented.Whole}, parameters=[documented.IDEMPOTENCY_KEY]
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Places a request, for oneself or on behalf of somebody; the same key and body once only."""
        key, body = request.headers.get(KEY, ""), request.body
        wish, code = bodies.wish_of(request.data), codes.tracking_code()
        with _ContractNames(bodies.PlaceBody), transaction.atomic() if key else nullcontext():
            if key:
                taken = once.claim(_owner(request.user), request.path, key, body, status=201, reference=code)
                if not taken.fresh:
                    return answer(_shown(request.user, *access.find(request.user, code=taken.reference)), 201)
            placed = actions.place_request(actor=request.user, wish=wish, code=code)
        photos = store.photos_of(placed.kind, placed.pk) if wish.photos else []
        return answer(shapes.whole(placed, Sight.OWN, photos=photos), 201)


class OneRequest(View):
    @extend_schema(responses=documented.SEEN)
    def get(self, request: SignedIn, pk: int) -> HttpResponse:
        """Returns one request, as much of it as the caller may see; a volunteer's reading is logged."""
        return answer(_shown(request.user, *access.find(request.user, pk=pk)))


class History(View):
    @extend_schema(parameters=[filters.Paging], responses=documented.page_of(documented.Event))
    def get(self, request: SignedIn, pk: int) -> HttpResponse:
        """Returns the history, oldest first: staff read all of it, residents what concerns them."""
        found, seen = access.find(request.user, pk=pk)
        if seen not in {Sight.OWN, Sight.STAFF}:
            raise NotAllowed()
        query = filters.paging(request.query_params)
        events = parts_shown.history(found, request.user, staff=seen == Sight.STAFF)
        page = keyset.page(events, order=("seq",), size=query["page_size"], cursor=query["cursor"])
        lines = parts_shown.as_read(page.rows, request.user, staff=seen == Sight.STAFF)
        return listing(request, page, [shapes.event(each) for each in lines])


class Candidates(View):
    @extend_schema(parameters=[filters.Limited], responses=documented.page_of(documented.Candidate))
    def get(self, request: SignedIn, pk: int) -> HttpResponse:
        """Returns who can be asked, the best first, with the parts of the score and the reasons."""
        found, _seen = access.find(request.user, pk=pk)
        if not access.may_dispatch(request.user, found):
            raise NotAllowed()
        limit = filters.limited(request.query_params)["limit"]
        ranked = matching.candidates(found, limit=limit)
        return listing(request, None, [shapes.candidate(each) for each in ranked])


class Act(View):
    """One verb of the table; `verb` and its body come from the route."""

    verb = ""
    serializer_class: type[bodies.Facts] = bodies.Facts

    @extend_schema(
        responses={200: documented.SEEN, 202: approvals.Shown}, parameters=[documented.IDEMPOTENCY_KEY]
    )
    def post(self, request: SignedIn, pk: int) -> HttpResponse:
        """Performs the verb and returns the request as it then stands; the same key and body once only.

        202 with the proposal where a second person has to approve first.
        """
        key, body = request.headers.get(KEY, ""), request.body
        expected_version, facts = bodies.facts_of(self.verb, request.data)
        found, _seen = access.find(request.user, to_act=True, pk=pk)
        with _ContractNames(bodies.FACTS[self.verb]), transaction.atomic() if key else nullcontext():
            if key and not once.claim(_owner(request.user), request.path, key, body, status=200).fresh:
                found, _seen = access.find(request.user, to_act=True, pk=pk)
            else:
                found = actions.act(
                    found, self.verb, actor=request.user, expected_version=expected_version, **facts
                )
        if actions.needs_approval(self.verb, facts):
            return answer(_proposed(request.user, found, self.verb), 202)
        return answer(_shown(request.user, found, access.sight(found, request.user) or Sight.SUMMARY))


class Pool(View):
    @extend_schema(parameters=[filters.Paging], responses=documented.page_of(documented.PoolLine))
    def get(self, request: SignedIn) -> HttpResponse:
        """Returns what the volunteer may claim now, the soonest to close first."""
        volunteer = access.volunteer_of(request.user)
        if volunteer is None:
            raise NotAllowed()
        query = filters.paging(request.query_params)
        page = keyset.page(
            for_volunteer.open_pool(volunteer),
            order=("closes_at", "id"),
            size=query["page_size"],
            cursor=query["cursor"],
        )
        lines = [
            shapes.summary(each.request, volunteer) | {"closes_at": each.closes_at} for each in page.rows
        ]
        return listing(request, page, lines)


class Offers(View):
    @extend_schema(parameters=[filters.Paging], responses=documented.page_of(documented.OfferLine))
    def get(self, request: SignedIn) -> HttpResponse:
        """Returns the volunteer's own offers that wait for an answer, the soonest to expire first."""
        volunteer = access.volunteer_of(request.user)
        if volunteer is None:
            raise NotAllowed()
        query = filters.paging(request.query_params)
        page = keyset.page(
            for_volunteer.open_offers(volunteer),
            order=("expires_at", "id"),
            size=query["page_size"],
            cursor=query["cursor"],
        )
        lines = [
            shapes.offer(each.__dict__) | {"request": shapes.summary(each.request, volunteer)}
            for each in page.rows
        ]
        return listing(request, page, lines)


class Categories(View):
    permission_classes = (AllowAny,)

    @extend_schema(responses=documented.page_of(documented.Category))
    def get(self, request: Request) -> HttpResponse:
        """Returns the kinds of help that can be asked for, in the order they are shown."""
        lines = [shapes.category(each) for each in reference.in_force()]
        return listing(request, None, lines)


def _shown(user: User, found: ServiceRequest, seen: Sight) -> dict[str, Any]:
    """Returns the request with its parts, in the shape for `seen`; logs the reading of who serves it."""
    if seen == Sight.OWN:
        helpers = parts_shown.helpers(found)
        named = parts_shown.named_to_residents([each["volunteer__user_id"] for each in helpers])
        photos = store.photos_of(found.kind, found.pk)
        return shapes.whole(found, seen, photos=photos, helpers=helpers, named=named)
    if seen == Sight.STAFF:
        return shapes.for_staff(
            found,
            photos=store.photos_of(found.kind, found.pk),
            asked=parts_shown.asked(found),
            teams=parts_shown.asked_teams(found),
            pool=parts_shown.pool(found),
            waterfall=parts_shown.waterfall(found),
        ) | shapes.in_other_hands(found, referrals_shown.of(found))
    if seen == Sight.UNIT:
        return shapes.for_unit(found, referrals_shown.of(found), photos=store.photos_of(found.kind, found.pk))
    volunteer = access.volunteer_of(user)
    if volunteer is None:  # a unit has answered or returned it: it is no longer theirs to read
        return shapes.moved_on(found)
    part = parts_shown.own_part(found, volunteer) if seen == Sight.TASK else None
    if part is None:
        made = parts_shown.own_offer(found, volunteer)
        return shapes.summary(found, volunteer) | {"offer": shapes.offer(made) if made else None}
    reading.open_contact(found, actor=user, seen=seen)
    return shapes.task(found, volunteer, part, store.photos_of(found.kind, found.pk))


def _proposed(user: User, found: ServiceRequest, verb: str) -> dict[str, Any]:
    return approvals.shape(proposals.newest(found, verb, by=user))


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return shapes.listed(row, opening(row["opening"]))


def _owner(user: User) -> str:
    return f"user:{user.pk}"


class _ContractNames(AbstractContextManager[None]):
    """Gives field errors the names by which `body` has the fields."""

    def __init__(self, body: type[Serializer]) -> None:
        self.body = body

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Renames in place and lets the error pass."""
        if isinstance(error, ValidationFailed) and error.errors:
            error.errors = bodies.contract_names(self.body, error.errors)
