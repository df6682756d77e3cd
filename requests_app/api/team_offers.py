"""What is put to the teams that the caller leads, and whom they can name."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from civic.lib import keyset
from civic.lib.errors import NotAllowed, NotFound
from civic.rest import View, answer, listing
from requests_app import access
from requests_app.api import documented, filters, shapes
from requests_app.models import TeamOffer
from requests_app.queries import team_offers
from requests_app.queries.team_offers import TeamTask
from volunteers.models import Volunteer


class TeamOfferLine(documented.OfferToTeam):
    request = documented.Summary()


class Nameable(documented.Helper):
    able = serializers.BooleanField(help_text="may be named for this request")


class ShownTeamOffer(TeamOfferLine):
    free = serializers.IntegerField(help_text="how many more people are needed")
    members = Nameable(many=True)


class TeamOffers(View):
    @extend_schema(
        operation_id="team_offers_list",
        parameters=[filters.Paging],
        responses=documented.page_of(TeamOfferLine),
    )
    def get(self, request: Any) -> HttpResponse:
        """Returns what waits for an answer of the teams that the caller leads, the soonest to expire first."""
        volunteer = _volunteer(request)
        query = filters.paging(request.query_params)
        page = keyset.page(
            team_offers.open_offers(volunteer),
            order=("expires_at", "id"),
            size=query["page_size"],
            cursor=query["cursor"],
        )
        return listing(request, page, [_line(each, volunteer) for each in page.rows])


class OneTeamOffer(View):
    @extend_schema(responses=ShownTeamOffer)
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns one offer to a team of the caller's, with its members and whether each may be named."""
        volunteer = _volunteer(request)
        offer = access.to_teams_of(volunteer).select_related("request", "team").filter(pk=pk).first()
        if offer is None:
            raise NotFound()
        task = TeamTask(offer, volunteer)
        return answer(
            _line(offer, volunteer)
            | {
                "free": task.free,
                "members": [
                    {
                        "id": each.volunteer.pk,
                        "number": each.volunteer.number,
                        "name": each.volunteer.user.name,
                        "able": each.able,
                    }
                    for each in task.people
                ],
            }
        )


def _volunteer(request: Any) -> Volunteer:
    found = access.volunteer_of(request.user)
    if found is None:
        raise NotAllowed()
    return found


def _line(offer: TeamOffer, volunteer: Volunteer) -> dict[str, Any]:
    return shapes.team_offer(offer) | {"request": shapes.summary(offer.request, volunteer)}
