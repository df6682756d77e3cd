"""Reading personal details of a request: allowed for a purpose, and always logged."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from civic.accounts import access as held_roles
from civic.accounts.actions import unmask
from civic.accounts.enums import ReadPurpose, Role
from civic.accounts.models import User
from civic.lib.errors import NotAllowed
from requests_app.access import READERS, Sight, sight
from requests_app.confidence import STATED
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

    `seen` is what `sight` said, where the caller has asked it. What there is to read stands in the log; a photo or
    voice note does when it is opened (civic.evidence.access). Raises NotAllowed before acceptance, after closing,
    and when the time after the service has run out (settings.CONTACT_SHOWN).
    """
    seen = seen or sight(request, actor)
    if seen == Sight.TASK:
        fields = [*_fields(request), *(["text"] if request.text else [])]
        held_roles.log_access(actor, request.kind, request.pk, fields, ReadPurpose.SERVICE)
    elif seen != Sight.OWN:
        raise NotAllowed(
            _("The contact is shown to whoever serves the request, until shortly after the service.")
        )
    return _contact(request)


def unmask_phone(request: ServiceRequest, *, actor: User, purpose: str, note: str = "") -> Contact:
    """Returns the contact for staff of the area, or of the unit that has it, who say why: a listed purpose, and a few
    words if they like.

    The reading is logged, where the resident sees it. Raises NotAllowed for everybody else, ValidationFailed
    without a purpose.
    """
    if sight(request, actor) not in {Sight.STAFF, Sight.UNIT}:
        raise NotAllowed()
    unmask(
        actor,
        subject_kind=request.kind,
        subject_id=request.pk,
        fields=_fields(request),
        purpose=purpose,
        note=note,
        capacity=held_roles.holding(actor, READERS | {Role.UNIT}, request.scope),
    )
    return _contact(request)


def open_sealed(request: ServiceRequest, *, actor: User, purpose: str, note: str = "") -> None:
    """Opens a confidential request to staff of the area who say why they need to read it, from now on.

    The reading is logged, where the resident sees it. Raises NotAllowed for everybody else, ValidationFailed
    without a purpose.
    """
    if sight(request, actor) != Sight.SEALED:
        raise NotAllowed()
    unmask(
        actor,
        subject_kind=request.kind,
        subject_id=request.pk,
        fields=[STATED, "text", "photos"],
        purpose=purpose,
        note=note,
        capacity=held_roles.holding(actor, READERS, request.scope),
    )


def _fields(request: ServiceRequest) -> list[str]:
    """Returns what of the contact there is to read."""
    names = ("beneficiary_phone", "contact_phone", "address", "door_note")
    return [name for name in names if getattr(request, name)]


def _contact(request: ServiceRequest) -> Contact:
    return Contact(
        beneficiary_name=request.beneficiary_name,
        beneficiary_phone=request.beneficiary_phone,
        contact_name=request.contact_name,
        contact_phone=request.contact_phone,
        address=request.address,
        door_note=request.door_note,
    )
