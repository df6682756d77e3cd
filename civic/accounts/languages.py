"""A language chosen before signing in: kept in the session, and the account's from then on."""

from django.http import HttpRequest

from civic.accounts import actions
from civic.accounts.models import User

CHOSEN = "chosen_language"


def choose(request: HttpRequest, language: str) -> None:
    """Keeps `language` for whoever is signed in, or for whoever signs in next in this session."""
    if request.user.is_authenticated:
        actions.choose_language(request.user, language)
    else:
        request.session[CHOSEN] = language


def take_along(request: HttpRequest, user: User) -> None:
    """Gives the account that signs in the language that was chosen on the pages before; the cookie of an earlier
    visitor says nothing."""
    actions.choose_language(user, request.session.pop(CHOSEN, ""))
