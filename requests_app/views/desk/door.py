"""What every page of the desk stands on: who may enter, and not sending again what has not changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from civic import shell
from civic.accounts.access import holds_anywhere
from civic.accounts.enums import Role
from civic.lib.errors import NotAllowed

View = Callable[..., HttpResponse]

QUEUE, VOLUNTEERS = shell.QUEUE, shell.VOLUNTEERS
PLACING = frozenset({Role.DISPATCHER, Role.PROXY})
ANYBODY = QUEUE | VOLUNTEERS


def for_roles(roles: Collection[str]) -> Callable[[View], View]:
    """Lets a page be opened by whoever holds one of `roles` somewhere; rows are decided about one by one.

    Raises NotAllowed for everybody else. Nothing of the desk is kept by browsers or proxies.
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


def unless_same(request: HttpRequest, shown: Any, render: Callable[[], HttpResponse]) -> HttpResponse:
    """Returns 304 when the browser has what `shown` stands for in this language, else the rendered answer."""
    digest = hashlib.sha256(repr((get_language(), request.user.pk, shown)).encode()).hexdigest()[:32]
    tag = f'"{digest}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render()
    response["ETag"] = tag
    return response
