"""People at the desk: a resident who is known already, and the volunteers of an area."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from civic.accounts.access import holding, holds, log_access, scope_q
from civic.accounts.actions import unmask
from civic.accounts.enums import ReadPurpose, Role
from civic.accounts.models import User
from civic.accounts.queries import user_by_phone
from civic.areas import scope
from civic.areas.scope import ScopeIds
from civic.cases.models import CaseEvent, CaseText
from civic.lib.crypto import keyed_hash
from civic.lib.errors import NotFound
from civic.lib.phone import mask, normalize
from requests_app import access, reference
from requests_app.models import Category, ServiceRequest
from volunteers import ledger, own_papers, own_times
from volunteers.access import decides_about
from volunteers.enums import Spoken, VolunteerState
from volunteers.models import ServiceClass, Skill, Volunteer
from volunteers.own_papers import Given
from volunteers.own_times import Times

PLACING = frozenset({Role.PROXY, Role.DISPATCHER})
SEEING = frozenset({Role.DISPATCHER, Role.ADMIN, Role.AUDITOR})
PAGE = 30


@dataclass(frozen=True)
class Known:
    """A resident who has been helped before, with the answers that need not be asked again."""

    name: str
    area: int | None
    address: str
    door_note: str
    requests: int
    open_requests: list[ServiceRequest]


def known_resident(user: User, phone: str) -> Known | None:
    """Returns who has this phone, as far as they live in the areas where `user` places requests.

    None for an unknown number, for one of elsewhere, and for what is no number; what is shown is logged.
    """
    try:
        number = normalize(phone)
    except ValueError:
        return None
    hashed = keyed_hash(number)
    mine = scope_q(user, PLACING)
    found = ServiceRequest.objects.filter(mine, access.open_to(user), beneficiary_phone_hash=hashed)
    last = found.order_by("-pk").first()
    person = user_by_phone(number)
    at_home = (
        person is not None
        and person.home_area_id is not None
        and holds(user, PLACING, scope.of(person.home_area_id))
    )
    if last is None and not at_home:
        return None
    if last is not None:
        log_access(
            user,
            ServiceRequest.kind,
            last.pk,
            ["beneficiary_name", "address", "door_note"],
            ReadPurpose.CONTACT,
        )
    elif person is not None:
        log_access(user, "user", person.pk, ["name"], ReadPurpose.CONTACT)
    name = (last.beneficiary_name if last else "") or (person.name if person else "")
    return Known(
        name=name,
        area=last.area_id if last else person.home_area_id if person else None,
        address=last.address if last else "",
        door_note=last.door_note if last else "",
        requests=found.count(),
        open_requests=list(found.filter(closed_at=None).order_by("-pk")[:3]),
    )


# Whoever has left is found by name and number alone.
TABS = (
    VolunteerState.APPLIED,
    VolunteerState.APPROVED,
    VolunteerState.ASKED_BACK,
    VolunteerState.SUSPENDED,
    VolunteerState.LAPSED,
    VolunteerState.REFUSED,
)


@dataclass(frozen=True)
class VolunteerPage:
    """One page of the volunteers of an area, with the counts of the tabs."""

    state: str
    q: str
    tabs: list[tuple[str, str | Promise, int]]
    rows: list[Volunteer]
    next_after: int | None


def visible_volunteers(user: User) -> QuerySet[Volunteer]:
    """Returns the volunteers of the areas where `user` has a say or a look."""
    return Volunteer.objects.filter(scope_q(user, SEEING))


def volunteer_page(user: User, state: str = "", q: str = "", after: int | None = None) -> VolunteerPage:
    """Returns volunteers in `state` (the waiting ones first), found by name, number or whole phone."""
    base = visible_volunteers(user)
    counted = dict(base.order_by().values_list("state").annotate(n=Count("pk")))
    state = state if state in TABS else VolunteerState.APPLIED
    found = base.filter(state=state) if not q else base.filter(_named(q))
    if after is not None:
        found = found.filter(pk__gt=after) if state == VolunteerState.APPLIED else found.filter(pk__lt=after)
    # Whoever has waited longest comes first; everywhere else the newest.
    ordered = found.order_by("pk" if state == VolunteerState.APPLIED else "-pk")
    rows = list(ordered.select_related("user", "area")[: PAGE + 1])
    return VolunteerPage(
        state=state,
        q=q,
        tabs=[(each, each.label, counted.get(each, 0)) for each in TABS],
        rows=rows[:PAGE],
        next_after=rows[PAGE - 1].pk if len(rows) > PAGE else None,
    )


def _named(q: str) -> Q:
    try:
        return Q(user__phone_hash=keyed_hash(normalize(q)))
    except ValueError:
        return Q(user__name__icontains=q) | Q(number__iexact=q)


class VolunteerPicture:
    """One volunteer as the desk reads them."""

    def __init__(self, user: User, pk: int) -> None:
        found = visible_volunteers(user).select_related("user", "area").filter(pk=pk).first()
        if found is None:
            raise NotFound()
        self.volunteer, self.user = found, user

    @property
    def verbs(self) -> list[str]:
        """What the reader can decide now."""
        if not self.decides:
            return []
        return {
            VolunteerState.APPLIED: ["approve", "ask_back", "refuse"],
            VolunteerState.ASKED_BACK: ["approve", "refuse"],
            VolunteerState.APPROVED: ["suspend"],
            VolunteerState.SUSPENDED: ["reinstate"],
            VolunteerState.LAPSED: ["suspend"],
        }.get(VolunteerState(self.volunteer.state), [])

    @cached_property
    def decides(self) -> bool:
        """Whether the reader decides about this volunteer at all."""
        return decides_about(self.user, self.volunteer)

    @cached_property
    def given(self) -> Given:
        """Qualifications, ID number, guardian, pledge."""
        return own_papers.of(self.volunteer)

    @cached_property
    def guardian_phone(self) -> str:
        """The guardian's number for who has to call it, logged, until the guardian has agreed; else masked."""
        phone = self.given.papers.guardian_phone
        if phone and self.decides and self.volunteer.guardian_agreed_at is None:
            pk = self.volunteer.pk
            log_access(self.user, Volunteer.kind, pk, ["guardian_phone"], ReadPurpose.CONTACT)
            return phone
        return mask(phone)

    def unmask_phone(self, *, purpose: str, note: str = "") -> str:
        """Returns the volunteer's number in E.164 for a reader who says why; logged, and the volunteer can read it.

        Raises ValidationFailed without a listed purpose.
        """
        person = self.volunteer.user
        ids = ScopeIds(*(getattr(self.volunteer, name) for name in ScopeIds._fields))
        capacity = holding(self.user, SEEING, ids)
        unmask(
            self.user,
            subject_kind="user",
            subject_id=person.pk,
            fields=["phone"],
            purpose=purpose,
            note=note,
            capacity=capacity,
        )
        return person.phone

    @cached_property
    def times(self) -> Times:
        """Hours and days."""
        return own_times.of(self.volunteer)

    @property
    def languages(self) -> list[str | Promise]:
        """The languages in words."""
        return [Spoken(each).label for each in self.volunteer.languages]

    @property
    def unwanted(self) -> list[Category]:
        """The kinds of help they would rather not give."""
        known = reference.snapshot().by_id
        return [known[pk] for pk in self.volunteer.unwanted if pk in known]

    @property
    def skills(self) -> list[Skill]:
        """The skills they named."""
        return list(Skill.objects.filter(pk__in=self.volunteer.skills)) if self.volunteer.skills else []

    @property
    def service_classes(self) -> list[ServiceClass]:
        """The fields in which they would like to serve."""
        chosen = self.volunteer.service_classes
        return list(ServiceClass.objects.filter(pk__in=chosen)) if chosen else []

    @property
    def minutes(self) -> int:
        """The minutes that count."""
        return ledger.confirmed_minutes(self.volunteer)

    @property
    def history(self) -> list[dict[str, Any]]:
        """What happened to the registration, the newest first."""
        key = {"kind": Volunteer.kind, "case_id": self.volunteer.pk}
        said = CaseText.objects.filter(**key, name__in=["reason", "words"])
        texts = dict(said.values_list("seq", "body"))
        return [
            {
                "at": event.at,
                "who": str(event.actor or ""),
                "words": VOLUNTEER_VERBS.get(event.verb, event.verb),
                "text": texts.get(event.seq, ""),
            }
            for event in CaseEvent.objects.filter(**key).select_related("actor").order_by("-seq")
        ]


