"""Who registers, and who decides about volunteers: staff of their area, never they themselves."""

from datetime import date
from random import Random

import pytest
from django.db import IntegrityError, transaction

from civic.accounts.enums import Role
from civic.accounts.models import Membership, User
from civic.lib import codes
from civic.lib.errors import Conflict, NotAllowed
from tests.cast import LONG_AGO, Cast
from volunteers import actions
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db


@pytest.fixture
def applicant(cast: Cast) -> Volunteer:
    """Somebody who waits for approval."""
    return actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[])


def test_a_volunteer_does_not_approve_themself(applicant: Volunteer) -> None:
    with pytest.raises(NotAllowed):
        actions.decide(applicant, "approve", actor=applicant.user)


def test_a_dispatcher_is_approved_vetted_and_insured_by_a_colleague(cast: Cast, applicant: Volunteer) -> None:
    Membership.objects.create(
        user=applicant.user, role=Role.DISPATCHER, area=cast.district, valid_from=LONG_AGO
    )
    with pytest.raises(NotAllowed):
        actions.decide(
            applicant, "approve", actor=applicant.user, vetted=True, insured_until=date(2099, 1, 1)
        )
    assert actions.decide(applicant, "approve", actor=cast.colleague).state == "approved"
    assert actions.update(applicant, actor=applicant.user, about="周末有空").about == "周末有空"


def test_a_dispatcher_of_another_district_decides_nothing(cast: Cast, applicant: Volunteer) -> None:
    with pytest.raises(NotAllowed):
        actions.decide(applicant, "approve", actor=cast.outsider)


def test_staff_renew_an_insurance_and_nobody_their_own(cast: Cast) -> None:
    until = date(2099, 12, 31)
    mine = actions.decide(cast.volunteer, "update", actor=cast.volunteer.user, insured_until=until)
    assert mine.insured_until != until
    assert actions.decide(mine, "update", actor=cast.dispatcher, insured_until=until).insured_until == until


# Registering


class Loaded(Random):
    """Dice that always fall on their lowest side."""

    def randrange(self, *_limits: object) -> int:  # type: ignore[override]
        """Returns 0."""
        return 0


def test_a_number_that_somebody_has_already_is_drawn_again(cast: Cast) -> None:
    with codes.drawn_from(Random(7)):
        taken = f"Z-{codes.digits(8)}"
    Volunteer.objects.filter(pk=cast.second.pk).update(number=taken)
    with codes.drawn_from(Random(7)):
        made = actions.register(actor=cast.neighbour, name="周小敏", area=cast.grid, skills=[])
    cast.neighbour.refresh_from_db()
    assert (cast.neighbour.name, made.state, made.version) == ("周小敏", "applied", 1)
    assert Volunteer.objects.filter(number=taken).get() == cast.second
    assert Volunteer.objects.get(user=cast.neighbour).number == made.number != taken


def test_who_is_registered_is_told_so_and_nobody_else(cast: Cast, applicant: Volunteer) -> None:
    with pytest.raises(Conflict) as refused:
        actions.register(actor=applicant.user, name="周小敏", area=cast.grid, skills=[])
    assert refused.value.code == "already_registered"
    assert User.objects.get(pk=applicant.user_id).name == "周敏"  # nothing was changed on the way
    Volunteer.objects.filter(pk=applicant.pk).update(number="Z-00000000")
    with codes.drawn_from(Loaded()), pytest.raises(IntegrityError), transaction.atomic():
        actions.register(actor=cast.resident, name="陈桂兰", area=cast.grid, skills=[])
