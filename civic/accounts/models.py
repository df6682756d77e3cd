"""Who people are, which role they hold where, what they agreed to, and who read what about whom."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from civic.accounts.enums import ConsentPurpose, Role
from civic.accounts.fields import KeyedHashField
from civic.lib import clock
from civic.lib.append_only import APPEND_ONLY, NO_TRUNCATE
from civic.lib.errors import NotAllowed
from civic.lib.fields import EncryptedTextField
from civic.lib.phone import mask

TOKEN_PREFIX_LENGTH = 8
LAST_USED_STEP = timedelta(hours=1)


def random_username() -> str:
    """Returns a name for somebody who signs in by phone and never sees it (64 random bits)."""
    return "u" + secrets.token_hex(8)


class UserManager(BaseUserManager["User"]):
    """Makes users; the phone is given as E.164 and stored encrypted beside its hash."""

    def create_user(self, username: str = "", password: str | None = None, **fields: Any) -> "User":
        """Returns a saved user; without a username a random one, without a password an unusable one."""
        user = self.model(username=username or random_username(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Returns a saved user for whom the Django admin is open; for `manage.py createsuperuser`."""
        return self.create_user(username, password, **{"is_staff": True, "is_superuser": True, **fields})


END_KEYS = """
    UPDATE accounts_apitoken SET revoked_at = now() WHERE user_id = NEW.id AND revoked_at IS NULL;
    RETURN NEW;
"""


