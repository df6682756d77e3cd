"""What every page of messages in the console stands on: who may enter."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from civic.accounts.models import User
from civic.lib.errors import NotAllowed, NotFound
from civic.notify import queries
from civic.notify.access import Person, may_replay

View = Callable[..., HttpResponse]


def only(may: Callable[[Person], bool]) -> Callable[[View], View]:
    """Lets a page be opened by those whom `may` lets. Raises NotAllowed for everybody else."""

    def wrap(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user):
                raise NotAllowed(_("This page is for administrators."))
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def person(request: HttpRequest) -> User:
    """Returns who is signed in; `only` has let nobody else in."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


def frame(request: HttpRequest, tab: str) -> dict[str, Any]:
    """Returns what the head of every page here needs."""
    may = may_replay(request.user)
    return {
        "section": "messages",
        "tab": tab,
        "may_replay": may,
        "dead_count": queries.dead_count() if may else 0,
    }
