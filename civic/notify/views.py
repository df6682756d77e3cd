"""The inbox, the bell, and for demonstrations the outbox with everything that was sent."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from civic.accounts import devices
from civic.accounts.models import User
from civic.lib import frames
from civic.lib import phone as phones
from civic.lib.conditional import unless_same
from civic.lib.errors import NotFound
from civic.lib.numbers import whole
from civic.notify import actions, push, queries, receipts, shown, wishes
from civic.notify.forms import DeviceForm, WishesForm

PAGE_SIZE = 20


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Shows the messages of the signed-in person, newest first; ?before=ID goes on from there.

    Staff read them at the desk, and a volunteer who comes from the volunteer's pages (?in=v) stays there.
    """
    user, inside = _person(request), _inside(request)
    frame = "base_desk.html" if user.is_staff else "base_volunteer.html" if inside else "base_narrow.html"
    found = inbox_context(user, request.GET.get("before", ""), inside)
    return render(request, "notify/inbox.html", {**found, "frame": frame, "inside": inside, "tab": "me"})


def _inside(request: HttpRequest) -> str:
    """Returns what an address says that stays within the volunteer's pages."""
    return "" if _person(request).is_staff else frames.inside(request)


def inbox_context(user: User, before: str, inside: str = "") -> dict[str, Any]:
    """Returns one page of the inbox; `before` is what the browser sent."""
    start = whole(before)
    found = queries.inbox(user, before=start, limit=PAGE_SIZE + 1)
    page = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    return {
        "items": shown.show_own(page, user, get_language() or settings.LANGUAGE_CODE),
        "unread": queries.unread_count(user),
        "kept_days": settings.MESSAGE_DAYS,
        "previous_url": reverse("notify:inbox") + inside if start else "",
        "next_url": f"{reverse('notify:inbox')}{inside}{'&' if inside else '?'}before={page[-1].pk}"
        if more
        else "",
    }


@require_POST
def open_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Marks one message as read and goes to what it is about."""
    user = _person(request)
    message = queries.message_in_inbox(user, message_id)
    if message is None:
        raise NotFound
    actions.mark_read(user, [message.pk])
    about = shown.show(message, settings.LANGUAGE_CODE).wording.link
    return redirect(about or reverse("notify:inbox") + _inside(request))


@never_cache
@require_http_methods(["GET", "POST"])
def wanted(request: HttpRequest) -> HttpResponse:
    """Which kinds of messages one wants by which way."""
    user, inside = _person(request), frames.inside(request)
    form = WishesForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        wishes.choose(user, form.cleaned_data)
        messages.success(request, _("Kept."))
        return redirect(reverse("notify:wanted") + inside)
    context = {"form": form, "me_tab": "settings", "push_key": push.public_key(), "mark": devices.mark(user)}
    context |= frames.of(inside)
    return render(request, "notify/wanted.html", context)


@require_POST
def push_on(request: HttpRequest) -> HttpResponse:
    """Takes the subscription of this browser; 204, or 400 with {detail}."""
    form = DeviceForm(request.POST)
    if not push.public_key() or not form.is_valid():
        words = [str(error) for found in form.errors.values() for error in found]
        return JsonResponse({"detail": " ".join(words)}, status=400)
    push.subscribe(request, _person(request), **form.cleaned_data)
    return HttpResponse(status=204)


@require_POST
def push_off(request: HttpRequest) -> HttpResponse:
    """Forgets the subscription with this endpoint; 204 also where there is none."""
    push.unsubscribe(_person(request), request.POST.get("endpoint", ""))
    return HttpResponse(status=204)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Marks everything as read."""
    actions.mark_read(_person(request))
    return redirect(reverse("notify:inbox") + _inside(request))


@cache_control(private=True, no_cache=True)
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with the number of unread messages; polled with ETag."""
    unread = queries.unread_count(_person(request))
    shown_bell = {"unread": unread, "inside": _inside(request)}
    return unless_same(request, unread, lambda: render(request, "notify/_bell.html", shown_bell))


@csrf_exempt
@login_not_required
@require_POST
def sms_reports(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the gateway's delivery reports (civic.notify.receipts). 404 without the right secret in the address.

    Answers code 1 while one of them is not known (yet): the gateway reports again.
    """
    wanted = settings.SMS_REPORT_TOKEN
    if not wanted or not constant_time_compare(token, wanted):
        raise Http404
    try:
        reports = json.loads(request.body)
        known = receipts.record(reports)
    except (ValueError, AttributeError, TypeError):
        return JsonResponse({"code": 2, "msg": "not a list of reports"}, status=400)
    done = known == len(reports)
    return JsonResponse({"code": 0 if done else 1, "msg": "ok" if done else "unknown biz_id"})


@login_not_required
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Shows the newest messages as sent, codes too, ?phone= only those to one number. 404 unless DEMO."""
    return render(request, "notify/outbox.html", outbox_context(request))


@login_not_required
@cache_control(private=True, no_cache=True)
@require_GET
def outbox_list(request: HttpRequest) -> HttpResponse:
    """The list of the page above, polled with ETag."""
    context = outbox_context(request)
    stamp = [(item.message.pk, item.message.state, item.message.attempts) for item in context["items"]]
    return unless_same(request, stamp, lambda: render(request, "notify/_outbox_list.html", context))


def outbox_context(request: HttpRequest) -> dict[str, Any]:
    """Returns the messages for the page and its fragment. Raises Http404 unless DEMO."""
    if not settings.DEMO:
        raise Http404
    typed = request.GET.get("phone", "").strip()
    try:
        number, error = (phones.normalize(typed) if typed else ""), ""
    except ValueError as refused:
        number, error = "", str(refused)
    found = [] if error else queries.newest_sent_out(number)
    return {
        "items": [shown.show_as_sent(message) for message in found],
        "typed": typed,
        "error": error,
        "list_url": f"{reverse('notify:outbox_list')}?{urlencode({'phone': typed})}",
    }


def _person(request: HttpRequest) -> User:
    """Returns who is signed in; SignInRequired has let nobody else in."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
