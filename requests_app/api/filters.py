"""The filters of the list of requests: parsed by one declared query, turned into conditions on indexes."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.lib import clock
from civic.lib.text import clean
from requests_app import access, reference
from requests_app.api.fields import AreaOf, Moment, Words
from requests_app.enums import OPEN, RequestState, Urgency
from requests_app.models import ServiceRequest
from requests_app.models.request import IS_OPEN
from requests_app.queries import for_volunteer

ORDERS = {"-created_at": ("-id",), "created_at": ("id",), "due_at": ("due_at", "id")}
WORDS_LENGTH = 80


class Paging(serializers.Serializer):
    cursor = serializers.CharField(default="", allow_blank=True, max_length=500)
    page_size = serializers.IntegerField(default=50, min_value=1, help_text="up to 200")

    def validate_page_size(self, value: int) -> int:
        """Returns the size of a page, 200 for more."""
        return min(value, 200)


@extend_schema_field(OpenApiTypes.STR)
class Several(serializers.Field):
    """One or several of `choices`, separated by commas."""

    def __init__(self, choices: list[str], **more: Any) -> None:
        super().__init__(**more)
        self.choices = frozenset(choices)

    def to_internal_value(self, data: Any) -> list[str]:
        """Returns the values; raises ValidationError for an unknown one."""
        found = [each for each in str(data).split(",") if each]
        if not found or set(found) - self.choices:
            allowed = ", ".join(sorted(self.choices))
            raise serializers.ValidationError(_("Choose from: %(allowed)s.") % {"allowed": allowed})
        return found

    def to_representation(self, value: Any) -> Any:
        """Never used for output."""
        return value


class ListQuery(Paging):
    state = Several(
        [*RequestState.values, "open"], required=False, help_text="states by comma; open: all open"
    )
    category = serializers.CharField(required=False, help_text="codes by comma")
    area = AreaOf(required=False, help_text="code or id; everything below it too")
    urgency = Several(Urgency.values, required=False)
    overdue = serializers.BooleanField(required=False, help_text="open and its next step is past due")
    created_after = Moment(required=False)
    created_before = Moment(required=False)
    assignee = serializers.CharField(required=False, help_text="id of a volunteer, or me")
    q = Words(help_text="a tracking code, or words in title and text of open requests")
    ordering = serializers.ChoiceField(
        list(ORDERS), default="-created_at", help_text="due_at: open requests unless states are named"
    )


class Limited(serializers.Serializer):
    limit = serializers.IntegerField(default=20, min_value=1, max_value=200)


class OfVolunteer(serializers.Serializer):
    volunteer = serializers.IntegerField(default=None, min_value=1, max_value=2**63 - 1)


class Ready:
    """A query made once and used by all threads: making a serializer costs more than running it."""

    def __init__(self, query: type[serializers.Serializer]) -> None:
        self._query = query()
        self._query.fields  # noqa: B018  # bound now, at import

    def __call__(self, params: QueryDict) -> dict[str, Any]:
        """Returns the query's values; a repeated parameter is joined by commas, an empty one left out."""
        given = {name: value for name in params if (value := ",".join(filter(None, params.getlist(name))))}
        found: dict[str, Any] = self._query.run_validation(given)
        return found


list_query, paging, limited = Ready(ListQuery), Ready(Paging), Ready(Limited)
of_volunteer = Ready(OfVolunteer)


def rows(user: User, query: dict[str, Any]) -> QuerySet[ServiceRequest]:
    """Returns the requests of `user`'s list that the parsed `query` asks for; raises ValidationError."""
    assignee = query.get("assignee")
    if assignee == "me":
        volunteer = access.volunteer_of(user)
        found = ServiceRequest.objects.none() if volunteer is None else for_volunteer.tasks(volunteer)
    else:
        found = access.listed_for(user)
    found = found.filter(_conditions(query))
    if assignee and assignee != "me":
        found = found.filter(for_volunteer.assigned_to(_id(assignee)))
    return found


def _conditions(query: dict[str, Any]) -> Q:
    found, states = Q(), query.get("state")
    if words := query.get("q"):
        found &= _words(words, any_state=bool(states))
    elif states is None and query["ordering"] == "due_at":
        states = ["open"]
    if states:
        named = set(states) - {"open"} | (set(OPEN) if "open" in states else set())
        # Spelled like the condition of the partial indexes, so that the planner may use them.
        found &= (
            ~Q(state__in=sorted(set(RequestState) - OPEN)) if named == OPEN else Q(state__in=sorted(named))
        )
    if codes := query.get("category"):
        found &= Q(category_id__in=_category_ids(codes))
    if area_id := query.get("area"):
        area = areas.tree().by_id[area_id]
        found &= Q(**{f"{area.level}_id": area_id})
    if urgencies := query.get("urgency"):
        found &= Q(urgency__in=urgencies)
    if (overdue := query.get("overdue")) is not None:
        late = IS_OPEN & Q(act_by__lt=clock.now())
        found &= late if overdue else ~late
    if after := query.get("created_after"):
        found &= Q(placed_at__gte=after)
    if before := query.get("created_before"):
        found &= Q(placed_at__lt=before)
    return found


def _words(text: str, *, any_state: bool) -> Q:
    """A tracking code is looked up by itself; words are looked for in open requests unless states are named."""
    try:
        words = clean(text, WORDS_LENGTH)
    except ValueError as error:
        raise serializers.ValidationError({"q": [error.args[0]]}) from error
    by_code = Q(code=words.upper())
    named = Q(title__icontains=words) | Q(text__icontains=words)
    if not any_state:
        named &= IS_OPEN
    return by_code | named


def _category_ids(codes: str) -> list[int]:
    by_code = reference.snapshot().by_code
    wanted = [code for code in codes.split(",") if code]
    if any(code not in by_code for code in wanted):
        raise serializers.ValidationError({"category": [_("Choose one of the kinds of help.")]})
    return [by_code[code].pk for code in wanted]


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise serializers.ValidationError({"assignee": [_("Give the id of a volunteer, or “me”.")]})
    return int(text)
