"""Reading personal details of a request: allowed for a purpose, and always logged."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from civic.accounts.access import log_access
from civic.accounts.enums import ReadPurpose
from civic.accounts.models import User
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app.access import Sight, sight
from requests_app.models import ServiceRequest


@dataclass(frozen=True)
class Contact:
    """How the resident is reached; shown to who serves, and to staff for a stated purpose."""

    beneficiary_name: str
    beneficiary_phone: str
    contact_name: str
    contact_phone: str
    address: str
    door_note: str

    @property
    def name(self) -> str:
        """Whom to ask for at the door: a contact without a number of their own stands for the resident."""
        return self.beneficiary_name or ("" if self.contact_phone else self.contact_name)


def open_contact(request: ServiceRequest, *, actor: User, seen: Sight | None = None) -> Contact:
    """Returns the contact for a volunteer who serves this open request; the reading is logged.

    `seen` is what `sight` said, where the caller has asked it. Raises NotAllowed before acceptance and after
    closing.
    """
    seen = seen or sight(request, actor)
    if seen == Sight.TASK:
        log_access(actor, request.kind, request.pk, [*_fields(), "text", "photos"], ReadPurpose.SERVICE)
    elif seen != Sight.OWN:
        raise NotAllowed(_("The contact is shown to whoever serves the request, while it is open."))
    return _contact(request)


def unmask_phone(request: ServiceRequest, *, actor: User, purpose: str) -> Contact:
    """Returns the contact for staff of the area who say why; the reading is logged."""
    if sight(request, actor) != Sight.STAFF:
        raise NotAllowed()
    if purpose not in ReadPurpose.values:
        raise ValidationFailed.on("purpose", _("Say why you need to see it."))
    log_access(actor, request.kind, request.pk, _fields(), purpose)
    return _contact(request)


def _fields() -> list[str]:
    return ["beneficiary_phone", "contact_phone", "address", "door_note"]


def _contact(request: ServiceRequest) -> Contact:
    return Contact(
        beneficiary_name=request.beneficiary_name,
        beneficiary_phone=request.beneficiary_phone,
        contact_name=request.contact_name,
        contact_phone=request.contact_phone,
        address=request.address,
        door_note=request.door_note,
    )