VOLUNTEER_VERBS: dict[str, str | Promise] = {
    "apply": pgettext_lazy("history", "registered"),
    "enrol": pgettext_lazy("history", "took the volunteer over from a register"),
    "admit": pgettext_lazy("history", "approved the volunteer as the register said"),
    "fill_in": pgettext_lazy("history", "completed the registration from a register"),
    "take_out": pgettext_lazy("history", "took back what a register had completed"),
    "undo_import": pgettext_lazy("history", "undid the import of the volunteer"),
    "agree": pgettext_lazy("history", "agreed to being a volunteer"),
    "decline": pgettext_lazy("history", "did not want to be a volunteer"),
    "approve": pgettext_lazy("history", "approved the registration"),
    "refuse": pgettext_lazy("history", "did not approve the registration"),
    "suspend": pgettext_lazy("history", "suspended the volunteer"),
    "update": pgettext_lazy("history", "changed the profile"),
    "ask_back": pgettext_lazy("history", "asked for more"),
    "answer": pgettext_lazy("history", "answered"),
    "reinstate": pgettext_lazy("history", "reinstated the volunteer"),
    "ask_idle": pgettext_lazy("history", "A year has passed"),
    "lapse": pgettext_lazy("history", "Looked for an answer"),
    "stay": pgettext_lazy("history", "goes on helping"),
    "pledge": pgettext_lazy("history", "made the pledge"),
    "keep_papers": pgettext_lazy("history", "gave ID number or guardian"),
    "add_paper": pgettext_lazy("history", "showed a qualification"),
    "drop_paper": pgettext_lazy("history", "removed a qualification"),
    "check_paper": pgettext_lazy("history", "looked at a qualification"),
    "note_guardian": pgettext_lazy("history", "noted what the guardian says"),
    "make_feed": pgettext_lazy("history", "made a calendar address"),
    "drop_feed": pgettext_lazy("history", "revoked the calendar address"),
    "leave": pgettext_lazy("history", "left for good"),
    **dict.fromkeys(
        ["add_hours", "drop_hours", "add_extra", "drop_extra", "add_days_off", "drop_days_off"],
        pgettext_lazy("history", "changed hours or days"),
    ),
}
