"""The words the case kit stores."""

from django.db import models
from django.utils.translation import pgettext_lazy


class ApprovalState(models.TextChoices):
    """Where a proposal stands; every one but the first is the end of it."""

    OPEN = "open", pgettext_lazy("approval", "Waiting for approval")
    APPROVED = "approved", pgettext_lazy("approval", "Approved")
    REFUSED = "refused", pgettext_lazy("approval", "Refused")
    EXPIRED = "expired", pgettext_lazy("approval", "Ran out")
    WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")
