"""One request as the desk reads it: everything a dispatcher needs on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise

from civic.accounts.access import holds
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from civic.cases.models import CaseText
from civic.evidence import store
from civic.evidence.models import Photo, Voice
from civic.lib import clock, codes
from civic.lib.errors import NotFound
from requests_app import access, matching, reference
from requests_app.access import Sight
from requests_app.effects import appealing, parts
from requests_app.effects.referring import units_for
from requests_app.enums import FINAL, AssignmentState, OfferState
from requests_app.matching import Candidate
from requests_app.matching.candidates import SHOWN
from requests_app.models import (
    AnswerClass,
    Assignment,
    Category,
    Offer,
    Pool,
    Referral,
    ServiceRequest,
    TeamOffer,
    Unit,
)
from requests_app.queries import (
    alike,
    approvals,
    auto_dispatch_shown,
    desk_clocks,
    desk_history,
    desk_verbs,
    parts_shown,
    referrals_shown,
    waterfall_shown,
    why,
)
from requests_app.queries.bars import Segment, segments
from requests_app.queries.desk_rows import WAITS_FOR_NOBODY, desk_state, tone
from requests_app.suggesting.suggestions import Advice
from volunteers.models import Skill, Volunteer


def find(user: User, pk: int) -> tuple[ServiceRequest, Sight]:
    """Returns the request `pk` and how much of it `user` sees at the desk.

    Raises NotFound for one outside their areas, and for one they know only as a volunteer.
    """
    found = access.visible_to(user).select_related("proxy", "area", "merged_into").filter(pk=pk)
    request = found.annotate(
        has_referrals=Exists(Referral.objects.filter(request=OuterRef("pk"), round=OuterRef("round"))),
        has_joined=Exists(ServiceRequest.objects.filter(merged_into=OuterRef("pk"))),
    ).first()
    seen = access.sight(request, user) if request is not None else None
    if seen == Sight.SEALED:
        raise access.Sealed()
    if request is None or seen not in {Sight.OWN, Sight.STAFF}:
        raise NotFound()
    return request, seen


def sealed_open(user: User) -> list[ServiceRequest]:
    """Returns the open confidential requests that are closed to `user`, the most pressing first, 200 at most."""
    found = access.sealed_from(user).exclude(state__in=sorted(FINAL)).select_related("category")
    return list(found.order_by("act_by", "pk")[:200])


def sealed(user: User, pk: int) -> ServiceRequest:
    """Returns a confidential request that is closed to `user`; raises NotFound for any other."""
    found = access.sealed_from(user).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Choice:
    """A candidate as the right-hand column shows them."""

    rank: int
    candidate: Candidate
    segments: list[Segment]
    skills: list[Skill]


class Picture:
    """One request with its parts, read when the page asks for them and only once."""

    def __init__(self, user: User, pk: int) -> None:
        self.user = user
        self.request, self.sight = find(user, pk)

    @cached_property
    def category(self) -> Category:
        """The category, from memory."""
        return reference.snapshot().by_id[self.request.category_id]

    @property
    def public_summary(self) -> str:
        """What volunteers read before they accept."""
        return self.category.told(self.request.public_summary)

    @cached_property
    def advice(self) -> Advice | None:
        """What its words suggest, for whoever can amend it."""
        return Advice(self.request) if self.staff and "amend" in self.verbs else None

    @property
    def is_own(self) -> bool:
        """Whether the reader placed it or is whom it is for: nothing is masked for them."""
        return self.sight == Sight.OWN

    @cached_property
    def staff(self) -> bool:
        """Whether the reader answers for the area: sees who was asked, safety reports, the whole history."""
        return holds(self.user, access.READERS, self.request.scope)

    @cached_property
    def named(self) -> frozenset[int]:
        """The user ids of those who serve and agreed to be named to residents."""
        return parts_shown.named_to_residents([line.volunteer.user_id for line in self.active])

    def called(self, volunteer: Volunteer) -> str:
        """Returns the volunteer as the reader may know them: by name, or by number."""
        return volunteer.user.name if self.staff else self.called_for_resident(volunteer)

    def called_for_resident(self, volunteer: Volunteer) -> str:
        """Returns the number, with the name of who agreed to be named."""
        if volunteer.user_id in self.named:
            return f"{volunteer.user.name} {volunteer.number}"
        return volunteer.number

    @property
    def expected(self) -> list[str]:
        """Who comes, as a slip in the resident's hand says it."""
        return [self.called_for_resident(line.volunteer) for line in self.active]

    @property
    def hides_person(self) -> bool:
        """Triage at the city sees what is asked, not who asks, until somebody says why they need to."""
        return not self.is_own and self.request.needs_triage and self.request.district_id is None

    @property
    def place_label(self) -> str:
        """The areas from the street down."""
        return areas.path_label(self.request.area_id, below=AreaLevel.DISTRICT)

    @property
    def state_label(self) -> str | Promise:
        """The state in the desk's words."""
        return desk_state(self.request.state)

    @property
    def waits_until(self) -> datetime | None:
        """When the next step is due or the pause ends, None when nothing waits for the desk."""
        return self.request.act_by if self.request.state not in WAITS_FOR_NOBODY else None

    @property
    def tone(self) -> str:
        """ "red" over time, "warn" within the hour, else "gray"."""
        tones = {"red": "red", "amber": "warn"}
        how = "" if self.request.paused_until else tone(self.request.state, self.request.act_by, clock.now())
        return tones.get(how, "gray")

    @cached_property
    def offers(self) -> list[Offer]:
        """The offers of the current round, the newest first."""
        found = Offer.objects.filter(request=self.request, round=self.request.round)
        return list(found.select_related("volunteer__user").order_by("-pk"))

    @property
    def open_offers(self) -> list[Offer]:
        """Those that can still be answered, in the order in which they were made."""
        return [offer for offer in reversed(self.offers) if offer.state == OfferState.OPEN]

    @property
    def ended_offers(self) -> list[Offer]:
        """Those that ended without an acceptance."""
        ended = {OfferState.DECLINED, OfferState.EXPIRED, OfferState.WITHDRAWN}
        return [offer for offer in self.offers if offer.state in ended]

    @cached_property
    def pool(self) -> Pool | None:
        """The open pool, if there is one."""
        return parts.open_pool(self.request)

    @cached_property
    def told(self) -> list[why.Asked]:
        """Who was told of the open pool, the best first; for staff."""
        return why.told(self.request) if self.staff and self.pool is not None else []

    @cached_property
    def to_teams(self) -> list[TeamOffer]:
        """What was put to teams in the current round, for staff."""
        return parts_shown.asked_teams(self.request) if self.staff else []

    @cached_property
    def in_turn(self) -> waterfall_shown.InTurn | None:
        """How far the waterfall is that goes on, for staff."""
        return waterfall_shown.in_turn(self.request, self.offers) if self.staff else None

    @property
    def can_begin_in_turn(self) -> bool:
        """Whether the best can be asked one after another: not while that goes on, unless the kill switch holds it."""
        return not self.request.confidential and (self.in_turn is None or self.in_turn.is_held)

    @cached_property
    def goes_out_at(self) -> datetime | None:
        """When the rule of auto-dispatch for which it waits has it go out by itself, for staff."""
        spots = {self.request.pk: (self.request.category_id, self.request.area_id)} if self.staff else {}
        return auto_dispatch_shown.goes_out_at(spots).get(self.request.pk)

    @cached_property
    def every_assignment(self) -> list[Assignment]:
        """The assignments of all rounds, in order."""
        found = Assignment.objects.filter(request=self.request)
        return list(found.select_related("volunteer__user").order_by("round", "slot", "pk"))

    @property
    def assignments(self) -> list[Assignment]:
        """Those of the current round."""
        return [line for line in self.every_assignment if line.round == self.request.round]

    @property
    def active(self) -> list[Assignment]:
        """Those of the current round that hold a slot."""
        return [line for line in self.assignments if line.is_active]

    @property
    def ended(self) -> list[Assignment]:
        """Those that no longer hold a slot, and every one of earlier rounds."""
        return [line for line in self.every_assignment if line not in self.active]

    @property
    def free_slots(self) -> int:
        """How many slots have nobody."""
        return max(0, self.request.needed - len(self.active))

    @property
    def serving(self) -> list[Assignment]:
        """Who accepted or serves: whom staff can release."""
        return [line for line in self.active if line.state != AssignmentState.COMPLETED]

    @cached_property
    def why_asked(self) -> dict[int, why.Asked]:
        """What spoke for those who were asked, for staff, by the volunteer's id."""
        return why.asked(self.request) if self.staff else {}

    @cached_property
    def hands(self) -> referrals_shown.Hands:
        """Which units have, or had, the request in this round."""
        if not getattr(self.request, "has_referrals", True) and self.request.merged_into_id is None:
            return referrals_shown.NONE
        return referrals_shown.hands(self.request)

    @property
    def units(self) -> QuerySet[Unit]:
        """The units it can be referred to."""
        return units_for(self.request).select_related("area")

    @property
    def answer_classes(self) -> QuerySet[AnswerClass]:
        """How soon a unit can be asked to answer."""
        return AnswerClass.objects.filter(retired_at=None)

    @cached_property
    def joined(self) -> list[ServiceRequest]:
        """The requests that are joined to this one, or ended with it; for staff alone."""
        if not self.staff or not getattr(self.request, "has_joined", True):
            return []
        return list(self.request.joined.order_by("pk"))

    @property
    def alike(self) -> list[alike.Alike]:
        """What it may be about the same thing as, among what the reader may dispatch."""
        return alike.suggestions(self.request, access.dispatched_by(self.user))

    def by_code(self, code: str) -> ServiceRequest | None:
        """Returns the request with this code among what the reader may dispatch."""
        stored = codes.read_tracking_code(code)
        return access.dispatched_by(self.user).filter(code=stored).first() if stored else None

    @cached_property
    def can(self) -> desk_verbs.Possible:
        """What the reader can do now, and what only a colleague can."""
        return desk_verbs.possible(
            self.request,
            self.user,
            offers=self.offers,
            pool=self.pool,
            teams_asked=any(each.state == OfferState.OPEN for each in self.to_teams),
            assignments=self.every_assignment,
            proposals=self.proposals,
        )

    @property
    def verbs(self) -> dict[str, desk_verbs.Verb]:
        """What the reader can do now, by name."""
        return self.can.verbs

    @cached_property
    def set_aside(self) -> User | None:
        """Who may not decide alone, because the resident asked for another look."""
        return appealing.set_aside(self.request) if self.staff and self.request.is_open else None

    @cached_property
    def proposals(self) -> list[approvals.Proposal]:
        """What waits for a second person."""
        return approvals.of_request(self.request, self.user) if self.staff else []

    @property
    def decidable(self) -> list[approvals.Proposal]:
        """Those the reader may decide about."""
        return [line for line in self.proposals if line.may_decide]

    @property
    def own_proposals(self) -> list[approvals.Proposal]:
        """Those the reader made."""
        return [line for line in self.proposals if line.is_own]

    @property
    def strong_verbs(self) -> set[str]:
        """Those that are the one clear next step when nobody is to be asked."""
        return {"approve", "call_back", "confirm_start"} | ({"amend"} if self.request.needs_triage else set())

    @cached_property
    def history(self) -> list[desk_history.Line]:
        """The history in words, the newest first."""
        return self.moved_since(0)[::-1]

    def moved_since(self, version: int) -> list[desk_history.Line]:
        """Returns what happened after `version`, oldest first, in words."""
        return desk_history.story(
            self.request, self.user, staff=self.staff, since=version, hide_person=self.hides_person
        )

    @cached_property
    def clocks(self) -> list[desk_clocks.Line]:
        """Why each of its clocks stands where it stands, for staff."""
        return desk_clocks.lines(self.request) if self.staff else []

    @cached_property
    def concerns(self) -> list[CaseText]:
        """Safety reports; they stand above everything else, for staff alone."""
        if not self.staff:
            return []
        return list(
            CaseText.objects.filter(
                kind=self.request.kind, case_id=self.request.pk, name="concern", erased_at=None
            ).order_by("seq")
        )

    @cached_property
    def photos(self) -> Sequence[Photo]:
        """The photos that came with it and after it."""
        return store.photos_of(self.request.kind, self.request.pk)

    @cached_property
    def voices(self) -> Sequence[Voice]:
        """The voice notes."""
        return store.voices_of(self.request.kind, self.request.pk) if self.request.voice_id else []

    @cached_property
    def skills(self) -> list[Skill]:
        """The skills one of which it asks for."""
        return reference.named_skills(reference.skills_of(self.request))

    @cached_property
    def choices(self) -> list[Choice]:
        """The candidates, the best first, while somebody can be asked."""
        if "offer" not in self.verbs or self.request.district_id is None:
            return []
        found = matching.candidates(self.request, limit=SHOWN)
        known = {skill.pk: skill for skill in self.skills}
        return [
            Choice(
                rank=rank,
                candidate=candidate,
                segments=segments(candidate.parts, candidate.shares),
                skills=[known[pk] for pk in candidate.volunteer.skills if pk in known],
            )
            for rank, candidate in enumerate(found, start=1)
        ]