@pghistory.track(
    pghistory.UpdateEvent(),
    fields=["username", "language", "is_staff", "is_active", "is_superuser"],
    model_name="UserEvent",
    append_only=True,
    meta={"triggers": [NO_TRUNCATE]},
)
class User(AbstractBaseUser, PermissionsMixin):
    """A person: residents and volunteers sign in by phone and code, staff by password and second factor.

    Whoever becomes staff loses, by trigger, the API keys made before: no second factor stands behind them.
    """

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("A user with that username already exists.")},
    )
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = KeyedHashField(_("phone hash"), source="phone", unique=True, null=True)
    email = EncryptedTextField(_("e-mail"), blank=True, default="")
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    elder_mode = models.BooleanField(_("elder mode"), default=False)
    home_area = models.ForeignKey(
        "areas.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("home area")
    )
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("Signs in with a password and a second factor.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off instead of deleting an account.")
    )
    # Somebody else registered this person: nothing but the page that asks for consent opens until they answer.
    consent_due = models.BooleanField(_("has to be asked"), default=False, db_default=False, editable=False)
    date_joined = models.DateTimeField(_("joined on"), default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        triggers = [
            pgtrigger.Trigger(
                name="staff_begin_without_keys",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("is_staff"),
                condition=pgtrigger.Q(old__is_staff=False, new__is_staff=True),
                func=END_KEYS,
            )
        ]

    def __str__(self) -> str:
        return self.name or (mask(self.phone) if self.phone else self.username)

    def get_full_name(self) -> str:
        """Returns the name, or what stands for it while none was given."""
        return str(self)

    def get_short_name(self) -> str:
        """Returns the same: Chinese names are not cut."""
        return str(self)


MAKE_STAFF = """
    UPDATE accounts_user SET is_staff = true WHERE id = NEW.user_id AND NOT is_staff;
    RETURN NEW;
"""


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    append_only=True,
    meta={"triggers": [NO_TRUNCATE]},
)
class Membership(models.Model):
    """One role of one user in one area (and everything below it) for a time.

    Whoever receives one is staff from then on, by trigger, so that no way of writing skips the second factor.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", verbose_name=_("area"))
    valid_from = models.DateTimeField(_("valid from"), default=clock.now)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            # Serves: access.held (user_id first); fact: no second open-ended membership of the same kind.
            models.UniqueConstraint(
                fields=["user", "role", "area"],
                condition=Q(valid_until=None),
                name="accounts_membership_open_once",
            ),
            # Fact: a membership ends after it begins.
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="accounts_membership_ends_after_start",
                violation_error_message=_("The end must come after the beginning."),
            ),
        ]
        indexes = [
            # Serves: who holds this role here (queries.holders, e.g. to tell the dispatchers of an area).
            models.Index(fields=["area", "role"], name="accounts_membership_area_role"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="holder_is_staff",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id"),
                func=MAKE_STAFF,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.area}"


class ApiToken(models.Model):
    """A key for programs; only its SHA-256 is kept, so it can be shown exactly once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=60, blank=True, default="")
    prefix = models.CharField(_("begins with"), max_length=TOKEN_PREFIX_LENGTH, editable=False)
    # Unique index serves: authentication.TokenAuthentication (one row by digest).
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked on"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @staticmethod
    def digest_of(key: str) -> str:
        """Returns the SHA-256 under which `key` is stored."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str = "") -> str:
        """Returns a new key of `user` (256 random bits); this is the only time it can be read.

        Raises NotAllowed for whoever has become staff since `user` was read: nothing asked for a second factor yet.
        """
        key = secrets.token_urlsafe(32)
        with transaction.atomic():
            if User.objects.select_for_update(no_key=True).get(pk=user.pk).is_staff and not user.is_staff:
                raise NotAllowed()
            cls.objects.create(
                user=user, name=name, prefix=key[:TOKEN_PREFIX_LENGTH], digest=cls.digest_of(key)
            )
        return key


class Consent(models.Model):
    """One version of one text a person agreed to, and until when; never edited but for the withdrawal."""

    user = models.ForeignKey(User, models.CASCADE, related_name="consents", verbose_name=_("user"))
    purpose = models.CharField(_("purpose"), max_length=40, choices=ConsentPurpose.choices)
    version = models.CharField(_("version"), max_length=20)
    given_at = models.DateTimeField(_("given on"), default=clock.now)
    withdrawn_at = models.DateTimeField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            # Serves: queries.has_consent; fact: one consent in force per user, purpose and version.
            models.UniqueConstraint(
                fields=["user", "purpose", "version"],
                condition=Q(withdrawn_at=None),
                name="accounts_consent_in_force_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.version}"


class AccessLog(models.Model):
    """Who read which personal details of what, when and why (PIPL art. 51). Append-only by trigger.

    Kept at least six months; the reader's account is deactivated rather than deleted.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("reader"))
    subject_kind = models.CharField(_("kind of record"), max_length=40)
    subject_id = models.BigIntegerField(_("record"))
    fields = ArrayField(models.CharField(max_length=40), verbose_name=_("fields"))
    purpose = models.CharField(_("purpose"), max_length=200)
    # In which capacity, as it was then; a volunteer who serves holds no role.
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, blank=True, default="")
    area = models.ForeignKey(
        "areas.Area", models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("area")
    )
    at = models.DateTimeField(_("time"), default=clock.now)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        indexes = [
            # Serves: "who read this record", newest first.
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="accounts_accesslog_subject"),
            # Serves: "what did this person read", newest first; also the foreign key.
            models.Index(fields=["user", "-at"], name="accounts_accesslog_user"),
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}"


class AccessNote(models.Model):
    """What the reader added to the listed purpose, in their own words: beside the log, so that it can be erased."""

    entry = models.OneToOneField(AccessLog, models.PROTECT, related_name="note", verbose_name=_("entry"))
    words = models.CharField(_("words"), max_length=200)

    class Meta:
        verbose_name = _("note in the access log")
        verbose_name_plural = _("notes in the access log")


class SpareCount(models.Model):
    """What a limit counts while Redis does not answer (civic.accounts.spare). The key is hashed: it may hold an
    address."""

    key_hash = models.CharField(_("key hash"), max_length=64, primary_key=True)
    value = models.JSONField(_("value"))
    ends_at = models.DateTimeField(_("ends"))

    class Meta:
        verbose_name = _("spare count")
        verbose_name_plural = _("spare counts")
        indexes = [
            # Serves the sweep that removes what has ended.
            models.Index(fields=["ends_at"], name="accounts_sparecount_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.key_hash[:8]} {self.ends_at:%Y-%m-%d %H:%M}"
