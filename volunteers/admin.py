"""Volunteers in the Django admin: skills are edited, profiles through the verbs of their table, ledgers are read.

Refusing and suspending need a reason and are done on the desk's own page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from civic.accounts import labels
from civic.accounts.admin import ChangeAdmin, ReadOnly
from civic.accounts.models import User
from civic.lib.errors import DomainError
from civic.lib.named import kind_word
from civic.lib.phone import mask
from volunteers import actions
from volunteers.enums import VolunteerState
from volunteers.models import (
    Commitment,
    Qualification,
    QualificationKind,
    RecordConfirmation,
    ServiceClass,
    ServiceRecord,
    Skill,
    Volunteer,
    VolunteerTerms,
)

if TYPE_CHECKING:
    _Form = forms.ModelForm[Volunteer]
else:
    _Form = forms.ModelForm

EDITED = ("insured_until", "skills", "active", "about")  # what the verb "update" changes
READ = ("number", "name", "masked_phone", "state_label", "area", "vetted_at", "applied_at")


class StateFilter(admin.SimpleListFilter):
    """By where a volunteer stands."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Returns the states."""
        return list(VolunteerState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrows to the chosen state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


class VolunteerForm(_Form):
    """What staff may correct; tried out through the verb itself, whose refusals become errors of the form."""

    actor: User
    skills = forms.TypedMultipleChoiceField(
        label=_("skills"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.IntegerField(label="", widget=forms.HiddenInput)

    class Meta:
        model = Volunteer
        fields = EDITED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "seen" in self.fields:  # not for those who only look
            self.fields["skills"].choices = [(skill.pk, str(skill)) for skill in Skill.objects.all()]  # type: ignore[attr-defined]
            self.initial["seen"] = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        """Performs the verb in a transaction that is taken back."""
        found = super().clean()
        if not self.errors:
            try:
                with transaction.atomic():
                    self.write()
                    transaction.set_rollback(True)
            except DomainError as refused:
                raise forms.ValidationError(str(refused)) from refused
        return found

    def write(self) -> Volunteer:
        """Returns the volunteer, changed through the verb. Raises what the verb refuses."""
        given = self.cleaned_data
        facts = {name: given[name] for name in EDITED}
        volunteer = Volunteer.objects.get(pk=self.instance.pk)
        return actions.decide(volunteer, "update", actor=self.actor, expected_version=given["seen"], **facts)


@admin.register(Volunteer)
class VolunteerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who helps. State and standing are read; skills, pause and words are changed by the verb "update"."""

    form = VolunteerForm
    list_display = (
        "number",
        "name",
        "state_label",
        "area",
        "active",
        "vetted_at",
        "insured_until",
        "applied_at",
    )
    list_filter = (StateFilter, "active")
    list_select_related = ("user", "area")
    search_fields = ("=number", "user__name")
    search_help_text = _("Volunteer number or name")
    show_full_result_count = False
    ordering = ("-pk",)
    actions = ("approve",)
    readonly_fields = READ

    @admin.display(description=_("name"), ordering="user__name")
    def name(self, volunteer: Volunteer) -> str:
        """The person's name."""
        return volunteer.user.name

    @admin.display(description=_("phone"))
    def masked_phone(self, volunteer: Volunteer) -> str:
        """The number, its middle hidden."""
        return mask(volunteer.user.phone)

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, volunteer: Volunteer) -> Any:
        """The state in words."""
        return VolunteerState(volunteer.state).label

    @admin.display(description=_("skills"))
    def skill_names(self, volunteer: Volunteer) -> str:
        """The skills in words, for those who only look."""
        return ", ".join(str(skill) for skill in Skill.objects.filter(pk__in=volunteer.skills))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: people register themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what they served stays."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those who may change get the form, others the same in words."""
        if self.has_change_permission(request, obj):
            return [*READ, *EDITED, "seen"]
        return [*READ, "insured_until", "skill_names", "active", "about"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Adds the skills in words for those who only look."""
        return READ if self.has_change_permission(request, obj) else (*READ, "skill_names")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Returns the form for whoever is signed in."""
        found = super().get_form(request, obj, change, **kwargs)
        return type(found.__name__, (found,), {"actor": request.user})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes through the verb; the form has tried the same before."""
        obj.__dict__.update(form.write().__dict__)

    @admin.action(description=_("Approve the selected volunteers"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Volunteer]) -> None:
        """Performs the verb on each; says who could not be approved and why."""
        if not isinstance(request.user, User):
            raise PermissionDenied
        done = 0
        for volunteer in queryset:
            try:
                actions.decide(volunteer, "approve", actor=request.user, expected_version=volunteer.version)
                done += 1
            except DomainError as refused:
                self.message_user(request, f"{volunteer}: {refused}", messages.ERROR)
        if done:
            words = ngettext("%(count)d volunteer was approved.", "%(count)d volunteers were approved.", done)
            self.message_user(request, words % {"count": done}, messages.SUCCESS)


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What helpers can do. Every change is kept with its author (SkillEvent)."""

    list_display: tuple[str, ...] = ("code", "name", "name_en")
    search_fields = ("code", "name", "name_en")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is what other rows and programs know it by: it stays."""
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: profiles and categories refer to it."""
        return False


SkillEvent = apps.get_model("volunteers", "SkillEvent")
labels.name(SkillEvent, _("change of a skill"), _("changes of skills"), pgh_created_at=_("time"))


@admin.register(SkillEvent)
class SkillEventAdmin(ChangeAdmin):
    """What happened to skills."""

    tracked = ("code", "name", "name_en", "keywords")


@admin.register(QualificationKind)
class QualificationKindAdmin(SkillAdmin):
    """What is shown by a paper. A kind that is not used any more is retired, never deleted."""

    list_display = ("code", "name", "name_en", "expires", "position", "retired_at")
    ordering = ("position", "pk")


@admin.register(ServiceClass)
class ServiceClassAdmin(SkillAdmin):
    """Fields of service: the eight of every district and its own. One that is not used any more is retired."""

    list_display = ("code", "name", "name_en", "position", "retired_at")
    ordering = ("position", "pk")


ServiceClassEvent = apps.get_model("volunteers", "ServiceClassEvent")
labels.name(
    ServiceClassEvent,
    _("change of a service class"),
    _("changes of service classes"),
    pgh_created_at=_("time"),
)


@admin.register(ServiceClassEvent)
class ServiceClassEventAdmin(ChangeAdmin):
    """What happened to service classes."""

    tracked = ("code", "name", "name_en", "position", "retired_at")


@admin.register(VolunteerTerms)
class VolunteerTermsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What an area asks of its volunteers. Without a row the defaults hold, so a row can be deleted."""

    list_display = ("__str__", "area", "id_number", "radius_m")
    list_select_related = ("area",)


@admin.register(Qualification)
class QualificationAdmin(ReadOnly):
    """Who has shown what, and who has checked it; numbers and photos stand on the desk's page of the volunteer."""

    fields = list_display = ("volunteer", "kind", "expires_on", "added_at", "checked_at", "checked_by")
    list_filter = ("kind", ("checked_at", admin.EmptyFieldListFilter))
    list_select_related = ("volunteer__user", "kind", "checked_by")
    search_fields = ("=volunteer__number",)
    show_full_result_count = False
    ordering = ("-pk",)


@admin.register(ServiceRecord)
class ServiceRecordAdmin(ReadOnly):
    """The ledger of service time; append-only, in the database too."""

    list_display = ("recorded_at", "volunteer", "entry", "minutes", "started_at", "area", "counts")
    list_filter = ("entry",)
    list_select_related = ("volunteer__user", "area", "confirmation")
    search_fields = ("=volunteer__number", "=source_id")
    search_help_text = _("Volunteer number, or the number of the assignment")
    show_full_result_count = False
    ordering = ("-pk",)

    @admin.display(description=_("counts"), boolean=True)
    def counts(self, record: ServiceRecord) -> bool:
        """Whether it is confirmed."""
        return hasattr(record, "confirmation")


@admin.register(RecordConfirmation)
class RecordConfirmationAdmin(ReadOnly):
    """What made records count; append-only."""

    list_display = ("at", "record", "volunteer", "how", "by")
    list_filter = ("how",)
    list_select_related = ("record__volunteer__user", "by")
    search_fields = ("=record__volunteer__number",)
    show_full_result_count = False
    ordering = ("-pk",)

    @admin.display(description=_("volunteer"))
    def volunteer(self, confirmation: RecordConfirmation) -> str:
        """Whose record it is."""
        return str(confirmation.record.volunteer)


@admin.register(Commitment)
class CommitmentAdmin(ReadOnly):
    """The time volunteers have promised."""

    list_display = ("volunteer", "record", "subject_id", "begins", "ends", "active")
    list_filter = ("active",)
    list_select_related = ("volunteer__user",)
    search_fields = ("=volunteer__number", "=subject_id")
    show_full_result_count = False
    ordering = ("-pk",)

    @admin.display(description=_("kind of record"))
    def record(self, commitment: Commitment) -> str:
        """What the time is promised to."""
        return kind_word(commitment.subject_kind)

    @admin.display(description=_("from"))
    def begins(self, commitment: Commitment) -> str:
        """The local beginning."""
        return f"{localtime(commitment.during.lower):%Y-%m-%d %H:%M}"

    @admin.display(description=_("until"))
    def ends(self, commitment: Commitment) -> str:
        """The local end."""
        return f"{localtime(commitment.during.upper):%Y-%m-%d %H:%M}"
