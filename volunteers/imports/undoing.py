"""Taking back whom a register brought: a portion of people in a few statements, by the same verbs as one of them."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from civic.accounts.actions import empty_many
from civic.accounts.models import User, random_username
from civic.cases import clocks, door
from civic.cases.models import CaseText
from civic.imports.models import RowState
from civic.lib import clock, copying
from civic.lib.errors import DomainError
from civic.lib.rows import Write
from civic.lib.together import run_together
from volunteers.imports import untouched
from volunteers.models import Papers, RegisterImport, RegisterRow, Volunteer


def take_back(batch: RegisterImport, lines: Sequence[RegisterRow]) -> None:
    """Takes back what `lines` brought where nobody has touched it, and says in their `state` what became of them.

    Within the caller's transaction. Whose rows nobody else holds are taken back together, locked from before it is
    asked whether they were touched; the others, and whom the register only completed, one by one.
    """
    ids = [line.volunteer_id for line in lines if line.volunteer_id is not None]
    people = Volunteer.objects.filter(pk__in=ids).select_related("user")
    held = {each.pk: each for each in people.select_for_update(of=("self", "user"), skip_locked=True)}
    elsewhere = {each.pk: each for each in people.exclude(pk__in=held)} if len(held) < len(ids) else {}
    touched = untouched.touched(lines, held | elsewhere)
    together = []
    for line in lines:
        assert line.volunteer_id is not None  # it was added
        if line.volunteer_id in touched:
            line.state = RowState.KEPT
        elif line.state == RowState.ADDED and line.volunteer_id in held:
            together.append((line, held[line.volunteer_id]))
        else:
            _one(batch, line, (held | elsewhere)[line.volunteer_id])
    _many(batch, together)


def _one(batch: RegisterImport, line: RegisterRow, volunteer: Volunteer) -> None:
    """Takes one person back, or what was completed of them."""
    verb, facts = "take_out", dict[str, Any](fields=line.filled, batch=batch.pk)
    if line.state == RowState.ADDED:
        verb, facts = "undo_import", {"empty_account": line.made_account, "batch": batch.pk}
    try:
        with transaction.atomic():
            door.perform(volunteer, verb, actor=batch.by, **facts)
        line.state = RowState.UNDONE
    except DomainError:
        line.state = RowState.KEPT


def _many(batch: RegisterImport, people: Sequence[tuple[RegisterRow, Volunteer]]) -> None:
    """Takes back untouched people whom the caller has locked."""
    timers = clocks.read(Volunteer.kind, [volunteer.pk for _line, volunteer in people])
    new = iter(copying.next_keys(User, sum(not line.made_account for line, _volunteer in people)))
    gone, writes = list[Volunteer](), list[Write]()
    emptied, freed, fresh = list[User](), list[User](), list[tuple[Any, ...]]()
    for line, volunteer in people:
        user = volunteer.user
        facts: dict[str, Any] = {"left_to": user.pk if line.made_account else next(new), "batch": batch.pk}
        known = timers[volunteer.pk]
        try:
            writes += door.prepare(volunteer, "undo_import", actor=batch.by, timers=known, **facts)
        except DomainError:
            line.state = RowState.KEPT
            continue
        line.state = RowState.UNDONE
        gone.append(volunteer)
        (emptied if line.made_account else freed).append(user)
        if not line.made_account:
            fresh.append((facts["left_to"], random_username(), make_password(None)))
    copying.insert_like(User(is_active=False), ("id", "username", "password"), fresh)
    run_together(writes)
    Papers.objects.filter(volunteer__in=gone).delete()
    texts = CaseText.objects.filter(
        kind=Volunteer.kind, case_id__in=[each.pk for each in gone], erased_at=None
    )
    texts.update(body="", erased_at=clock.now())
    empty_many(emptied)
    User.objects.filter(pk__in=[user.pk for user in freed]).update(consent_due=False)
