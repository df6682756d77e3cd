"""Forgetting the people of a request that is over: what remains is what happened, not to whom."""

from collections.abc import Iterable

from django.db.models import Q

from civic.accounts.models import AccessNote
from civic.cases.change import Change
from civic.cases.models import CaseText
from civic.evidence import store
from civic.lib.errors import IllegalTransition
from requests_app.models import Block, Considered, ImportRow, PlanLine, RequestDraft, ServiceRequest

BLANK = (
    *("title", "text", "speaks", "on_behalf_reason", "address", "door_note", "check_in_code"),
    *("beneficiary_name", "beneficiary_phone", "beneficiary_phone_hash"),
    *("contact_name", "contact_phone", "contact_phone_hash"),
)
NOBODY = ("voice_id", "beneficiary", "proxy", "lat", "lon")


def still_known(change: Change) -> None:
    """Guard: nothing more is said about a request whose people are forgotten."""
    if change.case.anonymised_at is not None:
        raise IllegalTransition()


def anonymise(change: Change) -> None:
    """Empties every personal column, the texts beside the history, photos and voice, and what else names the people."""
    request: ServiceRequest = change.case
    change.reason_code = str(change.fact("why") or "retention")
    phone = request.beneficiary_phone_hash
    for name in BLANK:
        setattr(request, name, "")
    for name in NOBODY:
        setattr(request, name, None)
    request.public_summary = request.category.summary
    request.anonymised_at = change.at
    CaseText.objects.filter(kind=request.kind, case_id=request.pk, erased_at=None).update(
        body="", erased_at=change.at
    )
    store.discard_of(request.kind, request.pk)
    AccessNote.objects.filter(entry__subject_kind=request.kind, entry__subject_id=request.pk).delete()
    ImportRow.objects.filter(request=request).update(cells=[], notes=[])
    RequestDraft.objects.filter(placed=request).delete()
    Considered.objects.filter(request=request).delete()
    PlanLine.objects.filter(request=request).delete()
    if phone:
        _lift_blocks(phone, besides=[request.pk])


def forget_helper(change: Change) -> None:
    """Removes what the user `helper` left as proxy or contact; the request, open or over, stays somebody else's."""
    request, helper = change.case, change.facts["helper"]
    change.reason_code = str(change.fact("why") or "")
    if request.proxy_id == helper.pk:
        request.proxy, request.on_behalf_reason = None, ""
    if helper.phone_hash and request.contact_phone_hash == helper.phone_hash:
        request.contact_name = request.contact_phone = request.contact_phone_hash = ""


def _lift_blocks(phone_hash: str, *, besides: Iterable[int]) -> None:
    """Drops the blocks of a number that no other request of ours knows any more."""
    known = ServiceRequest.objects.filter(Q(beneficiary_phone_hash=phone_hash)).exclude(pk__in=besides)
    if not known.exists():
        Block.objects.filter(resident=None, phone_hash=phone_hash).delete()
