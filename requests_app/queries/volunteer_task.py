"""One request up close, as the volunteer it was put to stands to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.evidence import store
from civic.evidence.models import Photo, Voice
from civic.lib import clock
from civic.lib.errors import NotAllowed
from requests_app import access, matching
from requests_app.effects.asking import no_blame_until
from requests_app.effects.parts import minutes_since
from requests_app.enums import ACTIVE, AssignmentState, OfferVia, PoolState
from requests_app.models import Assignment, Considered, Offer, Pool, ServiceRequest
from requests_app.models.matching import TOLD
from requests_app.queries import for_volunteer, work_shown
from requests_app.queries.for_volunteer import SUMMARY_COLUMNS
from requests_app.queries.volunteer import Card, card_of, missing_of, times_done
from requests_app.queries.work_shown import Work
from volunteers.models import Commitment, Volunteer

WISHES = {
    "available",
    "daily_limit",
    "weekly_limit",
}  # rules that volunteers set themselves; the pool knows none


class Task:
    """One request up close, as this volunteer stands to it."""

    def __init__(self, request: ServiceRequest, volunteer: Volunteer) -> None:
        self.request, self.volunteer = request, volunteer
        mine = {"request": request, "volunteer": volunteer}
        self.offer = Offer.objects.filter(**mine).order_by("-pk").first()
        self.part = Assignment.objects.filter(**mine).order_by("-pk").first()
        self.pool = for_volunteer.open_pool(volunteer).filter(request=request).first()
        self.stage = self._stage()

    def _stage(self) -> str:
        """offer | pool | accepted | in_service | completed | ended: what page this is."""
        part, offer, round_now = self.part, self.offer, self.request.round
        if self.request.is_open:
            if part is not None and part.round == round_now and part.state in ACTIVE:
                return str(part.state)
            if offer is not None and offer.round == round_now and offer.state == "open":
                if offer.expires_at is None or offer.expires_at > clock.now():
                    return "offer"
            elif self.pool is not None:
                return "pool"
        return "ended"

    @property
    def serves(self) -> bool:
        """Whether the volunteer sees what is needed to serve: accepted, and not long over."""
        serving = self.volunteer.is_approved and self.stage in {"accepted", "in_service", "completed"}
        return serving and self.part is not None and access.contact_open(self.part)

    @property
    def contact_until(self) -> datetime | None:
        """Until when name, phone and address are shown to who has checked out."""
        return access.contact_until(self.part) if self.part is not None else None

    @property
    def may_be_shared(self) -> bool:
        """Whether a team mate may be told of it: open, and not confidential, which is offered by name alone."""
        return self.stage in {"offer", "pool", "accepted"} and not self.request.confidential

    @property
    def is_by_name(self) -> bool:
        """Whether it is not in the pool now, so that nobody who only hears of it can take it."""
        return not Pool.objects.filter(
            request=self.request, state=PoolState.OPEN, closes_at__gt=clock.now()
        ).exists()

    @cached_property
    def against_wishes(self) -> list[str]:
        """What the volunteer has said of their hours and limits that speaks against taking it from the pool."""
        if self.stage != "pool":
            return []
        whole = ServiceRequest.objects.get(pk=self.request.pk)
        barred = matching.failed_by(whole, [self.volunteer.pk]).get(self.volunteer.pk, [])
        return [str(rule.own_words) for rule in barred if rule.code in WISHES]

    @property
    def is_start_open(self) -> bool:
        """Whether no start is agreed yet, so that the first to accept proposes one."""
        return self.request.agreed_start is None

    @cached_property
    def whole(self) -> ServiceRequest:
        """The request with everything; only for who serves."""
        if not self.serves:
            raise NotAllowed()
        return ServiceRequest.objects.get(pk=self.request.pk)

    @property
    def photos(self) -> list[Photo]:
        """The photos that came with it; only for who serves."""
        return self._photos[0]

    @property
    def works(self) -> list[Work]:
        """The photos of the work, by who took them; only for who serves."""
        return self._photos[1]

    @cached_property
    def _photos(self) -> tuple[list[Photo], list[Work]]:
        photos = store.photos_of(ServiceRequest.kind, self.request.pk) if self.serves else []
        if not photos:
            return [], []
        parts = Assignment.objects.filter(request=self.request, completed_at__isnull=False)
        return work_shown.split(photos, list(parts.select_related("volunteer__user")))

    @cached_property
    def note(self) -> str:
        """What the volunteer wrote to the desk when finishing."""
        finished = self.serves and self.stage == "completed"
        return work_shown.own_note(self.request, self.volunteer.user_id) if finished else ""

    @cached_property
    def voices(self) -> list[Voice]:
        """The resident's voice note; only for who serves."""
        return store.voices_of(ServiceRequest.kind, self.request.pk) if self.serves else []

    @cached_property
    def card(self) -> Card:
        """The summary."""
        missing = missing_of([self.request])
        offer = self.offer if self.stage == "offer" else None
        pool = self.pool if self.stage == "pool" else None
        told = self._told if pool else None
        done = times_done(self.volunteer) if offer or told else {}
        return card_of(self.request, self.volunteer, missing, offer=offer, pool=pool, done=done, told=told)

    @property
    def _told(self) -> Considered | None:
        """How it stood with them when they were told of the pool in this round; None for who found it themselves."""
        found = Considered.objects.filter(TOLD, request=self.request, round=self.request.round)
        return found.filter(volunteer=self.volunteer).first()

    @property
    def served(self) -> tuple[datetime, datetime] | None:
        """When the volunteer was at work, once that is over."""
        part = self.part
        if part is None or part.checked_in_at is None or part.ended_at is None:
            return None
        return part.checked_in_at, part.ended_at

    @property
    def elapsed_minutes(self) -> int:
        """Minutes since check-in, rounded up: the most that can be served."""
        if self.part is None or self.part.checked_in_at is None:
            return 0
        return minutes_since(self.part.checked_in_at, clock.now())

    @cached_property
    def others(self) -> int:
        """How many other people serve in this round."""
        if self.part is None:
            return 0
        same = Assignment.objects.filter(request=self.request, round=self.request.round, state__in=ACTIVE)
        return same.exclude(pk=self.part.pk).count()

    @cached_property
    def may_say_no_until(self) -> datetime | None:
        """Until when somebody whom a leader named may say no without it counting; None for everybody else."""
        part = self.part
        if part is None or self.stage != "accepted" or part.offer.via != OfferVia.TEAM:
            return None
        if part.offer.made_by_id == self.volunteer.user_id:
            return None
        until = no_blame_until(part)
        return until if until > clock.now() else None

    @property
    def begins_later(self) -> bool:
        """Whether it is more than an hour until the agreed start."""
        return self.part is not None and self.part.agreed_start - clock.now() > timedelta(hours=1)

    @property
    def is_late(self) -> bool:
        """Whether it should have begun."""
        return self.stage == "accepted" and self.part is not None and self.part.agreed_start < clock.now()

    @property
    def time_moved(self) -> bool:
        """Whether the terms to confirm move the time (else the place)."""
        agreed = self.request.agreed_start
        return self.part is not None and agreed is not None and agreed != self.part.agreed_start

    def ended_words(self) -> tuple[str, str]:
        """Returns what became of it for this volunteer, and a second sentence."""
        part, offer = self.part, self.offer
        if part is not None and (offer is None or part.offer_id == offer.pk):
            return _PART_ENDED.get(part.state, _ended)()
        if offer is not None:
            return _OFFER_ENDED.get(offer.state, _offer_expired)()
        return _gone()


