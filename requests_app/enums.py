"""The words requests' rows store."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RequestState(models.TextChoices):
    """Where a service request stands; while it is open the state is computed from its parts."""

    SUBMITTED = "submitted", _("Waiting for dispatch")
    OFFERED = "offered", _("Asking volunteers")
    ACCEPTED = "accepted", _("Accepted")
    IN_SERVICE = "in_service", _("In service")
    REFERRED = "referred", _("With a responsible unit")
    MERGED = "merged", _("Joined to another request")
    COMPLETED = "completed", _("Waiting for your rating")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Not taken on")
    CANCELLED = "cancelled", _("Cancelled")


FINAL = frozenset({RequestState.CLOSED, RequestState.REJECTED, RequestState.CANCELLED})
OPEN = frozenset(set(RequestState) - FINAL)
OTHERS = frozenset({RequestState.REFERRED, RequestState.MERGED})  # open, but its own parts do not move it


class OfferState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Not this time")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PoolState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class PassedOver(models.TextChoices):
    """Why an open pool did not tell somebody whose rank would have done."""

    WEEK = "week", _("Has had the notices of a week")
    UNWANTED = "unwanted", _("Wants no notices of open pools")


class WaterfallState(models.TextChoices):
    OPEN = "open", pgettext_lazy("waterfall", "Going on")
    CLOSED = "closed", _("Ended")


class WaterfallEnd(models.TextChoices):
    """Why asking one after another ended, once it has."""

    NONE = "", pgettext_lazy("waterfall", "Going on")
    FILLED = "filled", _("Every slot has somebody")
    NOBODY = "nobody", _("Nobody left to ask")
    STOPPED = "stopped", _("Stopped")


class DispatchMode(models.TextChoices):
    """How people are asked: those who were chosen, or the best candidates one after another."""

    DIRECT = "direct", _("The chosen people")
    WATERFALL = "waterfall", _("One after another")


class AssignmentState(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    IN_SERVICE = "in_service", _("In service")
    COMPLETED = "completed", _("Completed")
    GIVEN_UP = "given_up", _("Given up")
    NO_SHOW = "no_show", _("Did not come")
    RELEASED = "released", _("Released")


class ReferralState(models.TextChoices):
    """Where a referral to a unit stands."""

    OPEN = "open", _("Waiting for the unit")
    ANSWERED = "answered", _("Answered")
    RETURNED = "returned", _("Returned")
    RECALLED = "recalled", _("Recalled")
    ENDED = "ended", _("Ended with the request")


class UnitKind(models.TextChoices):
    """What kind of office a responsible unit is."""

    BUREAU = "bureau", _("Bureau of the district")
    STREET = "street", _("Street office")
    UTILITY = "utility", _("Utility company")
    PROPERTY = "property", _("Property management")
    OTHER = "other", pgettext_lazy("unit", "Other")


class UnitResult(models.TextChoices):
    """What a unit's answer comes to."""

    SOLVED = "solved", _("Solved")
    EXPLAINED = "explained", _("Explained, not solvable")


ACTIVE = frozenset({AssignmentState.ACCEPTED, AssignmentState.IN_SERVICE, AssignmentState.COMPLETED})


class Urgency(models.TextChoices):
    URGENT = "urgent", _("Urgent")
    NORMAL = "normal", pgettext_lazy("urgency", "Normal")
    FLEXIBLE = "flexible", _("Not in a hurry")


class Step(models.TextChoices):
    """What a time limit is for: from when until when each runs is told by effects.clocks."""

    ANSWER = "answer", _("Answer by the unit")
    DISPATCH = "dispatch", _("Dispatch")
    ACCEPT = "accept", _("Acceptance")
    START = "start", _("Start")
    FINISH = "finish", _("Finish")
    CLIMB = "climb", _("Each level up when overdue")


class PauseReason(models.TextChoices):
    AWAY = "away", _("The resident is away")
    WEATHER = "weather", _("The weather")
    PARTS = "parts", _("Waiting for parts")


class Source(models.TextChoices):
    SELF = "self", _("Resident")
    PROXY = "proxy", _("Proxy")
    DESK = "desk", _("Desk or telephone")
    IMPORT = "import", _("Import")


class Sensitive(models.TextChoices):
    """Why a category needs a separate consent (PIPL art. 28)."""

    NONE = "", _("None")
    HEALTH = "health", _("Health")
    DISABILITY = "disability", _("Disability")
    MINOR = "minor", _("Child under 14")


class Solved(models.TextChoices):
    YES = "yes", _("Solved")
    PARTLY = "partly", _("Partly solved")
    NO = "no", _("Not solved")


class Outcome(models.TextChoices):
    """How a round ended, once it has."""

    NONE = "", _("None yet")
    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Partly solved")
    UNSOLVED = "unsolved", _("Not solved")
    UNRATED = "unrated", _("Closed without a rating")
    IMPORT_UNDONE = "import_undone", _("Import undone")
    TAKEN_OVER = "taken_over", _("Closed in the earlier system")


UNCOUNTED = frozenset({Outcome.IMPORT_UNDONE, Outcome.TAKEN_OVER})  # not served here: in no figure


class RatedVia(models.TextChoices):
    BENEFICIARY = "beneficiary", _("By the resident")
    CALL_BACK = "call_back", _("In a call-back")


class OfferVia(models.TextChoices):
    DIRECT = "direct", _("Offered directly")
    POOL = "pool", _("Claimed from the pool")
    TEAM = "team", _("Named by a team leader")


class CheckInBy(models.TextChoices):
    PLACE = "place", _("By place")
    CODE = "code", _("By the resident's code")
    REASON = "reason", _("With a stated reason")


class RejectReason(models.TextChoices):
    NOT_VOLUNTEER_WORK = "not_volunteer_work", _("Not something volunteers can do")
    UNSAFE = "unsafe", _("Unsafe for volunteers")
    INCOMPLETE = "incomplete", _("We could not reach you to complete it")
    DUPLICATE = "duplicate", _("Already placed")
    OUT_OF_AREA = "out_of_area", _("Outside the district")


class ExemptReason(models.TextChoices):
    """Why a closed request stays out of the rates; each is counted and listed in public."""

    UNREACHABLE = "unreachable", _("The resident could not be reached")
    DUPLICATE = "duplicate", _("The same matter is counted elsewhere")
    FORCE_MAJEURE = "force_majeure", _("Weather, disaster or an epidemic")
    UNLAWFUL = "unlawful", _("Law or policy forbids what was asked")
    UNTRUE = "untrue", _("What was reported did not exist")


class DeclineReason(models.TextChoices):
    BUSY = "busy", _("No time then")
    FAR = "far", _("Too far")
    UNWELL = "unwell", _("Not feeling well")
    UNABLE = "unable", _("Cannot do this")


class GiveUpReason(models.TextChoices):
    ILL = "ill", _("I am ill")
    FAMILY = "family", _("Something in the family")
    WORK = "work", _("Work came up")
    TRAFFIC = "traffic", _("I cannot get there")
    OTHER = "other", _("Another reason")
