"""The Django admin behind our sign-in: password and second factor first, changes audited by author."""

from collections.abc import Callable
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from civic.accounts.mfa import used_second_factor

# What the admin's pages say and Django's own Chinese catalogue lacks, or says oddly; named here, so that ours has it.
SAID_BY_DJANGO = (
    gettext_noop("Error:"),
    gettext_noop("None available"),
    gettext_noop("Model name"),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
    gettext_noop("After you’ve created a user, you’ll be able to edit more user options."),
)


class CivicAdminSite(AdminSite):
    """For those who answer for the whole city (backends.MembershipBackend) and superusers."""

    site_header = _("Administration")
    site_title = _("Administration")
    index_title = _("Records")

    def has_permission(self, request: HttpRequest) -> bool:
        """True for active staff with a second factor who may see something."""
        user = request.user
        if not (
            user.is_active and user.is_staff and (user.is_superuser or user.has_module_perms("accounts"))
        ):
            return False
        return not settings.STAFF_SECOND_FACTOR or used_second_factor(request)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sends to the staff sign-in; somebody signed in who may not enter gets a 403."""
        if request.user.is_authenticated:
            raise PermissionDenied
        back = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('account_staff_login')}?{urlencode({'next': back})}")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Wraps a page so that pghistory rows name who changed what, from which page."""

        def audited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with pghistory.context(user=request.user.pk, url=request.path):
                return view(request, *args, **kwargs)

        return super().admin_view(audited, cacheable)
