"""Why somebody would be asked for a request, or why not."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema

from civic.lib.errors import NotAllowed, ValidationFailed
from civic.rest import View, answer
from requests_app import access, matching
from requests_app.api import documented, filters, shapes
from requests_app.api.views import SignedIn
from requests_app.queries import why


class Why(View):
    @extend_schema(parameters=[filters.OfVolunteer], responses=documented.Why)
    def get(self, request: SignedIn, pk: int) -> HttpResponse:
        """Returns which rules keep a volunteer from being asked, else their rank with the parts of the score.

        Dispatchers ask about any volunteer of the district (`volunteer`), a volunteer about themselves alone.
        """
        found, _seen = access.find(request.user, pk=pk)
        wanted = filters.of_volunteer(request.query_params)["volunteer"]
        own = access.volunteer_of(request.user)
        if wanted is None or (own is not None and wanted == own.pk):
            if own is None:
                raise _nobody_named() if access.may_dispatch(request.user, found) else NotAllowed()
            return answer(shapes.verdict(matching.verdict(found, own), own=True))
        if not access.may_dispatch(request.user, found):
            raise NotAllowed()
        return answer(shapes.verdict(matching.verdict(found, why.volunteer(found, wanted)), own=False))


def _nobody_named() -> ValidationFailed:
    return ValidationFailed.on("volunteer", _("Say which volunteer."))
