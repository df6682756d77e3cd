"""People and their roles in the Django admin. What only programs write is read-only; edits are audited."""

from typing import Any, ClassVar

from allauth.account import admin as _allauth_account  # noqa: F401  (registers what is taken out below)
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _allauth_mfa  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _allauth_sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civic.accounts import actions, labels, queries
from civic.accounts.enums import ReadPurpose
from civic.accounts.forms import PhoneField
from civic.accounts.models import AccessLog, ApiToken, Consent, Membership, User
from civic.lib import clock
from civic.lib import phone as phones
from civic.lib.crypto import keyed_hash
from civic.lib.named import field_words, kind_word

CHANGES = {"insert": _("added"), "update": _("changed"), "delete": _("removed")}

MembershipEvent = apps.get_model("accounts", "MembershipEvent")
labels.name(
    MembershipEvent,
    _("change of a membership"),
    _("changes of memberships"),
    pgh_created_at=_("time"),
)
labels.name(
    Authenticator,
    _("second factor"),
    _("second factors"),
    user=_("user"),
    type=_("type"),
    created_at=_("created"),
    last_used_at=_("last used"),
)

for unwanted in (EmailAddress, UserSession, Authenticator, Group):
    if admin.site.is_registered(unwanted):
        admin.site.unregister(unwanted)


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Seen, never added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class PhoneChange(forms.ModelForm):  # type: ignore[type-arg]
    """A phone can be set here; the one stored is shown masked: reading it in clear is logged elsewhere."""

    new_phone = PhoneField(label=_("New phone"), required=False, help_text=_("Empty: stays as it is."))

    def clean_new_phone(self) -> str:
        """Refuses a number that is another account's."""
        number: str = self.cleaned_data["new_phone"]
        other = queries.user_by_phone(number) if number else None
        if other is not None and other.pk != self.instance.pk:
            raise forms.ValidationError(_("Another account has this phone."))
        return number

    def save(self, commit: bool = True) -> Any:
        """Stores the number with the rest."""
        self.instance.phone = self.cleaned_data.get("new_phone") or self.instance.phone
        return super().save(commit)


class UserEdit(PhoneChange, UserChangeForm):  # type: ignore[type-arg]
    """An account as it is."""


class UserNew(PhoneChange, AdminUserCreationForm):  # type: ignore[type-arg]
    """A new staff account."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "name")


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """The roles of one person."""

    model = Membership
    extra = 0
    fields = ("role", "area", "valid_from", "valid_until")
    autocomplete_fields = ("area",)


@admin.register(User)
class CivicUserAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts: found by name, user name or whole phone; closed instead of deleted."""

    form, add_form = UserEdit, UserNew
    list_display = ("username", "name", "masked_phone", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("username", "name")
    search_help_text = _("Name, user name, or a whole phone number.")
    ordering = ("-pk",)
    show_full_result_count = False
    filter_horizontal = ()
    autocomplete_fields = ("home_area",)
    readonly_fields = ("masked_phone", "date_joined", "last_login")
    inlines = (MembershipInline,)
    actions = ("close_accounts",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            _("Person"),
            {"fields": ("name", "masked_phone", "new_phone", "home_area", "language", "elder_mode")},
        ),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "new_phone", "usable_password", "password1", "password2")}),
    )

    @admin.display(description=_("phone"))
    def masked_phone(self, user: User) -> str:
        """The stored number, its middle hidden."""
        return phones.mask(user.phone)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: accounts are closed, what they did stays explained."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser changes superusers: whoever sets a password or a phone becomes that person."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser makes superusers."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Finds a whole phone number by its hash, anything else by names."""
        try:
            number = phones.normalize(search_term)
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Q(phone_hash=keyed_hash(number))), False

    @admin.action(description=_("Close the selected accounts"), permissions=["change"])
    def close_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Deactivates them, ends their sessions and keys."""
        for user in queryset.exclude(pk=request.user.pk or 0):
            if not self.has_change_permission(request, user):
                continue
            actions.deactivate(user)
        self.message_user(request, _("The accounts were closed."), messages.SUCCESS)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who holds which role where."""

    list_display = ("user", "role", "area", "valid_from", "valid_until")
    list_filter = ("role",)
    list_select_related = ("user", "area")
    search_fields = ("user__username", "user__name", "area__name", "area__code")
    autocomplete_fields = ("user", "area")
    date_hierarchy = "valid_from"


