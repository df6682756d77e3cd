"""Messages that could not be delivered: why, and sending them again, one or many."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from civic.notify import access, deliver, queries, shown
from civic.notify.enums import Channel, ReceiptState
from civic.notify.models import SmsReceipt
from civic.notify.views_desk.door import frame, only

PAGE_SIZE = 30
AT_ONCE = 1000
RECEIPTS = 20


@require_GET
@only(access.may_replay)
def index(request: HttpRequest) -> HttpResponse:
    """Lists dead messages, newest first; ?reason= only those that died of it, ?before=ID goes on from there."""
    reason, before = request.GET.get("reason", ""), request.GET.get("before", "")
    return render(request, "notify/desk/failed.html", {**frame(request, "failed"), **_page(reason, before)})


@require_POST
@only(access.may_replay)
def replay(request: HttpRequest) -> HttpResponse:
    """Sends the chosen ones again, or all that died of one reason (1,000 at a time)."""
    chosen = [int(each) for each in request.POST.getlist("id") if each.isdecimal() and len(each) < 19]
    if "all_of" in request.POST:
        same = queries.dead().filter(last_error=request.POST["all_of"])
        chosen = list(same.values_list("pk", flat=True)[:AT_ONCE])
    count = deliver.replay(chosen)
    if count:
        words = ngettext(
            "%(count)d message will be sent again.", "%(count)d messages will be sent again.", count
        )
        messages.success(request, words % {"count": count})
    else:
        messages.warning(
            request, _("Nothing was sent again: choose messages that have failed, not older than a month.")
        )
    return redirect("desk_messages:failed")


def _page(reason: str, before: str) -> dict[str, Any]:
    found = queries.dead().select_related("user")
    if reason:
        found = found.filter(last_error=reason)
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE_SIZE + 1])
    page, address = rows[:PAGE_SIZE], reverse("desk_messages:failed")
    older = [("reason", reason)] if reason else []
    refused = (
        SmsReceipt.objects.filter(state=ReceiptState.FAILED).select_related("message__user").order_by("-pk")
    )
    if len(rows) > PAGE_SIZE:
        older.append(("before", str(page[-1].pk)))
    return {
        "lines": [shown.as_dead(message, get_language() or "") for message in page],
        "reasons": [(each, gettext(each), count) for each, count in queries.dead_by_reason()],
        "reason": reason,
        "figures": [(Channel(each.channel).label, each) for each in queries.outbox_figures()],
        "reason_words": gettext(reason) if reason else "",
        "previous_url": address if before else "",
        "next_url": f"{address}?{urlencode(older)}" if len(rows) > PAGE_SIZE else "",
        "receipts": [shown.as_refused(receipt, get_language() or "") for receipt in refused[:RECEIPTS]],
    }
