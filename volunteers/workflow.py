"""The flow of a volunteer's registration: apply > approve, and what may follow."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.areas import queries as areas
from civic.cases.change import Change
from civic.cases.models import CaseText
from civic.cases.workflow import SYSTEM, Goal, Transition, Workflow
from volunteers import feeds, idle, profile, taken_over, team_effects
from volunteers.access import decides_about
from volunteers.enums import VolunteerState as S
from volunteers.models import Volunteer
from volunteers.telling import tell


def standing(volunteer: Volunteer, actor: Any) -> frozenset[str]:
    """Returns the role in which `actor` stands towards the volunteer: self, or staff of the area.

    Never both: nobody approves, vets or insures themselves.
    """
    if actor is SYSTEM:
        return frozenset({"system"})
    if volunteer.user_id == actor.pk:
        return frozenset({"self"})
    return frozenset({"staff"}) if decides_about(actor, volunteer) else frozenset()


def approve(change: Change) -> None:
    """Approves; `vetted` and `insured_until` may be noted with it."""
    if change.fact("vetted"):
        change.case.vetted_at = change.at
    if change.fact("insured_until"):
        change.case.insured_until = change.fact("insured_until")
    reinstate(change)


def reinstate(change: Change) -> None:
    """Lets somebody be asked (again)."""
    tell(change)
    idle.watch(change)


def suspend(change: Change) -> None:
    """Nobody asks them for now."""
    tell(change)
    idle.stop(change)


def ask_back(change: Change) -> None:
    """Says what is missing before staff can decide."""
    tell(change)


def update_profile(change: Change) -> None:
    """Changes what stands in the row itself: skills, point, bounds, pause, words; staff renew the insurance too."""
    allowed = [
        "skills",
        "service_classes",
        "lat",
        "lon",
        "active",
        "about",
        "languages",
        "radius_m",
        "daily_limit",
        "weekly_limit",
        "wanted",
        "unwanted",
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
    _leave_the_number(change)
    profile.forget(volunteer)
    team_effects.leave_every_team(volunteer)
    texts = CaseText.objects.filter(kind=volunteer.kind, case_id=volunteer.pk, erased_at=None)
    texts.update(body="", erased_at=change.at)


def _leave_the_number(change: Change) -> None:
    """Empties the row of the volunteer and ends their timers; the write door writes both."""
    volunteer: Volunteer = change.case
    lineage = areas.tree().lineage(volunteer.area_id)
    volunteer.area_id = next((area.pk for area in lineage if area.pk == volunteer.district_id), lineage[0].pk)
    volunteer.street_id = volunteer.community_id = volunteer.grid_id = None
    volunteer.lat = volunteer.lon = volunteer.birth_date = volunteer.vetted_at = volunteer.insured_until = (
        None
    )
    volunteer.skills, volunteer.about, volunteer.active = [], "", False
    profile.empty(volunteer)
    change.void_timers()


def take_back(change: Change) -> None:
    """Leaves of somebody whom a register named the number alone, and of their account what was there before.

    With the fact `left_to` the number goes to this account, and the caller, who takes back many people to whom nothing
    refers, sees to all that stands beside the row (volunteers.imports.undoing).
    """
    if change.fact("left_to"):
        _leave_the_number(change)
        change.case.user_id = change.fact("left_to")
    else:
        forget(change)
        taken_over.leave_account(change)
    if change.fact("batch"):
        change.record(**{"import": change.fact("batch")})


HERE = frozenset({S.APPLIED, S.ASKED_BACK, S.APPROVED, S.SUSPENDED, S.LAPSED})


def _keeping(verb: str, effect: Any, *roles: str, requires: tuple[str, ...] = ()) -> Transition:
    """Returns the row of a verb that changes the profile of whoever is here, and never where they stand."""
    return Transition(
        verb=verb, sources=HERE, target=Goal.SAME, roles=roles, effect=effect, requires=requires
    )


VOLUNTEERS = Workflow(
    kind=Volunteer.kind,
    model=Volunteer,
    initial=S.APPLIED,
    final=frozenset({S.REFUSED, S.LEFT}),
    standing=standing,
    transitions=(
        # Who comes in
        Transition(
            verb="approve",
            sources=frozenset({S.APPLIED, S.ASKED_BACK}),
            target=S.APPROVED,
            roles=("staff",),
            guards=(profile.needs_before_approval,),
            effect=approve,
        ),
        Transition(
            verb="ask_back",
            sources=frozenset({S.APPLIED}),
            target=S.ASKED_BACK,
            roles=("staff",),
            effect=ask_back,
            requires=("reason",),
        ),
        Transition(
            verb="answer",
            sources=frozenset({S.ASKED_BACK}),
            target=S.APPLIED,
            roles=("self",),
            effect=lambda change: change.text("words", str(change.fact("words") or "")),
        ),
        Transition(
            verb="refuse",
            sources=frozenset({S.APPLIED, S.ASKED_BACK}),
            target=S.REFUSED,
            roles=("staff",),
            effect=tell,
            requires=("reason",),
        ),
        # Whom a register named (opened by "enrol")
        Transition(
            verb="admit",
            sources=frozenset({S.APPLIED}),
            target=S.APPROVED,
            roles=("staff",),
            guards=(profile.needs_before_approval,),
            effect=idle.watch,
        ),
        _keeping("fill_in", taken_over.fill_in, "staff", requires=("given",)),
        _keeping("take_out", taken_over.take_out, "staff", requires=("fields",)),
        Transition(
            verb="undo_import",
            sources=frozenset({S.APPLIED, S.APPROVED}),
            target=S.LEFT,
            roles=("staff",),
            effect=take_back,
        ),
        _keeping("agree", taken_over.agree, "self"),
        Transition(
            verb="decline",
            sources=HERE,
            target=S.LEFT,
            roles=("self",),
            guards=(taken_over.may_decline,),
            effect=take_back,
        ),
        # Who is not asked for a time
        Transition(
            verb="suspend",
            sources=frozenset({S.APPROVED, S.LAPSED}),
            target=S.SUSPENDED,
            roles=("staff",),
            effect=suspend,
            requires=("reason",),
        ),
        Transition(
            verb="reinstate",
            sources=frozenset({S.SUSPENDED}),
            target=S.APPROVED,
            roles=("staff",),
            guards=(profile.needs_before_approval,),
            effect=reinstate,
        ),
        Transition(
            verb="ask_idle",
            sources=frozenset({S.APPROVED}),
            target=Goal.SAME,
            roles=("system",),
            effect=idle.ask,
        ),
        Transition(
            verb="lapse",
            sources=frozenset({S.APPROVED}),
            target=frozenset({S.APPROVED, S.LAPSED}),
            roles=("system",),
            effect=idle.lapse,
        ),
        Transition(
            verb="stay",
            sources=frozenset({S.APPROVED, S.LAPSED}),
            target=S.APPROVED,
            roles=("self",),
            effect=idle.watch,
        ),
        # What is known about them
        _keeping("update", update_profile, "self", "staff"),
        _keeping("add_hours", profile.add_hours, "self", requires=("weekdays", "starts", "ends")),
        _keeping("drop_hours", profile.drop_hours, "self", requires=("weekdays", "starts", "ends")),
        _keeping("add_extra", profile.add_extra, "self", requires=("day", "starts", "ends")),
        _keeping("drop_extra", profile.drop_extra, "self", requires=("row",)),
        _keeping("add_days_off", profile.add_days_off, "self", requires=("first", "last")),
        _keeping("drop_days_off", profile.drop_days_off, "self", requires=("row",)),
        _keeping("keep_papers", profile.keep_papers, "self"),
        _keeping("pledge", profile.pledge, "self"),
        _keeping("add_paper", profile.add_paper, "self", requires=("kind",)),
        _keeping("drop_paper", profile.drop_paper, "self", requires=("paper",)),
        _keeping("check_paper", profile.check_paper, "staff", requires=("paper",)),
        _keeping("note_guardian", profile.note_guardian, "staff"),
        _keeping("make_feed", feeds.make, "self", requires=("digest",)),
        _keeping("drop_feed", feeds.drop, "self"),
        # Who goes
        Transition(verb="leave", sources=HERE, target=S.LEFT, roles=("system",), effect=forget),
        Transition(
            verb="leave", sources=frozenset({S.REFUSED}), target=Goal.SAME, roles=("system",), effect=forget
        ),
    ),
    timers=idle.TIMERS,
    words={
        "verb": {
            "apply": pgettext_lazy("verb", "register"),
            "approve": pgettext_lazy("verb", "approve"),
            "ask_back": pgettext_lazy("verb", "ask for more"),
            "answer": pgettext_lazy("verb", "answer what was asked for"),
            "refuse": pgettext_lazy("verb", "refuse"),
            "enrol": pgettext_lazy("verb", "take over from a register"),
            "admit": pgettext_lazy("verb", "approve as the register said"),
            "fill_in": pgettext_lazy("verb", "complete from a register"),
            "take_out": pgettext_lazy("verb", "take back what a register completed"),
            "undo_import": pgettext_lazy("verb", "undo the import"),
            "agree": pgettext_lazy("verb", "agree to being a volunteer"),
            "decline": pgettext_lazy("verb", "not want to be a volunteer"),
            "suspend": pgettext_lazy("verb", "suspend"),
            "reinstate": pgettext_lazy("verb", "reinstate"),
            "ask_idle": pgettext_lazy("verb", "ask who was idle for a year"),
            "lapse": pgettext_lazy("verb", "let rest who did not answer"),
            "stay": pgettext_lazy("verb", "stay with us"),
            "update": pgettext_lazy("verb", "update"),
            "add_hours": pgettext_lazy("verb", "add hours of the week"),
            "drop_hours": pgettext_lazy("verb", "remove hours of the week"),
            "add_extra": pgettext_lazy("verb", "add extra hours"),
            "drop_extra": pgettext_lazy("verb", "remove extra hours"),
            "add_days_off": pgettext_lazy("verb", "add days off"),
            "drop_days_off": pgettext_lazy("verb", "remove days off"),
            "keep_papers": pgettext_lazy("verb", "give ID number or guardian"),
            "pledge": pgettext_lazy("verb", "make the pledge"),
            "add_paper": pgettext_lazy("verb", "show a qualification"),
            "drop_paper": pgettext_lazy("verb", "remove a qualification"),
            "check_paper": pgettext_lazy("verb", "check a qualification"),
            "note_guardian": pgettext_lazy("verb", "note what the guardian says"),
            "make_feed": pgettext_lazy("verb", "make a calendar address"),
            "drop_feed": pgettext_lazy("verb", "revoke the calendar address"),
            "leave": pgettext_lazy("verb", "leave for good"),
        },
        "timer": {
            "idle": pgettext_lazy("timer", "idle for a year"),
            "unheard": pgettext_lazy("timer", "no answer for a month"),
        },
        "role": {"self": _("Volunteer"), "staff": _("Staff"), "system": _("System")},
    },
)
