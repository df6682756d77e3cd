"""What console and settings know of our messages: kinds, variables, and the cases a wording may be tried on."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civic.accounts.access import holds_anywhere, scope_q
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.lib import clock
from civic.notify import kinds, subjects, variables
from civic.notify.enums import Choice
from civic.notify.kinds import Kind
from requests_app import access
from requests_app.enums import RejectReason
from requests_app.models import ServiceRequest, UnitMember
from requests_app.wordings_of_asking import POOL
from volunteers.models import Volunteer

IN_OFFICE = frozenset({Role.ADMIN, Role.DISPATCHER, Role.AUDITOR})


def register_all() -> None:
    """Registers them; called once at start-up."""
    _register_kinds()
    _describe_variables()
    subjects.register("request", requests_in_scope, own_requests)
    subjects.register("volunteer", volunteers_in_scope)


def requests_in_scope(user: User, ids: Collection[int]) -> dict[int, str]:
    """Returns the codes of those requests that lie in an area where `user` administers, dispatches or audits."""
    found = ServiceRequest.objects.filter(scope_q(user, IN_OFFICE), pk__in=ids)
    return dict(found.order_by("-pk").values_list("pk", "code"))


def own_requests(user: User, ids: Collection[int]) -> dict[int, str]:
    """Returns the headlines of those requests that are `user`'s own; of staff, those that are for them."""
    mine = access.beneficiary_of(user) if user.is_staff else access.own(user)
    found = ServiceRequest.objects.filter(mine, pk__in=ids).select_related("category")
    return {request.pk: request.headline for request in found}


def volunteers_in_scope(user: User, ids: Collection[int]) -> dict[int, str]:
    """Returns the numbers of those volunteers in an area where `user` administers, dispatches or audits."""
    found = Volunteer.objects.filter(scope_q(user, IN_OFFICE), pk__in=ids)
    return dict(found.order_by("-pk").values_list("pk", "number"))


def _register_kinds() -> None:
    kinds.register(Kind("request", _("Progress of requests"), lambda user: True))
    kinds.register(Kind("offer", _("Offers to help"), _is_volunteer))
    kinds.register(
        Kind(
            POOL,
            _("What is open to all and suits me"),
            _is_volunteer,
            usual_sms=Choice.OFF,
            refusable=True,
        )
    )
    kinds.register(Kind("task", _("Tasks taken on"), _is_volunteer))
    kinds.register(Kind("team", _("Teams"), _is_volunteer))
    kinds.register(Kind("volunteer", _("Registration as a volunteer"), _is_volunteer))
    kinds.register(Kind("desk", _("The dispatch desk"), _is_dispatcher, by_sms=False, digest=True))
    kinds.register(Kind("unit", _("Referred requests"), _is_of_a_unit, by_sms=False, digest=True))


def _is_volunteer(user: User) -> bool:
    return access.volunteer_of(user) is not None


def _is_dispatcher(user: User) -> bool:
    return holds_anywhere(user, {Role.DISPATCHER})


def _is_of_a_unit(user: User) -> bool:
    return UnitMember.objects.filter(user=user).exists()


def _describe_variables() -> None:
    describe = variables.describe
    describe("code", _("Number of the request"), "QH-7K3M-9PX2-W4TA")
    describe("due", _("By when help is looked for"), lambda: _tomorrow(18))
    describe("reason", _("Why it was not taken on"), next(iter(RejectReason)).label)
    describe("start", _("When the service begins"), lambda: _tomorrow(14))
    describe("check_in", _("Code that the resident gives the volunteer"), "000000", private=True)
    describe(
        "summary",
        _("What is to be done, without a person or an address"),
        {"zh": "代买代办", "en": "An errand nearby"},
    )
    describe("expires", _("By when to answer"), lambda: _tomorrow(9))
    describe("by", _("By when to confirm"), lambda: _tomorrow(9))
    describe("until", _("Until when it rests"), lambda: _tomorrow(9))
    describe("minutes", _("Minutes"), 90)
    describe("category", _("Kind of request"), {"zh": "代买代办", "en": "Errands"})
    describe("file", _("Name of the imported file"), "2026-11.xlsx")
    describe("count", _("How many"), 12)
    describe(
        "list",
        _("What they are about"),
        {"zh": "派单超期 3", "en": "Dispatch overdue: 3"},
    )
    describe("step", _("What is proposed"), {"zh": "延期", "en": "extend"})
    describe("ended", _("What became of it"), {"zh": "已同意", "en": "approved"})
    describe("unit", _("Responsible unit"), {"zh": "城管局", "en": "City management office"})


def _tomorrow(hour: int) -> datetime:
    local = timezone.localtime(clock.now()) + timedelta(days=1)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)
