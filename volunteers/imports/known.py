"""Whom a register names that is known here already: told apart in a few queries for a portion of rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.accounts.access import holds
from civic.accounts.models import User
from civic.areas.scope import ScopeIds
from civic.imports.models import RowState
from volunteers.access import DECIDING
from volunteers.enums import VolunteerState
from volunteers.imports.reading import Person
from volunteers.models import Papers, RegisterImport, RegisterRowState, Volunteer
from volunteers.workflow import HERE

WORDS = {
    "birth_date": gettext_lazy("date of birth"),
    "insured_until": gettext_lazy("insurance"),
    "vetted_at": gettext_lazy("vetting"),
    "skills": gettext_lazy("skills"),
    "service_classes": gettext_lazy("service classes"),
    "languages": gettext_lazy("languages"),
    "id_number": gettext_lazy("ID number"),
    "guardian_name": gettext_lazy("guardian"),
}


@dataclass
class Verdict:
    """What becomes of a person: `state` of the row, what is said to it, and which columns are completed."""

    state: str
    notes: list[str] = field(default_factory=list)
    fill: dict[str, Any] = field(default_factory=dict)
    user: User | None = None  # the account of this phone
    volunteer: Volunteer | None = None


def verdicts(batch: RegisterImport, people: Sequence[Person]) -> list[Verdict]:
    """Returns a verdict for each of `people`. Three queries, whatever their number."""
    hashes = {each.phone_hash for each in people if each.phone}
    accounts = User.objects.filter(phone_hash__in=hashes).select_related("volunteer", "volunteer__papers")
    by_phone = {user.phone_hash: user for user in accounts}
    ids = {each.id_hash for each in people if each.id_number}
    papers = Papers.objects.filter(id_number_hash__in=ids).values_list("id_number_hash", "volunteer_id")
    by_id = dict(papers)
    return [_of(batch, each, by_phone, by_id) for each in people]


def _of(
    batch: RegisterImport, person: Person, by_phone: dict[str | None, User], by_id: dict[str | None, int]
) -> Verdict:
    if person.problems:
        return Verdict(RowState.BAD, person.problems)
    user = by_phone.get(person.phone_hash)
    volunteer: Volunteer | None = getattr(user, "volunteer", None)
    owner = by_id.get(person.id_hash) if person.id_number else None
    if owner is not None and (volunteer is None or owner != volunteer.pk):
        return Verdict(RowState.BAD, [_("Somebody with another phone is registered with this ID number.")])
    if user is None:
        return Verdict(RowState.NEW, person.assumed)
    if user.name and user.name != person.name:
        return Verdict(
            RowState.BAD, [_("This phone belongs to somebody who is known here under another name.")]
        )
    if not user.is_active:
        return Verdict(RowState.BAD, [_("The account with this phone is closed.")])
    if volunteer is not None:
        return _registered(batch, person, user, volunteer)
    if user.is_staff:
        return Verdict(
            RowState.BAD, [_("This phone belongs to a staff account: they register by themselves.")]
        )
    note = _("There is an account with this phone: it becomes a volunteer's.")
    return Verdict(RowState.NEW, [note, *person.assumed], user=user)


def _registered(batch: RegisterImport, person: Person, user: User, volunteer: Volunteer) -> Verdict:
    """Somebody who is a volunteer already: only what is empty is completed, and never by staff of elsewhere."""
    verdict = Verdict(RowState.KNOWN, user=user, volunteer=volunteer)
    ids = ScopeIds(*(getattr(volunteer, name) for name in ScopeIds._fields))
    if not holds(batch.by, DECIDING, ids) or volunteer.user_id == batch.by_id:
        verdict.notes = [_("Registered in another area: nothing is changed.")]
    elif volunteer.state not in HERE:
        label = VolunteerState(volunteer.state).label
        verdict.notes = [_("Registered before, now “%(state)s”: nothing is changed.") % {"state": label}]
    else:
        verdict.fill = _missing(person, volunteer)
    if verdict.fill:
        verdict.state = RegisterRowState.FILL
        said = "、".join(str(WORDS[name]) for name in verdict.fill if name in WORDS)
        verdict.notes = [
            _("Registered already. Only what is empty is completed: %(what)s.") % {"what": said},
            *person.assumed,
        ]
    return verdict


def _missing(person: Person, volunteer: Volunteer) -> dict[str, Any]:
    """Returns what the file knows and the registration does not: column > value."""
    papers: Papers | None = getattr(volunteer, "papers", None)
    offered: dict[str, tuple[Any, Any]] = {
        "birth_date": (volunteer.birth_date, person.birth_date),
        "insured_until": (volunteer.insured_until, person.insured_until),
        "vetted_at": (volunteer.vetted_at, person.vetted_on),
        "skills": (volunteer.skills, person.skills),
        "service_classes": (volunteer.service_classes, person.service_classes),
        "languages": (volunteer.languages, person.languages),
        "id_number": (papers.id_number if papers else "", person.id_number),
        "guardian_name": (papers.guardian_name if papers else "", person.guardian_name),
    }
    fill = {name: new for name, (old, new) in offered.items() if new and not old}
    if "id_number" in fill and volunteer.birth_date not in {None, person.birth_date}:
        del fill["id_number"]  # not the person's, or a date that staff have to look at first
    if "guardian_name" in fill:
        fill["guardian_phone"] = person.guardian_phone
    return fill