class ChangeFilter(admin.SimpleListFilter):
    """By what was done to a tracked row."""

    title = _("act")
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Returns the acts."""
        return list(CHANGES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrows to the chosen act."""
        return queryset.filter(pgh_label=self.value()) if self.value() else queryset


class ChangeAdmin(ReadOnly):
    """What happened to a kind of row that pghistory tracks, and by whom; `tracked` are its columns."""

    tracked: tuple[str, ...] = ()
    list_filter: ClassVar[Any] = (ChangeFilter,)
    list_select_related: ClassVar[Any] = ("pgh_context",)
    ordering = ("-pgh_id",)

    def get_list_display(self, request: HttpRequest) -> Any:
        """When, what, the row as it then was, by whom."""
        return ("pgh_created_at", "act", *self.tracked, "author")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The same on the page of one change."""
        return self.get_list_display(request)

    @admin.display(description=_("act"), ordering="pgh_label")
    def act(self, event: Any) -> Any:
        """What was done."""
        return CHANGES.get(event.pgh_label, event.pgh_label)

    @admin.display(description=_("changed by"))
    def author(self, event: Any) -> str:
        """The user id of who did it, empty for programs."""
        return str((event.pgh_context.metadata if event.pgh_context else {}).get("user") or "")


@admin.register(MembershipEvent)
class MembershipEventAdmin(ChangeAdmin):
    """What happened to memberships."""

    tracked = ("user", "role", "area", "valid_from", "valid_until")
    list_filter = (ChangeFilter, "role")
    list_select_related = ("user", "area", "pgh_context")


class RecordFilter(admin.SimpleListFilter):
    """By kind of record, in words."""

    title = _("kind of record")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Returns the kinds that were ever read."""
        kinds = AccessLog.objects.order_by("subject_kind").values_list("subject_kind", flat=True).distinct()
        return [(kind, kind_word(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrows to the chosen kind."""
        return queryset.filter(subject_kind=self.value()) if self.value() else queryset


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnly):
    """Who read which personal details, when and why."""

    list_display = ("at", "user", "role", "area", "record", "subject_id", "what", "why")
    fields = list_display
    list_filter = (RecordFilter,)
    list_select_related = ("user", "area", "note")
    search_fields = ("user__username", "user__name", "=subject_id")
    ordering = ("-pk",)
    show_full_result_count = False

    @admin.display(description=_("kind of record"))
    def record(self, entry: AccessLog) -> str:
        """What such a record is called."""
        return kind_word(entry.subject_kind)

    @admin.display(description=_("fields"))
    def what(self, entry: AccessLog) -> str:
        """What was read."""
        return gettext(", ").join(field_words(entry.subject_kind, entry.fields))

    @admin.display(description=_("purpose"), ordering="purpose")
    def why(self, entry: AccessLog) -> str:
        """The purpose in words; a short reason as it was written."""
        purpose = str(dict(ReadPurpose.choices).get(entry.purpose, entry.purpose))
        note = getattr(entry, "note", None)
        return f"{purpose}: {note.words}" if note else purpose


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    """Who agreed to what."""

    list_display = ("user", "purpose", "version", "given_at", "withdrawn_at")
    list_filter = ("purpose", "version")
    list_select_related = ("user",)
    show_full_result_count = False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """API keys; they can be revoked, not read."""

    list_display = ("prefix", "name", "user", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("prefix", "user__username", "user__name")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Makes them useless."""
        queryset.filter(revoked_at=None).update(revoked_at=clock.now())
        self.message_user(request, _("The keys were revoked."), messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Those who may change users."""
        return request.user.has_perm("accounts.change_user")


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    """Second factors; deleting one lets a person who lost the phone set up another. Secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name")
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may change users."""
        return request.user.has_perm("accounts.change_user")
