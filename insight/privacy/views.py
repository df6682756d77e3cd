"""Me and my data: who looked at it, a copy of it, and deleting it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.models import User
from civic.accounts.recent import sign_in_again, signed_in_lately
from civic.lib import clock, keyset
from insight.privacy import copies, deletion, readings

PAGE = 60


class DeletionForm(forms.Form):
    """Saying that one knows what it means."""

    sure = forms.BooleanField(
        label=gettext_lazy("I know that this cannot be undone after that day."),
        error_messages={"required": gettext_lazy("Please tick this if you want to go on.")},
    )


def person(request: HttpRequest) -> User:
    """Returns the signed-in person; every page here asks for sign-in."""
    assert isinstance(request.user, User)
    return request.user


@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """One's data at a glance: who looked, a copy, deletion."""
    user = person(request)
    context = {
        "copy": copies.latest(user),
        "deletion": deletion.open_of(user),
        "lately": signed_in_lately(request),
        "me_tab": "settings",
    }
    return render(request, "privacy/data.html", context)


@never_cache
@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    """Lists who looked at one's personal details, the newest first."""
    cursor = request.GET.get("cursor", "")
    page = keyset.page(readings.about(person(request)), order=readings.ORDER, size=PAGE, cursor=cursor)
    context = {
        "visits": readings.visits(page.rows),
        "older": f"?cursor={page.next}" if page.next else "",
        "newer": f"?cursor={page.previous}" if page.previous else "",
        "me_tab": "settings",
    }
    return render(request, "privacy/access_log.html", context)


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Proves once more who holds this session, and comes back."""
    onward = "privacy:delete" if request.POST.get("to") == "delete" else "privacy:data"
    return sign_in_again(request, reverse(onward))


@require_POST
def ask_copy(request: HttpRequest) -> HttpResponse:
    """Begins a copy of one's data; only shortly after signing in."""
    if not signed_in_lately(request):
        return sign_in_again(request, reverse("privacy:data"))
    copies.ask(person(request))
    messages.success(request, _("We are putting your copy together. Look here again in a few minutes."))
    return redirect("privacy:data")


@never_cache
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives one's own copy, while it is kept."""
    opened = copies.opened(person(request), pk)
    name = _("my-data") + f"-{clock.now():%Y-%m-%d}.zip"
    response = FileResponse(opened, as_attachment=True, filename=name, content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Says what deleting the account means and what stands against it; asked for shortly after signing in."""
    user, lately = person(request), signed_in_lately(request)
    if request.method == "POST" and not lately:
        return sign_in_again(request, reverse("privacy:delete"))
    form = DeletionForm(request.POST or None)
    hindered = deletion.obstacles(user)
    if request.method == "POST" and form.is_valid() and not hindered:
        deletion.ask(user)
        return redirect("privacy:delete")
    context = {
        "form": form,
        "obstacles": hindered,
        "deletion": deletion.open_of(user),
        "lately": lately,
        "waits": settings.DELETION_WAITS.days,
        "me_tab": "settings",
    }
    refused = request.method == "POST"
    return render(
        request, "privacy/delete.html", context, status=(409 if hindered else 400) if refused else 200
    )


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Takes the request for deletion back."""
    deletion.withdraw(person(request))
    messages.success(request, _("Your account stays as it is."))
    return redirect("privacy:data")
