"""Referrals as pages and the API show them: of one request, and what waits for a unit."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from civic.accounts.models import User
from civic.cases.models import CaseEvent, CaseText
from requests_app import access
from requests_app.enums import ReferralState
from requests_app.models import Referral, ServiceRequest, Unit, UnitMember

ANSWERED_SHOWN = 20


def of(request: ServiceRequest) -> list[Referral]:
    """Returns the referrals of the present round, the first receiver first; no query for a request just placed."""
    if request.version == 1:
        return []
    found = Referral.objects.filter(request=request, round=request.round)
    return list(found.select_related("unit", "answer_class").order_by("pk"))


def waiting_for(user: User) -> QuerySet[Referral]:
    """Returns what lies with the units of `user`, leading or assisting, the most urgent first."""
    found = access.referrals_to(access.units_of(user))
    return found.select_related("request__category", "unit", "answer_class").order_by("due_at", "pk")


def ended_for(user: User) -> list[Referral]:
    """Returns what the units of `user` answered or gave away lately, the newest first."""
    found = Referral.objects.filter(unit__in=access.units_of(user)).exclude(state=ReferralState.OPEN)
    return list(found.select_related("request", "unit").order_by("-ended_at")[:ANSWERED_SHOWN])


def members(request: ServiceRequest) -> frozenset[int]:
    """Returns the ids of those who answer for a unit that has, or had, this request."""
    if request.version == 1:
        return frozenset()
    found = UnitMember.objects.filter(unit__referrals__request=request)
    return frozenset(found.values_list("user_id", flat=True))


@dataclass(frozen=True)
class Hands:
    """Who has, or had, a request in the present round: its referrals, who coordinates, how often it came back."""

    referrals: list[Referral]
    assisting: list[Unit]
    note: str
    answer: str

    @property
    def current(self) -> Referral | None:
        """The open referral, else the one that was answered."""
        held = (ReferralState.OPEN, ReferralState.ANSWERED)
        return next((each for each in reversed(self.referrals) if each.state in held), None)

    @property
    def first(self) -> Unit | None:
        """The unit that received it first (首接负责)."""
        return self.referrals[0].unit if self.referrals else None

    @property
    def bounces(self) -> int:
        """How often it was returned."""
        return sum(1 for each in self.referrals if each.state == ReferralState.RETURNED)


NONE = Hands([], [], "", "")


def hands(request: ServiceRequest) -> Hands:
    """Returns who has the request in hand, with the last words to and of a unit in this round."""
    lines = of(request)
    if not lines:
        shared = said(request, "follow", "answer") if request.merged_into_id else ""
        return Hands([], [], "", shared)
    assisting = list(Unit.objects.filter(pk__in=lines[-1].assisting)) if lines[-1].assisting else []
    return Hands(lines, assisting, said(request, "refer", "note"), said(request, "unit_reply", "answer"))


def said(request: ServiceRequest, verb: str, name: str) -> str:
    """Returns the last words `name` beside `verb` in this round, "" without any or when they were erased."""
    event = CaseEvent.objects.filter(
        kind=request.kind, case_id=request.pk, round=request.round, verb=verb
    ).order_by("-seq")
    seq = event.values_list("seq", flat=True).first()
    if seq is None:
        return ""
    words = CaseText.objects.filter(kind=request.kind, case_id=request.pk, seq=seq, name=name, erased_at=None)
    return words.values_list("body", flat=True).first() or ""
