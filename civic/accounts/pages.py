"""Who may open a page of staff."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from civic.accounts.access import holds_anywhere
from civic.lib.errors import NotAllowed

View = Callable[..., HttpResponse]


def for_roles(roles: Collection[str]) -> Callable[[View], View]:
    """Lets a page be opened by whoever holds one of `roles` somewhere; rows are decided about one by one.

    Raises NotAllowed for everybody else. Nothing of such a page is kept by browsers or proxies.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not holds_anywhere(request.user, roles):
                raise NotAllowed(_("This page is for staff with a role in an area."))
            return view(request, *args, **kwargs)

        return guarded

    return wrap
