"""The service request: what a resident asks for, where, when and for whom."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from civic.areas.scope import ScopeIds
from civic.cases.models import Case
from civic.lib import clock
from civic.lib.fields import EncryptedTextField
from civic.lib.text import opening
from requests_app.enums import (
    FINAL,
    UNCOUNTED,
    ExemptReason,
    Outcome,
    PauseReason,
    RequestState,
    Source,
    Urgency,
)
from requests_app.models.never_pooled import NOT_CONFIDENTIAL_WHILE_POOLED, NOT_CONFIDENTIAL_WHILE_WITH_A_TEAM
from requests_app.models.reference import Category
from volunteers.enums import Spoken

IS_OPEN = ~Q(state__in=sorted(FINAL))
# Behind the order of an index over few requests: what lies outside an area is passed over without reading its row.
AREAS = ("district_id", "street_id", "community_id")


class ServiceRequest(Case):
    """One request with `headcount` slots, living in rounds. Its open state is computed from its parts.

    The ids of city, district, street, community and grid are derived from `area` by the write door, so that
    every scope is an equality on an index.
    """

    kind: ClassVar[str] = "request"

    code = models.CharField(_("code"), max_length=24)
    state = models.CharField(
        _("state"), max_length=16, choices=RequestState.choices, default=RequestState.SUBMITTED
    )
    category = models.ForeignKey(Category, models.PROTECT, db_index=False, verbose_name=_("category"))
    # Ids of volunteers.Skill that the desk chose for this one; where it chose none, those of its category count.
    skills = ArrayField(
        models.IntegerField(), default=list, db_default=[], blank=True, verbose_name=_("skills chosen for it")
    )
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    title = models.CharField(_("title"), max_length=200, blank=True)
    text = models.TextField(_("what is needed"), blank=True)
    public_summary = models.CharField(_("what volunteers read"), max_length=200, blank=True)
    voice_id = models.UUIDField(null=True, blank=True)

    # Who
    beneficiary = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("beneficiary"),
    )
    beneficiary_name = EncryptedTextField(_("beneficiary's name"), blank=True, default="")
    beneficiary_phone = EncryptedTextField(_("beneficiary's phone"), blank=True, default="")
    beneficiary_phone_hash = models.CharField(max_length=64, blank=True, default="")
    # The one the beneficiary had chosen for the pages when it was placed; "" where that is not known.
    language = models.CharField(_("language"), max_length=10, blank=True, default="", db_default="")
    # Which the beneficiary talks most easily, where that was asked; with "" the language of the pages counts.
    speaks = models.CharField(
        _("speaks best"), max_length=9, choices=Spoken.choices, blank=True, default="", db_default=""
    )
    contact_name = EncryptedTextField(_("contact"), blank=True, default="")
    contact_phone = EncryptedTextField(_("contact's phone"), blank=True, default="")
    contact_phone_hash = models.CharField(max_length=64, blank=True, default="")
    proxy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("proxy"),
    )
    on_behalf_reason = models.CharField(_("why on behalf"), max_length=200, blank=True)

    # Where
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False, verbose_name=_("area"))
    city_id = models.BigIntegerField(null=True, editable=False)
    district_id = models.BigIntegerField(null=True, editable=False)
    street_id = models.BigIntegerField(null=True, editable=False)
    community_id = models.BigIntegerField(null=True, editable=False)
    grid_id = models.BigIntegerField(null=True, editable=False)
    address = EncryptedTextField(_("address"), blank=True, default="")
    door_note = EncryptedTextField(_("how to get in"), blank=True, default="")
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    needs_triage = models.BooleanField(_("needs triage"), default=False)

    # When
    preferred_start = models.DateTimeField(_("wished from"), null=True, blank=True)
    preferred_end = models.DateTimeField(_("wished until"), null=True, blank=True)
    as_soon_as_possible = models.BooleanField(_("as soon as possible"), default=False, db_default=False)
    agreed_start = models.DateTimeField(_("agreed start"), null=True, blank=True)
    start_proposed = models.BooleanField(_("start proposed, not confirmed"), default=False)
    expected_minutes = models.PositiveSmallIntegerField(_("expected minutes"))
    terms = models.PositiveSmallIntegerField(_("version of time and place"), default=1)
    placed_at = models.DateTimeField(_("placed"))
    received_at = models.DateTimeField(_("received"))
    # Of all rounds: when a volunteer, a team, the pool or a unit was first asked, and when somebody first accepted.
    dispatched_at = models.DateTimeField(_("first dispatched"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("first accepted"), null=True, blank=True)
    dispatch_due_at = models.DateTimeField(_("dispatch due"))
    due_at = models.DateTimeField(_("due"))
    original_due_at = models.DateTimeField(_("originally due"))
    act_by = models.DateTimeField(_("next step due"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    # Why it is due then: rule, clock, beginning and pauses of each step (requests_app.deadlines reads and writes it)
    clocks = models.JSONField(_("clocks"), default=dict, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    pause_reason = models.CharField(_("why paused"), max_length=10, choices=PauseReason.choices, blank=True)
    urged_at = models.DateTimeField(_("last urged"), null=True, blank=True)

    # How many, how often, how it ended
    headcount = models.PositiveSmallIntegerField(_("people needed"), default=1)
    needed = models.PositiveSmallIntegerField(_("slots"), default=1)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    rounds_counted = models.PositiveSmallIntegerField(_("rounds that count"), default=1)
    outcome = models.CharField(
        _("outcome"), max_length=14, choices=Outcome.choices, blank=True, default=Outcome.NONE
    )
    confidential = models.BooleanField(_("confidential"), default=False)
    exempt_reason = models.CharField(
        _("left out of the rates because"),
        max_length=16,
        choices=ExemptReason.choices,
        blank=True,
        default="",
    )
    call_back_wanted = models.BooleanField(_("call-back wanted"), default=False)
    check_in_code = models.CharField(_("check-in code"), max_length=6)
    anonymised_at = models.DateTimeField(_("anonymised on"), null=True, editable=False)
    import_batch = models.ForeignKey(
        "requests_app.ImportBatch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
        db_index=False,
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="joined",
        db_index=False,
        verbose_name=_("joined to"),
    )

    class Meta:
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        constraints = [
            # Instead of unique=True, which brings a second index for LIKE that nothing asks.
            models.UniqueConstraint(fields=["code"], name="request_code_once"),
            models.CheckConstraint(
                condition=Q(headcount__gte=1, headcount__lte=50), name="request_headcount"
            ),
            models.CheckConstraint(condition=Q(needed__gte=1), name="request_needed"),
            models.CheckConstraint(
                condition=Q(preferred_end=None) | Q(preferred_end__gt=models.F("preferred_start")),
                name="request_wish_in_order",
            ),
            # Fact: who is joined is joined to another.
            models.CheckConstraint(
                condition=~Q(state="merged")
                | (Q(merged_into__isnull=False) & ~Q(merged_into=models.F("id"))),
                name="request_merged_into_another",
            ),
            # Fact: what the earlier system closed stays closed and was never dispatched here.
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.TAKEN_OVER)
                | Q(state=RequestState.CLOSED, round=1, dispatched_at=None, accepted_at=None),
                name="request_taken_over_stays_closed",
            ),
            # Fact: a pause has a reason and an end.
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_until=None, pause_reason="")
                | Q(paused_at__isnull=False, paused_until__gt=models.F("paused_at")) & ~Q(pause_reason=""),
                name="request_pause_has_an_end",
            ),
        ]
        indexes = [
            # Serve the queue: the open requests of a scope, the most pressing first; the columns included let the
            # counts of its tabs be read from the index alone.
            *(
                models.Index(
                    fields=[f"{level}_id", "act_by", "id"],
                    include=["state", "needs_triage", "beneficiary", "confidential"],
                    condition=IS_OPEN,
                    name=f"request_queue_{level}",
                )
                for level in ("district", "street", "community")
            ),
            # Serve the lists: every request of a scope, the newest first.
            models.Index(fields=["district_id", "-id"], name="request_all_district"),
            models.Index(fields=["street_id", "-id"], name="request_all_street"),
            models.Index(fields=["community_id", "-id"], name="request_all_community"),
            # Serve the lists of what is open, by age and by due moment: few of all requests are.
            models.Index(
                fields=["-id", *AREAS],
                condition=IS_OPEN,
                name="request_open_by_age",
            ),
            models.Index(
                fields=["due_at", "id", *AREAS],
                condition=IS_OPEN,
                name="request_open_by_due",
            ),
            # Serve "my requests", as beneficiary, as proxy, or by the phone that was left.
            models.Index(
                fields=["beneficiary", "-id"], condition=Q(beneficiary__isnull=False), name="request_mine"
            ),
            models.Index(fields=["proxy", "-id"], condition=Q(proxy__isnull=False), name="request_by_proxy"),
            models.Index(
                fields=["beneficiary_phone_hash", "-id"],
                condition=~Q(beneficiary_phone_hash=""),
                name="request_by_phone",
            ),
            # Serves triage: what hangs on the city.
            models.Index(
                fields=["act_by", "id"], condition=IS_OPEN & Q(needs_triage=True), name="request_triage"
            ),
            # Serve the desk's tab "to call back": asked for, or closed lately without any answer.
            models.Index(
                fields=["act_by", "id", *AREAS, "confidential"],
                condition=Q(call_back_wanted=True),
                name="request_call_back_wanted",
            ),
            models.Index(
                fields=["closed_at", *AREAS, "confidential"],
                include=["call_back_wanted"],
                condition=Q(state=RequestState.CLOSED, outcome=Outcome.UNRATED),
                name="request_unrated",
            ),
            # Serves what follows its request when that ends, and the list of those joined to it.
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="request_joined"
            ),
            # Serves the requests of one imported file; few requests come from one.
            models.Index(
                fields=["import_batch"], condition=Q(import_batch__isnull=False), name="request_imported"
            ),
            # Serves the sweep that anonymises: what is closed and still names people, the oldest first.
            models.Index(
                fields=["closed_at", "id"],
                condition=Q(anonymised_at=None, closed_at__isnull=False),
                name="request_to_anonymise",
            ),
            # Serves counts of the queue, and the desk's list of what is closed to it: there are few.
            models.Index(
                fields=["act_by", *AREAS],
                condition=Q(IS_OPEN, confidential=True),
                name="request_queue_confidential",
            ),
            # Serves figures and rates: what is counted, by when it was placed; history taken over is not looked at.
            models.Index(
                fields=["placed_at"],
                condition=~Q(outcome__in=sorted(UNCOUNTED)),
                name="request_counted",
            ),
            # Serves the public list of what the rates leave out.
            models.Index(fields=["-closed_at", "-id"], condition=~Q(exempt_reason=""), name="request_exempt"),
            # Serves the desk's search over open requests, Chinese included (needs libc C.UTF-8).
            GinIndex(
                OpClass(Upper("title"), "gin_trgm_ops"),
                OpClass(Upper("text"), "gin_trgm_ops"),
                condition=IS_OPEN,
                name="request_open_words",
            ),
        ]
        triggers = [NOT_CONFIDENTIAL_WHILE_POOLED, NOT_CONFIDENTIAL_WHILE_WITH_A_TEAM]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def scope(self) -> ScopeIds:
        """The area ids this request lies in."""
        return ScopeIds(self.city_id, self.district_id, self.street_id, self.community_id, self.grid_id)

    @property
    def is_open(self) -> bool:
        return self.state not in FINAL

    @property
    def answer_by(self) -> datetime | None:
        """Until when the resident hears from the desk, while that is still to come."""
        waits = self.state == RequestState.SUBMITTED and self.dispatch_due_at > clock.now()
        return self.dispatch_due_at if waits else None

    @property
    def talks(self) -> str:
        """The language to be talked with the beneficiary: a Spoken, else a code of the pages' languages, "" unknown."""
        return self.speaks or self.language

    @property
    def headline(self) -> str:
        """The title, or the beginning of the text, or the category: what a list shows."""
        if self.title:
            return self.title
        return opening(self.text) or str(self.category)

    @property
    def headline_beside(self) -> str:
        """What the page of another request calls this one: nothing that was said in a confidential one."""
        return gettext("Confidential request") if self.confidential else self.headline
