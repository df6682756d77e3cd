"""Who decides about volunteers: staff of their area, never they themselves."""

from datetime import date

import pytest

from civic.accounts.enums import Role
from civic.accounts.models import Membership
from civic.lib.errors import NotAllowed
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
