"""Photos and voice notes: whose they are, what they belong to, where their files lie."""

from datetime import timedelta
from typing import ClassVar, Final
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from civic.lib import clock

KEPT_UNATTACHED: Final = timedelta(hours=24)


class Evidence(models.Model):
    """What photos and voice notes share.

    It belongs to nothing (`subject_kind` empty) until `store.attach`; so long only its owner sees it: the
    `uploader`, or the browser session whose `owner_hash` it carries, because a resident signs in last.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    owner_hash = models.CharField(max_length=64, blank=True, editable=False)
    subject_kind = models.CharField(_("kind of record"), max_length=40, blank=True)
    subject_id = models.BigIntegerField(_("record"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    sha256 = models.CharField(_("SHA-256 of the file as sent"), max_length=64)
    created_at = models.DateTimeField(_("uploaded"), default=clock.now)

    class Meta:
        abstract = True

    @property
    def is_attached(self) -> bool:
        """Whether it belongs to a record yet."""
        return self.subject_id is not None


class Photo(Evidence):
    """A photo as JPEG without metadata, at most 2560 px a side, and a thumbnail of at most 400 px.

    `width`, `height` in pixels as kept; `taken_at`, `lat`, `lon` as the camera wrote them, before they were
    stripped from the file.
    """

    file = models.FileField(_("file"), max_length=200)
    thumb = models.FileField(_("thumbnail"), max_length=200)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        indexes: ClassVar = [
            # Serves: the photos of one record, in order.
            models.Index(fields=["subject_kind", "subject_id", "position"], name="evidence_photo_subject"),
            # Serves: tasks.sweep_orphans, which looks only at what belongs to nothing.
            models.Index(fields=["created_at"], condition=Q(subject_id=None), name="evidence_photo_orphan"),
            # Serves: store.sweep_files, which asks whether a file still has a row.
            models.Index(fields=["file"], name="evidence_photo_file"),
            models.Index(fields=["thumb"], name="evidence_photo_thumb"),
        ]
        constraints: ClassVar = [
            # Fact: it belongs to one record, or to none.
            models.CheckConstraint(
                condition=Q(subject_kind="", subject_id=None)
                | (~Q(subject_kind="") & Q(subject_id__isnull=False)),
                name="evidence_photo_kind_and_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def get_absolute_url(self) -> str:
        """Returns the address of the picture, which asks who is looking."""
        return reverse("evidence:photo", args=[self.pk])

    @property
    def thumb_url(self) -> str:
        """The address of the thumbnail."""
        return reverse("evidence:photo_thumb", args=[self.pk])


class Voice(Evidence):
    """A voice note, kept as recorded. `seconds` is None where the container does not say."""

    file = models.FileField(_("file"), max_length=200)
    content_type = models.CharField(_("type"), max_length=40)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)

    class Meta:
        verbose_name = _("voice note")
        verbose_name_plural = _("voice notes")
        indexes: ClassVar = [
            # Serves: the voice notes of one record, in order.
            models.Index(fields=["subject_kind", "subject_id", "position"], name="evidence_voice_subject"),
            # Serves: tasks.sweep_orphans.
            models.Index(fields=["created_at"], condition=Q(subject_id=None), name="evidence_voice_orphan"),
            # Serves: store.sweep_files.
            models.Index(fields=["file"], name="evidence_voice_file"),
        ]
        constraints: ClassVar = [
            # Fact: it belongs to one record, or to none.
            models.CheckConstraint(
                condition=Q(subject_kind="", subject_id=None)
                | (~Q(subject_kind="") & Q(subject_id__isnull=False)),
                name="evidence_voice_kind_and_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def get_absolute_url(self) -> str:
        """Returns the address of the recording, which asks who is listening."""
        return reverse("evidence:voice", args=[self.pk])