def find(user: User, volunteer: Volunteer, pk: int) -> Task | None:
    """Returns the request `pk` as put to `volunteer`, with its summary columns only; None when it was not.

    None too for people who see it in another role only: as beneficiary, as staff.
    """
    request = access.visible_to(user).filter(pk=pk).only(*SUMMARY_COLUMNS).first()
    if request is None:
        return None
    task = Task(request, volunteer)
    return task if task.offer is not None or task.part is not None or task.pool is not None else None


def was_in_reach(volunteer: Volunteer, pk: int) -> bool:
    """Whether the pool of this request was open to the volunteer's district: it is gone, not unknown."""
    return (
        volunteer.is_approved
        and Pool.objects.filter(request_id=pk, district_id=volunteer.district_id).exists()
    )


def promised(volunteer: Volunteer) -> list[tuple[datetime, datetime]]:
    """Returns the times that the volunteer has promised and that are not over, in order."""
    rows = Commitment.objects.filter(volunteer=volunteer, active=True, during__endswith__gt=clock.now())
    return sorted((during.lower, during.upper) for during in rows.values_list("during", flat=True))


def clashes(volunteer: Volunteer, start: datetime | None, minutes: int) -> list[Assignment]:
    """Returns the volunteer's own assignments that overlap `minutes` from `start`."""
    if start is None:
        return []
    during = (start, start + timedelta(minutes=minutes))
    busy = Commitment.objects.filter(
        volunteer=volunteer, active=True, subject_kind="assignment", during__overlap=during
    )
    return list(
        Assignment.objects.filter(pk__in=busy.values("subject_id"))
        .select_related("request")
        .only("agreed_start", "expected_minutes", "request__public_summary", "request__category_id")
        .order_by("agreed_start")
    )


def _done() -> tuple[str, str]:
    return _("Done. Thank you!"), _("Your hours are in your record.")


def _given_up() -> tuple[str, str]:
    return _("You gave this back."), _("Somebody else is being asked.")


def _no_show() -> tuple[str, str]:
    return _("Noted as not attended."), _(
        "If there was a reason, please call the community; it can be excused."
    )


def _released() -> tuple[str, str]:
    return _("You need not go any more."), _("It was settled or cancelled. Thank you all the same.")


def _declined() -> tuple[str, str]:
    return _("You said: not this time."), _("That is quite all right.")


def _offer_expired() -> tuple[str, str]:
    return _("The time to answer has run out."), _("Another time.")


def _withdrawn() -> tuple[str, str]:
    return _("This has been settled without you."), _("Thank you for being there.")


def _gone() -> tuple[str, str]:
    return _("This is no longer open."), _("Somebody else was first, or it was cancelled.")


def _ended() -> tuple[str, str]:
    return _("This has ended."), _("It began anew without you.")


_PART_ENDED: dict[str, Callable[[], tuple[str, str]]] = {
    AssignmentState.COMPLETED: _done,
    AssignmentState.GIVEN_UP: _given_up,
    AssignmentState.NO_SHOW: _no_show,
    AssignmentState.RELEASED: _released,
}
_OFFER_ENDED = {"declined": _declined, "expired": _offer_expired, "withdrawn": _withdrawn}
