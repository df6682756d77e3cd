"""Deleting an account: asked for, waited for, then carried out; the history of what happened stays without the person.

Rule: PIPL art. 47. What has to be kept goes on without naming anybody: service records under the volunteer's
number (民政部令67), histories and the access log under the number of the account.
"""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from civic.accounts.actions import empty
from civic.accounts.models import AccessNote, ApiToken, Consent, Membership, User
from civic.cases import door
from civic.cases.workflow import SYSTEM
from civic.evidence import store
from civic.evidence.models import Photo, Voice
from civic.lib import clock, spoken
from civic.lib.errors import Conflict, NotFound
from civic.notify.models import Message, Preference, PushDevice
from insight.privacy import copies, told
from insight.privacy.models import Deletion, Export
from requests_app import access
from requests_app.models import Assignment, Block, RequestDraft, SavedView, ServiceRequest, UnitMember
from requests_app.models.request import IS_OPEN
from volunteers.models import Volunteer


@dataclass(frozen=True)
class Obstacle:
    """What has to be settled before an account can be deleted, and where."""

    words: str
    what_to_do: str
    url: str = ""
    action: str = ""


class StillNeeded(Conflict):
    """Something is open that the account is needed for."""

    code = "account_still_needed"


def obstacles(user: User) -> list[Obstacle]:
    """Returns what stands against deleting the account of `user`, in the order to settle it."""
    return [each for each in (_open_requests(user), _promises(user), _roles(user)) if each is not None]


def open_of(user: User) -> Deletion | None:
    """Returns what `user` asked for and is still waited for, None without."""
    return Deletion.objects.filter(user=user, withdrawn_at=None, done_at=None).first()


@transaction.atomic
def ask(user: User) -> Deletion:
    """Notes that `user` wants the account deleted, and tells them so; the same answer when it is asked again.
    Raises StillNeeded."""
    User.objects.select_for_update().get(pk=user.pk)
    found = open_of(user)
    if found is not None:
        return found
    if hindered := obstacles(user):
        raise StillNeeded(hindered[0].words)
    now = clock.now()
    asked = Deletion.objects.create(user=user, asked_at=now, due_at=now + settings.DELETION_WAITS)
    told.of_asking(asked)
    return asked


def withdraw(user: User) -> None:
    """Takes it back: the account stays as it is. Raises NotFound when nothing is waited for."""
    open_ones = Deletion.objects.filter(user=user, withdrawn_at=None, done_at=None)
    if not open_ones.update(withdrawn_at=clock.now()):
        raise NotFound(_("There is nothing to take back."))


@transaction.atomic
def carry_out(deletion_id: int) -> bool:
    """Deletes the account, all or nothing; returns whether it was there to be done.

    Raises StillNeeded when something was begun meanwhile: it is tried again with the next sweep.
    """
    rows = Deletion.objects.select_for_update(skip_locked=True, of=("self",))
    found = rows.filter(pk=deletion_id, withdrawn_at=None, done_at=None, due_at__lte=clock.now()).first()
    if found is None:
        return False
    user = User.objects.select_for_update().get(pk=found.user_id)
    if hindered := obstacles(user):
        raise StillNeeded(hindered[0].words)
    _forget_in_requests(user)
    _forget_volunteer(user)
    _forget_traces(user)
    told.of_doing(found, user)
    empty(user)
    found.done_at = clock.now()
    found.save(update_fields=["done_at"])
    return True


def _open_requests(user: User) -> Obstacle | None:
    count = ServiceRequest.objects.filter(IS_OPEN, access.own(user)).count()
    if not count:
        return None
    words = ngettext("%(n)s request is still open.", "%(n)s requests are still open.", count) % {"n": count}
    return Obstacle(
        words, _("Wait until it is done and rated, or cancel it."), reverse("me"), _("My requests")
    )


def _promises(user: User) -> Obstacle | None:
    serving = Assignment.objects.filter(volunteer__user=user, state__in=access.SERVING)
    count = serving.count()
    if not count:
        return None
    words = ngettext("%(n)s task is promised to you.", "%(n)s tasks are promised to you.", count)
    return Obstacle(
        words % {"n": count},
        _("Finish it or say that you cannot come: somebody counts on you."),
        reverse("v:tasks"),
        _("My tasks"),
    )


def _roles(user: User) -> Obstacle | None:
    ends = list(Membership.objects.filter(user=user).values_list("valid_until", flat=True))
    now = clock.now()
    if user.is_superuser or any(end is None or end > now for end in ends):
        return Obstacle(
            _("You hold a role as staff."), _("Ask your administrator to end it before you ask for deletion.")
        )
    last: datetime | None = max((end for end in ends if end is not None), default=None)
    if last is not None and last + settings.STAFF_KEPT > now:
        until = spoken.moment(last + settings.STAFF_KEPT)
        return Obstacle(
            _("You held a role as staff until lately."),
            _("What staff do stays attributable for six months: please ask again after %(day)s.")
            % {"day": until},
        )
    return None


def _forget_in_requests(user: User) -> None:
    """Anonymises the user's own requests; of somebody else's only what the user left there as proxy or contact."""
    found = access.own(user)
    if user.phone_hash:
        found |= Q(contact_phone_hash=user.phone_hash)
    for request in ServiceRequest.objects.filter(found, anonymised_at=None).order_by("pk"):
        if access.is_beneficiary(request, user):
            door.perform(request, "anonymise", actor=SYSTEM, why="deletion")
        else:  # may still be open: to be somebody's contact stands against nothing
            door.perform(request, "forget_helper", actor=SYSTEM, why="deletion", helper=user)


def _forget_volunteer(user: User) -> None:
    volunteer = Volunteer.objects.filter(user=user).first()
    if volunteer is not None:
        door.perform(volunteer, "leave", actor=SYSTEM)
        notes = AccessNote.objects.filter(entry__subject_kind=volunteer.kind, entry__subject_id=volunteer.pk)
        notes.delete()


def _forget_traces(user: User) -> None:
    """Removes what stands around an account: sessions, keys, messages, drafts, uploads, lines of the admin's log."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    for model in (ApiToken, EmailAddress, Authenticator, RequestDraft, Preference, PushDevice, UnitMember):
        model._default_manager.filter(user=user).delete()
    SavedView.objects.filter(owner=user).delete()
    to_them = Q(user=user)
    if user.phone_hash:
        to_them |= Q(phone_hash=user.phone_hash)
    Message.objects.filter(to_them).delete()
    Block.objects.filter(resident=user).delete()
    AccessNote.objects.filter(entry__subject_kind="user", entry__subject_id=user.pk).delete()
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=clock.now())
    store.discard_unattached(user)
    for model in (Photo, Voice):
        model._default_manager.filter(uploader=user).update(uploader=None)
    Export.objects.filter(user=user, ready_at=None).delete()
    copies.forget(Export.objects.filter(user=user).exclude(file=""))
    about = {User: [user.pk], Volunteer: Volunteer.objects.filter(user=user).values_list("pk", flat=True)}
    for model, keys in about.items():
        lines = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
        lines.filter(object_id__in=[str(key) for key in keys]).update(object_repr="", change_message="")
