"""Putting other weights of matching in force."""

from __future__ import annotations

from collections.abc import Mapping

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction

from civic.accounts.models import User
from civic.areas.models import Area
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app import reference
from requests_app.models import MatchingWeights

PERMISSION = "requests_app.change_matchingweights"


def may_use(user: User) -> bool:
    """Whether `user` changes weights: whoever may do so in the administration."""
    return user.has_perm(PERMISSION)


def use(area: Area, weights: Mapping[str, float], *, actor: User, url: str) -> MatchingWeights:
    """Lets `weights` hold in `area` and below; the table's history keeps who did it, from which page.

    Raises NotAllowed, ValidationFailed for weights below 0, too heavy, not numbers, or that weigh nothing.
    """
    if not may_use(actor):
        raise NotAllowed()
    with pghistory.context(user=actor.pk, url=url), transaction.atomic():
        row = MatchingWeights.objects.select_for_update().filter(area_id=area.pk).first()
        row = row or MatchingWeights(area_id=area.pk)
        for name, value in weights.items():
            setattr(row, name, value)
        try:
            row.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as wrong:
            raise ValidationFailed(errors=wrong.message_dict) from None
        row.save()
    reference.forget()
    return row
