"""The words accounts store: roles, languages, purposes of consent and of unmasking."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody may do in an area and everything below it (DOMAIN.md section 1)."""

    ADMIN = "admin", _("Administrator")
    DISPATCHER = "dispatcher", _("Dispatcher")
    PROXY = "proxy", _("Proxy")
    AUDITOR = "auditor", _("Auditor")
    UNIT = "unit", _("Responsible unit")


class ConsentPurpose(models.TextChoices):
    """What a person agreed to, each separately (PIPL art. 14, 29, 31)."""

    TERMS = "terms", _("Terms of use and privacy notice")
    SENSITIVE = "sensitive", _("Health, disability or other sensitive details")
    MINOR = "minor", _("Details of a child under 14, given by the guardian")
    PUBLIC_NAME = "public_name", _("Name and photo shown to the resident being helped")


class ReadPurpose(models.TextChoices):
    """Why somebody read personal details; kept in the access log."""

    CONTACT = "contact", _("To contact the person")
    VERIFY = "verify", _("To check what was stated")
    SERVICE = "service", _("To carry out the service")
    COMPLAINT = "complaint", _("To handle a complaint or a safety report")
    AUDIT = "audit", _("To audit records")
