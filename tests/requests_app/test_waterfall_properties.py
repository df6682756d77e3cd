"""However people answer: a waterfall ends, asks nobody twice, and nobody who may not be asked."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from civic.cases import timers
from civic.lib import clock
from insight import consistency
from requests_app import matching
from requests_app.actions import act
from requests_app.models import Offer, ServiceRequest, Waterfall
from tests.cast import Cast
from tests.repeatable import REPEATABLE
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db
PEOPLE = 5  # beside the three of the cast
MOST_STEPS = 14  # more than there are people to decline and offers to run out

answers = st.lists(
    st.tuples(
        st.sampled_from(
            ["decline", "decline", "run out", "accept", "withdraw one", "pause somebody", "amend"]
        ),
        st.integers(0, 9),
    ),
    max_size=MOST_STEPS,
)


@given(width=st.integers(1, 5), headcount=st.integers(1, 3), steps=answers)
@settings(REPEATABLE, max_examples=8)
def test_it_ends_and_asks_nobody_twice_and_nobody_ineligible(
    cast: Cast, width: int, headcount: int, steps: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        run = Run(cast, width, headcount)
        for what, which in steps:
            run.take(what, which)
        for _turn in range(MOST_STEPS):  # and then nobody answers any more
            run.take("run out", 0)
        run.check_the_end()
        transaction.set_rollback(True)


class Run:
    """One request that is put to one after another, at a time that only moves on."""

    def __init__(self, cast: Cast, width: int, headcount: int) -> None:
        self.cast, self.width = cast, width
        for number in range(PEOPLE):
            cast.helper(f"志愿者{number}", f"+8613900001{number:03d}")
        self.pk = cast.place(headcount=headcount).pk
        self.now = clock.now()
        self.take("begin", 0)

    @property
    def request(self) -> ServiceRequest:
        return ServiceRequest.objects.get(pk=self.pk)

    def offers(self, **which: str) -> list[Offer]:
        found = Offer.objects.filter(request=self.pk, **which)
        return list(found.select_related("volunteer__user").order_by("pk"))

    def take(self, what: str, which: int) -> None:
        """Takes a step; whoever is asked because of it might be asked before it, and never was on these terms."""
        asked = self.offers(state="open")
        if not asked and what != "begin":
            return
        before, known = self.request, {offer.volunteer_id for offer in self.offers()}
        if what == "run out":
            self.now = max(self.now, *(offer.expires_at for offer in asked if offer.expires_at))
        with clock.at(self.now):
            able = set(matching.eligible(before).values_list("pk", flat=True))
            self._do(what, which, asked)
        new = {offer.volunteer_id for offer in self.offers()} - known
        assert new <= able
        terms = [(offer.volunteer_id, offer.terms) for offer in self.offers()]
        assert len(terms) == len(set(terms))
        going_on = Waterfall.objects.filter(request=self.pk, state="open").first()
        if going_on is not None:
            assert 1 <= len(self.offers(state="open")) <= going_on.width

    def _do(self, what: str, which: int, asked: list[Offer]) -> None:
        request, desk = self.request, self.cast.dispatcher
        if what == "begin":
            start = request.preferred_start
            act(request, "offer", actor=desk, mode="waterfall", width=self.width, agreed_start=start)
            return
        one = asked[which % len(asked)]
        if what == "decline":
            act(request, "decline_offer", actor=one.volunteer.user)
        elif what == "accept":
            act(request, "accept", actor=one.volunteer.user)
        elif what == "withdraw one" and len(asked) > 1:
            act(request, "withdraw_offer", actor=desk, offers=[one.pk])
        elif what == "pause somebody":  # who may have been asked, or not
            somebody = list(Volunteer.objects.order_by("pk").values_list("pk", flat=True))[which : which + 1]
            Volunteer.objects.filter(pk__in=somebody).update(active=False)
        elif what == "amend":
            act(request, "amend", actor=desk, address=f"荷花里 {request.version} 号楼")
        elif what == "run out":
            timers.sweep()

    def check_the_end(self) -> None:
        """It has ended, and everything that is stored agrees with itself."""
        assert Waterfall.objects.get(request=self.pk).state == "closed"
        with clock.at(self.now):
            assert [str(fault) for fault in consistency.check()] == []


def test_time_alone_ends_it(cast: Cast) -> None:
    request = cast.place()
    act(
        request,
        "offer",
        actor=cast.dispatcher,
        mode="waterfall",
        width=1,
        agreed_start=request.preferred_start,
    )
    with clock.at(clock.now() + timedelta(days=30)):
        while timers.sweep():
            pass
    assert Waterfall.objects.get().state == "closed"
