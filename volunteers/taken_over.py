"""Effects of the verbs for people whom a register named: nobody hears of them, and each can be taken back."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from civic.accounts.actions import empty, give_consent
from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import User
from civic.cases.change import Change
from civic.lib.errors import Conflict, ValidationFailed
from volunteers.models import Commitment, Papers, Volunteer
from volunteers.profile import TAKEN

OF_PAPERS = ("id_number", "guardian_name", "guardian_phone")
EMPTY: dict[str, Any] = {"skills": [], "service_classes": [], "languages": []} | dict.fromkeys(OF_PAPERS, "")


def fill_in(change: Change) -> None:
    """Completes what is empty with what a register knows (`given`, column > value); overwrites nothing."""
    volunteer: Volunteer = change.case
    given = dict(change.facts["given"])
    papers = _papers(volunteer, given)
    for name, value in given.items():
        row = papers if name in OF_PAPERS else volunteer
        if getattr(row, name):
            continue
        if name == "vetted_at":
            value = min(timezone.make_aware(datetime.combine(value, time())), change.at)
        setattr(row, name, value)
    if papers is not None:
        try:
            with transaction.atomic():
                papers.save()
        except IntegrityError as error:  # the same ID number, sent at the same moment
            raise ValidationFailed.on("id_number", TAKEN) from error
    change.record(fields=list(given), **{"import": change.facts["batch"]})


def take_out(change: Change) -> None:
    """Empties again the columns `fields` that a register had completed."""
    volunteer: Volunteer = change.case
    fields = list(change.facts["fields"])
    papers = _papers(volunteer, fields)
    for name in fields:
        setattr(papers if name in OF_PAPERS else volunteer, name, EMPTY.get(name))
    if papers is not None:
        papers.save()
    change.record(fields=fields, **{"import": change.facts["batch"]})


def _papers(volunteer: Volunteer, names: Any) -> Papers | None:
    if not set(names) & set(OF_PAPERS):
        return None
    return Papers.objects.get_or_create(volunteer=volunteer)[0]


def leave_account(change: Change) -> None:
    """Parts the number, which stays in the history, from the person: an account that the import made is emptied
    (`empty_account`), any other stays as it was and is free to register."""
    volunteer: Volunteer = change.case
    user = User.objects.select_for_update().get(pk=volunteer.user_id)
    if change.fact("empty_account"):
        empty(user)
    else:
        volunteer.user_id = User.objects.create_user(is_active=False).pk
        user.consent_due = False
        user.save(update_fields=["consent_due"])


def may_decline(change: Change) -> None:
    """Guard: only who never agreed can decline, and nobody who is expected somewhere."""
    if not User.objects.filter(pk=change.case.user_id, consent_due=True).exists():
        raise Conflict(_("You have agreed already; to leave, delete your account."))
    if Commitment.objects.filter(volunteer=change.case, active=True).exists():
        raise Conflict(_("You are expected somewhere: please talk to your community first."))


def agree(change: Change) -> None:
    """Keeps the consent of somebody whom staff had registered; from now on all pages open."""
    user = User.objects.select_for_update().get(pk=change.case.user_id)
    give_consent(user, ConsentPurpose.TERMS, settings.CONSENT_VERSION)
    user.consent_due = False
    user.save(update_fields=["consent_due"])
    change.record(version=settings.CONSENT_VERSION)
