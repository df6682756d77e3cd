"""Proposals about requests as people read them: what waits for me, what I proposed, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from civic.accounts import access as held_roles
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.cases import approvals
from civic.cases.enums import ApprovalState
from civic.cases.models import Approval, CaseEvent, CaseText
from civic.evidence import store
from civic.evidence.models import Photo
from civic.lib import keyset, spoken
from requests_app import access, words
from requests_app.enums import ExemptReason, UnitResult
from requests_app.models import ServiceRequest

KIND = ServiceRequest.kind
PAGE = 50
BOXES = ("waiting", "proposed", "decided")


@dataclass(frozen=True)
class Proposal:
    """One proposal with its request, for `reader`."""

    approval: Approval
    request: ServiceRequest
    step: str
    what: str  # the facts of it in words
    reason: str
    may_decide: bool
    sealed: bool
    is_own: bool
    why_refused: str = ""
    photos: Sequence[Photo] = ()  # what goes with it, for its proposer and for who may decide

    @property
    def pk(self) -> int:
        return self.approval.pk

    @property
    def is_answer(self) -> bool:
        """Whether it is a unit's answer that nothing can be done."""
        return self.approval.verb == "unit_reply"

    @property
    def waits(self) -> bool:
        """Whether nobody has decided about it yet."""
        return self.approval.state == ApprovalState.OPEN

    @property
    def headline(self) -> str:
        return _("Confidential request") if self.sealed else self.request.headline

    @property
    def told(self) -> str:
        """It in one line: the step, what exactly, and who proposed it."""
        what = _(": %(what)s") % {"what": self.what} if self.what else ""
        return f"{self.step}{what} · {self.approval.proposer}"


def box(user: User, name: str) -> QuerySet[Approval]:
    """Returns the proposals in one of BOXES, of requests `user` may list; without those they could never decide."""
    found = Approval.objects.filter(kind=KIND).select_related("proposer", "decider")
    if name == "proposed":
        return found.filter(proposer=user)
    if name == "decided":
        within = access.listed_for(user).values("pk")
        return found.filter(case_id__in=within).exclude(state=ApprovalState.OPEN)
    mine = ServiceRequest.objects.filter(held_roles.scope_q(user, {Role.DISPATCHER})).exclude(
        access.own(user)
    )
    worked = CaseEvent.objects.filter(kind=KIND, case_id=OuterRef("case_id"), actor=user)
    return found.filter(
        ~Exists(worked.exclude(verb__in=approvals.DECIDING)),
        ~Q(proposer=user),
        state=ApprovalState.OPEN,
        case_id__in=mine.values("pk"),
    )


def page(user: User, name: str, cursor: str = "") -> keyset.Page[Proposal]:
    """Returns a page of a box in words: what waits by the time it runs out, the rest the newest first."""
    order = ("expires_at", "id") if name == "waiting" else ("-id",)
    found = keyset.page(box(user, name), order=order, size=PAGE, cursor=cursor)
    return keyset.Page(shown(found.rows, user), found.next, found.previous)


def of_request(request: ServiceRequest, reader: User) -> list[Proposal]:
    """Returns the open proposals about one request, for staff who read it."""
    found = Approval.objects.filter(kind=KIND, case_id=request.pk, state=ApprovalState.OPEN)
    return shown(list(found.select_related("proposer", "decider").order_by("pk")), reader)


def later_limit(request: ServiceRequest, reader: User, *, since: datetime) -> Proposal | None:
    """Returns the last proposal of a later limit that waits, or that a unit made from `since` on and that was decided
    or ran out; what was taken back is not among them."""
    found = Approval.objects.filter(
        Q(state=ApprovalState.OPEN) | Q(role="unit", proposed_at__gte=since),
        kind=KIND,
        case_id=request.pk,
        verb="extend",
    ).exclude(state=ApprovalState.WITHDRAWN)
    lines = list(found.select_related("proposer", "decider").order_by("-pk")[:1])
    return shown(lines, reader)[0] if lines else None


def newest(request: ServiceRequest, verb: str, *, by: User) -> Proposal:
    """Returns the last proposal of `verb` that somebody made about a request."""
    made = box(by, "proposed").filter(case_id=request.pk, verb=verb)
    return shown([made.latest("pk")], by)[0]


def shown(lines: Sequence[Approval], reader: User) -> list[Proposal]:
    """Returns proposals in words; three queries for all, and those of the rules for each that is open."""
    requests = ServiceRequest.objects.in_bulk([line.case_id for line in lines])
    texts = _texts(lines)
    confidential = [pk for pk, case in requests.items() if case.confidential]
    sealed = access.sealed_from(reader).filter(pk__in=confidential) if confidential else None
    closed = set(sealed.values_list("pk", flat=True)) if sealed is not None else set()
    found = []
    for line in lines:
        case, waits = requests[line.case_id], line.state == ApprovalState.OPEN
        is_closed, is_own = case.pk in closed, line.proposer_id == reader.pk
        written = {} if is_closed else texts.get((line.case_id, line.seq), {})
        may_decide = waits and not approvals.why_not(case, line, reader)
        found.append(
            Proposal(
                approval=line,
                request=case,
                step=str(words.VERBS.get(line.verb, line.verb)),
                what=_what(line),
                reason=written.get("reason") or written.get("text") or "",
                may_decide=may_decide,
                sealed=is_closed,
                is_own=is_own,
                why_refused=_refusal(line),
                photos=_photos(line) if is_own or (may_decide and not is_closed) else (),
            )
        )
    return found


def _texts(lines: Sequence[Approval]) -> dict[tuple[int, int], dict[str, str]]:
    beside = Q(pk__in=[])
    for line in lines:
        beside |= Q(case_id=line.case_id, seq=line.seq)
    found: dict[tuple[int, int], dict[str, str]] = {}
    for text in CaseText.objects.filter(beside, kind=KIND, erased_at=None):
        found.setdefault((text.case_id, text.seq), {})[text.name] = text.body
    return found


def _photos(line: Approval) -> Sequence[Photo]:
    """Returns the photos that wait with it; one query, for what has some."""
    has_some = line.state == ApprovalState.OPEN and line.facts.get("plain", {}).get("photos")
    return store.photos_of(approvals.PROPOSED, line.pk) if has_some else ()


def _refusal(line: Approval) -> str:
    """Returns why it was refused; one query, for refused ones only."""
    if line.state != ApprovalState.REFUSED:
        return ""
    event = CaseEvent.objects.filter(
        kind=KIND, case_id=line.case_id, verb="refuse", facts__approval=line.pk
    ).values("seq")[:1]
    said = CaseText.objects.filter(
        kind=KIND, case_id=line.case_id, seq=Subquery(event), name="reason", erased_at=None
    )
    return said.values_list("body", flat=True).first() or ""


def _what(line: Approval) -> str:
    """Returns the facts that matter in words: the reason chosen, the moment named."""
    facts = line.facts.get("plain", {})
    code = facts.get("reason_code")
    if line.verb == "exempt" and code in ExemptReason.values:
        return str(ExemptReason(code).label)
    if line.verb == "unit_reply":
        return str(UnitResult.EXPLAINED.label)
    moment = line.facts.get("moments", {}).get("due_at")
    due: datetime | None = parse_datetime(moment) if moment else None
    return _("until %(due)s") % {"due": spoken.limit(due, weekday=True)} if due else ""
