"""The lives of a request's parts: where each starts, which edges it may take, and where the request goes with them."""

from civic.cases.workflow import PartTable
from requests_app.enums import AssignmentState as Part
from requests_app.enums import OfferState as Asked
from requests_app.enums import PoolState, WaterfallState
from requests_app.enums import ReferralState as Sent
from requests_app.enums import RequestState as S
from requests_app.models import Assignment, Offer, Pool, Referral, TeamOffer, Waterfall

PARTS = (
    PartTable(
        name="offer",
        model=Offer,
        initial=frozenset({Asked.OPEN, Asked.ACCEPTED}),
        edges={Asked.OPEN: frozenset({Asked.ACCEPTED, Asked.DECLINED, Asked.EXPIRED, Asked.WITHDRAWN})},
    ),
    PartTable(
        name="team_offer",
        model=TeamOffer,
        initial=frozenset({Asked.OPEN}),
        edges={Asked.OPEN: frozenset({Asked.ACCEPTED, Asked.DECLINED, Asked.EXPIRED, Asked.WITHDRAWN})},
    ),
    PartTable(
        name="pool",
        model=Pool,
        initial=frozenset({PoolState.OPEN}),
        edges={PoolState.OPEN: frozenset({PoolState.CLOSED})},
    ),
    PartTable(
        name="waterfall",
        model=Waterfall,
        initial=frozenset({WaterfallState.OPEN}),
        edges={WaterfallState.OPEN: frozenset({WaterfallState.CLOSED})},
    ),
    PartTable(
        name="assignment",
        model=Assignment,
        initial=frozenset({Part.ACCEPTED}),
        edges={
            Part.ACCEPTED: frozenset(
                {
                    Part.IN_SERVICE,
                    Part.GIVEN_UP,
                    Part.NO_SHOW,
                    Part.RELEASED,
                }
            ),
            Part.IN_SERVICE: frozenset({Part.COMPLETED, Part.GIVEN_UP, Part.RELEASED}),
        },
    ),
    PartTable(
        name="referral",
        model=Referral,
        initial=frozenset({Sent.OPEN}),
        edges={Sent.OPEN: frozenset({Sent.ANSWERED, Sent.RETURNED, Sent.RECALLED, Sent.ENDED})},
    ),
)

# Where computing the state from the parts can lead; every other edge is refused, by the door and the database.
COMPUTED_EDGES = frozenset(
    {
        (S.SUBMITTED, S.OFFERED),
        (S.OFFERED, S.SUBMITTED),
        (S.OFFERED, S.ACCEPTED),
        (S.OFFERED, S.IN_SERVICE),
        (S.ACCEPTED, S.SUBMITTED),
        (S.ACCEPTED, S.OFFERED),
        (S.ACCEPTED, S.IN_SERVICE),
        (S.IN_SERVICE, S.SUBMITTED),
        (S.IN_SERVICE, S.OFFERED),
        (S.IN_SERVICE, S.COMPLETED),
    }
)
