"""Requests and what they are sorted by in the Django admin.

State, history and parts are read only: whoever wants to change a request does so at the desk, through the verbs.
Categories and time limits can be edited; the admin's log keeps who changed which field, and nothing is deleted
that a request may name.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from civic.accounts.admin import ReadOnly
from civic.accounts.models import User
from civic.lib.crypto import keyed_hash
from civic.lib.phone import mask, normalize
from requests_app import access, reference
from requests_app.actions import units
from requests_app.models import (
    AnswerClass,
    Assignment,
    AutoDispatchRule,
    AutoDispatchStop,
    Block,
    Category,
    Concern,
    Considered,
    ImportBatch,
    MatchingWeights,
    Offer,
    Pool,
    PoolNotices,
    Rating,
    Referral,
    SavedView,
    ServiceRequest,
    TimeLimit,
    Unit,
    UnitMember,
    Waterfall,
)
from requests_app.models.matching import WEIGHED
from volunteers.models import Skill


class ReferenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Data that a district edits; what was changed is known at once in this process, soon in the others."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it is retired instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saves, and drops what memory holds."""
        super().save_model(request, obj, form, change)
        reference.forget()


class RemovableAdmin(ReferenceAdmin):
    """Data that can be deleted, because something holds without it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may edit."""
        return bool(request.user.has_perm(f"requests_app.delete_{self.opts.model_name}"))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Deletes, and drops what memory holds."""
        super().delete_model(request, obj)
        reference.forget()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The same for several."""
        super().delete_queryset(request, queryset)
        reference.forget()


@admin.register(Category)
class CategoryAdmin(ReferenceAdmin):
    """Kinds of help."""

    list_display = (
        "code",
        "name",
        "name_en",
        "parent",
        "urgency",
        "sensitive",
        "minutes",
        "position",
        "retired_at",
    )
    list_filter = ("urgency", "sensitive", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("parent",)
    search_fields = ("code", "name", "name_en")
    ordering = ("position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is a promise to other programs (CONTRACT.md)."""
        return ("code",) if obj is not None else ()

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Lets skills be chosen by name; the column holds their ids."""
        if db_field.name != "skills":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.TypedMultipleChoiceField(
            label=capfirst(db_field.verbose_name),
            choices=lambda: [(skill.pk, str(skill)) for skill in Skill.objects.all()],
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )


@admin.register(TimeLimit)
class TimeLimitAdmin(RemovableAdmin):
    """How long a step may take; without a row the built-in limits hold, so a row can be deleted."""

    list_display = ("__str__", "category", "urgency", "step", "clock", "amount")
    list_filter = ("urgency", "step")
    list_select_related = ("category",)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Says that parts of an hour or a day count."""
        said = {"amount": _("Parts count too: 0.5 is half an hour or half a day, by the clock chosen above.")}
        return super().get_form(request, obj, change, **{**kwargs, "help_texts": said})


@admin.register(MatchingWeights)
class MatchingWeightsAdmin(RemovableAdmin):
    """How much each part of a score weighs; without a row the defaults hold."""

    list_display = ("__str__", *WEIGHED)
    list_select_related = ("area",)
    autocomplete_fields = ("area",)


@admin.register(PoolNotices)
class PoolNoticesAdmin(RemovableAdmin):
    """How many an open pool tells, and how often anybody is told; without a row the defaults hold."""

    list_display = ("__str__", "per_place", "most", "per_week")
    list_select_related = ("area",)
    autocomplete_fields = ("area",)


@admin.register(AutoDispatchRule)
class AutoDispatchRuleAdmin(RemovableAdmin):
    """Which new requests are dispatched by themselves; without a row none is. The desk has a page for it."""

    list_display = ("area", "category", "on", "width", "patience")
    list_filter = ("on",)
    list_select_related = ("area", "category")
    autocomplete_fields = ("area",)


@admin.register(AutoDispatchStop)
class AutoDispatchStopAdmin(ReadOnly):
    """Where the kill switch is thrown; it is thrown and taken back at the desk."""

    list_display = ("at", "area", "by")
    list_select_related = ("area", "by")
    ordering = ("-pk",)


class OpenAdmin(ReadOnly):
    """Requests and what belongs to them, but for the confidential ones: the desk opens those to whoever says why."""

    through = ""  # the lookup that leads to the request

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leaves out, from lists, searches and pages alike, what is closed to the reader."""
        assert isinstance(request.user, User)
        return super().get_queryset(request).filter(access.open_to(request.user, through=self.through))


@admin.register(ServiceRequest)
class ServiceRequestAdmin(OpenAdmin):
    """Requests, found by code or whole phone; personal details stay masked, the desk shows them for a purpose."""

    list_display = (
        "code", "state", "category", "urgency", "source", "area", "placed_at", "due_at", "outcome",
    )  # fmt: skip
    list_filter = ("state", "urgency", "source", "category")
    list_select_related = ("category", "area")
    search_fields = ("=code",)
    search_help_text = _("A whole code, or a whole phone number.")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = (
        "code", "desk_page", "state", "version", "round", "category", "urgency", "source", "title", "masked_phone",
        "area", "needs_triage", "preferred_start", "preferred_end", "agreed_start", "expected_minutes", "headcount",
        "needed", "placed_at", "received_at", "dispatch_due_at", "due_at", "original_due_at", "closed_at", "outcome",
        "call_back_wanted",
    )  # fmt: skip

    @admin.display(description=_("phone"))
    def masked_phone(self, request: ServiceRequest) -> str:
        """The beneficiary's number, its middle hidden."""
        return mask(request.beneficiary_phone)

    @admin.display(description=_("at the desk"))
    def desk_page(self, request: ServiceRequest) -> str:
        """Where it is worked on, with its history in words."""
        return format_html('<a href="{}">{}</a>', reverse("desk:request", args=[request.pk]), request.code)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ServiceRequest], search_term: str
    ) -> tuple[QuerySet[ServiceRequest], bool]:
        """Finds a whole phone number by its hash, anything else by code."""
        try:
            hashed = keyed_hash(normalize(search_term))
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(beneficiary_phone_hash=hashed), False


