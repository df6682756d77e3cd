"""The words volunteers' rows store."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VolunteerState(models.TextChoices):
    """Where a volunteer stands: only the approved are matched."""

    APPLIED = "applied", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")
    SUSPENDED = "suspended", _("Suspended")
    LEFT = "left", _("Left")


class Entry(models.TextChoices):
    """Kinds of lines in the ledger of service records."""

    SERVICE = "service", _("Service")
    REVERSAL = "reversal", _("Reversal")


class ConfirmedBy(models.TextChoices):
    """What made a service record count."""

    RATING = "rating", _("The resident's rating")
    CALL_BACK = "call_back", _("A call-back by staff")
