"""Where somebody lands who signed in without having been on the way to a page."""

from django.http import HttpRequest
from django.urls import reverse

from civic import shell
from civic.accounts.access import holds_anywhere
from civic.accounts.models import User
from civic.notify.adapter import AccountAdapter
from requests_app import access

DESK = shell.QUEUE | shell.VOLUNTEERS


class LandingAdapter(AccountAdapter):
    """The account adapter of the whole product (setting ACCOUNT_ADAPTER): it knows desk and volunteers."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Returns the page of the signed-in person's work; a safe `next` goes before it."""
        assert isinstance(request.user, User)
        return page_of(request.user)


def page_of(user: User) -> str:
    """Returns the desk for staff with a role there, their page for responsible units, the admin for superusers
    without one, the offers for volunteers (who wait for approval too), home for everybody else.
    """
    if holds_anywhere(user, DESK):
        return reverse("desk:queue")
    if holds_anywhere(user, shell.UNIT):
        return reverse("unit:home")
    if user.is_superuser:
        return reverse("admin:index")
    return reverse("home" if access.volunteer_of(user) is None else "v:home")