class PartAdmin(OpenAdmin):
    """A part of a request: moved by its verbs alone."""

    through = "request__"
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Offer)
class OfferAdmin(PartAdmin):
    """Who was asked, on which terms, with which score and why."""

    list_display = (
        "made_at",
        "request",
        "volunteer",
        "round",
        "state",
        "via",
        "score",
        "expires_at",
        "answered_at",
    )
    list_filter = ("state", "via")
    list_select_related = ("request", "volunteer__user")
    search_fields = ("=request__code", "=volunteer__number")


@admin.register(Considered)
class ConsideredAdmin(PartAdmin):
    """Who stood among the candidates of a dispatch, and why."""

    list_display = ("at", "request", "volunteer", "round", "asked", "rank", "of", "score")
    list_filter = ("asked",)
    list_select_related = ("request", "volunteer__user")
    search_fields = ("=request__code", "=volunteer__number")


@admin.register(Assignment)
class AssignmentAdmin(PartAdmin):
    """Who served in which slot."""

    list_display = (
        "accepted_at", "request", "volunteer", "round", "slot", "state", "agreed_start", "minutes", "excused",
    )  # fmt: skip
    list_filter = ("state", "excused")
    list_select_related = ("request", "volunteer__user")
    search_fields = ("=request__code", "=volunteer__number")


@admin.register(Pool)
class PoolAdmin(PartAdmin):
    """When a request was open to everybody."""

    list_display = ("opened_at", "request", "round", "state", "closes_at", "opened_by")
    list_filter = ("state",)
    list_select_related = ("request", "opened_by")
    search_fields = ("=request__code",)


@admin.register(Waterfall)
class WaterfallAdmin(PartAdmin):
    """When a request was put to one after another, and how that ended."""

    list_display = ("opened_at", "request", "round", "state", "width", "opened_by", "closed_at", "ended")
    list_filter = ("state", "ended")
    list_select_related = ("request", "opened_by")
    search_fields = ("=request__code",)


@admin.register(Rating)
class RatingAdmin(PartAdmin):
    """Answers of residents; their words stand in the request's history."""

    list_display = ("at", "request", "round", "solved", "stars", "via", "by")
    list_filter = ("solved", "stars", "via")
    list_select_related = ("request", "by")
    search_fields = ("=request__code",)


@admin.register(Concern)
class ConcernAdmin(PartAdmin):
    """That a safety report was made; its words are read at the desk."""

    list_display = ("at", "request", "by")
    list_select_related = ("request", "by")
    search_fields = ("=request__code",)


@admin.register(Block)
class BlockAdmin(ReadOnly):
    """Who shall not meet again."""

    list_display = ("at", "volunteer", "resident", "by")
    list_select_related = ("volunteer__user", "resident", "by")
    ordering = ("-pk",)
    exclude = ("phone_hash",)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnly):
    """Backlog files and how far they got."""

    list_display = ("created_at", "file_name", "area", "by", "state", "total", "done")
    list_filter = ("state",)
    list_select_related = ("area", "by")
    ordering = ("-pk",)


class MemberInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who answers for the unit; adding somebody gives them the role, taking them off ends it."""

    model = UnitMember
    extra = 1
    autocomplete_fields = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Members are added and taken off, never turned into somebody else."""
        return False


@admin.register(Unit)
class UnitAdmin(ReferenceAdmin):
    """Units; one out of use is marked so instead of deleted, because requests name it."""

    list_display = ("name", "area", "kind", "contact_phone", "backstop", "active")
    list_filter = ("kind", "backstop", "active")
    list_select_related = ("area",)
    search_fields = ("name", "name_en")
    autocomplete_fields = ("area",)
    inlines = (MemberInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Through the actions, so that role and membership go together."""
        formset.save(commit=False)
        for member in formset.deleted_objects:
            units.remove_member(member)
        for member in formset.new_objects:
            units.add_member(member.unit, member.user)
        formset.save_m2m()


@admin.register(AnswerClass)
class AnswerClassAdmin(ReferenceAdmin):
    """Answer classes: the limit of the next referral."""

    list_display = ("code", "name", "name_en", "clock", "amount", "position", "retired_at")
    ordering = ("position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is a promise to other programs."""
        return ("code",) if obj is not None else ()


@admin.register(Referral)
class ReferralAdmin(PartAdmin):
    """What was referred to whom, and what came of it."""

    list_display = ("referred_at", "request", "unit", "answer_class", "state", "result", "due_at", "ended_at")
    list_filter = ("state", "result", "answer_class")
    list_select_related = ("request", "unit", "answer_class")
    search_fields = ("=request__code",)


@admin.register(SavedView)
class SavedViewAdmin(ReadOnly):
    """Views of the queue; one that is shared can be deleted when its owner has left."""

    list_display = ("name", "owner", "area", "kept_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may delete rows of this kind."""
        return bool(admin.ModelAdmin.has_delete_permission(self, request, obj))
