"""The flow of a volunteer's registration: apply > approve, and what may follow."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.accounts.access import holds
from civic.accounts.enums import Role
from civic.areas import queries as areas
from civic.areas.scope import ScopeIds
from civic.cases.change import Change
from civic.cases.models import CaseText
from civic.cases.workflow import SYSTEM, Goal, Transition, Workflow
from civic.notify.outbox import Draft
from volunteers.enums import VolunteerState as S
from volunteers.models import Volunteer


def standing(volunteer: Volunteer, actor: Any) -> frozenset[str]:
    """Returns the role in which `actor` stands towards the volunteer: self, or staff of the area.

    Never both: nobody approves, vets or insures themselves.
    """
    if actor is SYSTEM:
        return frozenset({"system"})
    if volunteer.user_id == actor.pk:
        return frozenset({"self"})
    ids = ScopeIds(
        volunteer.city_id,
        volunteer.district_id,
        volunteer.street_id,
        volunteer.community_id,
        volunteer.grid_id,
    )
    if holds(actor, {Role.DISPATCHER, Role.ADMIN}, ids):
        return frozenset({"staff"})
    return frozenset()


def tell(change: Change) -> None:
    """Tells the volunteer how the registration now stands."""
    change.text("reason", str(change.fact("reason") or ""))
    for channel in ("in_app", "sms"):
        change.tell(
            Draft(
                event=f"volunteer.{change.row.verb}",
                template=f"volunteer.{change.row.verb}",
                dedupe_key=f"volunteer:{change.case.pk}:{change.seq}:{channel}",
                user=change.case.user_id,
                channel=channel,
                subject_kind="volunteer",
                subject_id=change.case.pk,
            )
        )


def approve(change: Change) -> None:
    """Approves; `vetted` and `insured_until` may be noted with it."""
    if change.fact("vetted"):
        change.case.vetted_at = change.at
    if change.fact("insured_until"):
        change.case.insured_until = change.fact("insured_until")
    tell(change)


def update_profile(change: Change) -> None:
    """Changes skills, point, pause or words about the volunteer; staff renew the insurance too."""
    allowed = [
        "skills",
        "lat",
        "lon",
        "active",
        "about",
        *(["insured_until"] if change.role == "staff" else []),
    ]
    fields = [name for name in allowed if name in change.facts]
    for name in fields:
        setattr(change.case, name, change.facts[name])
    change.record(fields=fields)


def forget(change: Change) -> None:
    """Leaves of a volunteer whose account is deleted the number alone, in the district: the ledger of service goes
    on naming it. Rule: 民政部令67 (records are kept)."""
    volunteer: Volunteer = change.case
    lineage = areas.tree().lineage(volunteer.area_id)
    volunteer.area_id = next((area.pk for area in lineage if area.pk == volunteer.district_id), lineage[0].pk)
    volunteer.street_id = volunteer.community_id = volunteer.grid_id = None
    volunteer.lat = volunteer.lon = volunteer.birth_date = volunteer.vetted_at = volunteer.insured_until = (
        None
    )
    volunteer.skills, volunteer.about, volunteer.active = [], "", False
    texts = CaseText.objects.filter(kind=volunteer.kind, case_id=volunteer.pk, erased_at=None)
    texts.update(body="", erased_at=change.at)


VOLUNTEERS = Workflow(
    kind=Volunteer.kind,
    model=Volunteer,
    initial=S.APPLIED,
    final=frozenset({S.REFUSED, S.LEFT}),
    standing=standing,
    transitions=(
        Transition(
            verb="approve",
            sources=frozenset({S.APPLIED, S.SUSPENDED}),
            target=S.APPROVED,
            roles=("staff",),
            effect=approve,
        ),
        Transition(
            verb="refuse",
            sources=frozenset({S.APPLIED}),
            target=S.REFUSED,
            roles=("staff",),
            effect=tell,
            requires=("reason",),
        ),
        Transition(
            verb="suspend",
            sources=frozenset({S.APPROVED}),
            target=S.SUSPENDED,
            roles=("staff",),
            effect=tell,
            requires=("reason",),
        ),
        Transition(
            verb="update",
            sources=frozenset({S.APPLIED, S.APPROVED, S.SUSPENDED}),
            target=Goal.SAME,
            roles=("self", "staff"),
            effect=update_profile,
        ),
        Transition(
            verb="leave",
            sources=frozenset({S.APPLIED, S.APPROVED, S.SUSPENDED}),
            target=S.LEFT,
            roles=("system",),
            effect=forget,
        ),
        Transition(
            verb="leave", sources=frozenset({S.REFUSED}), target=Goal.SAME, roles=("system",), effect=forget
        ),
    ),
    words={
        "verb": {
            "apply": pgettext_lazy("verb", "register"),
            "approve": pgettext_lazy("verb", "approve"),
            "refuse": pgettext_lazy("verb", "refuse"),
            "suspend": pgettext_lazy("verb", "suspend"),
            "update": pgettext_lazy("verb", "update"),
            "leave": pgettext_lazy("verb", "leave for good"),
        },
        "role": {"self": _("Volunteer"), "staff": _("Staff"), "system": _("System")},
    },
)
