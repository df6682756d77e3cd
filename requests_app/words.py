"""What the verbs, timers and standings of requests are called where a table names them, as in the admin's history.

The desk and the residents read whole sentences instead (queries/desk_history.py, queries/parts_shown.py).
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

VERBS: dict[str, str | Promise] = {
    "place": pgettext_lazy("verb", "place"),
    "amend": pgettext_lazy("verb", "amend"),
    "reject": pgettext_lazy("verb", "not take on"),
    "merge": pgettext_lazy("verb", "join"),
    "split": pgettext_lazy("verb", "separate"),
    "follow": pgettext_lazy("verb", "share the end"),
    "refer": pgettext_lazy("verb", "refer"),
    "recall": pgettext_lazy("verb", "recall"),
    "return": pgettext_lazy("verb", "return"),
    "unit_reply": pgettext_lazy("verb", "answer as a unit"),
    "offer": pgettext_lazy("verb", "offer"),
    "withdraw_offer": pgettext_lazy("verb", "withdraw offers"),
    "close_staffing": pgettext_lazy("verb", "go ahead with these"),
    "accept": pgettext_lazy("verb", "accept"),
    "decline_offer": pgettext_lazy("verb", "decline"),
    "confirm": pgettext_lazy("verb", "confirm the new terms"),
    "give_up": pgettext_lazy("verb", "give up"),
    "reassign": pgettext_lazy("verb", "release people"),
    "report_no_show": pgettext_lazy("verb", "report a no-show"),
    "excuse": pgettext_lazy("verb", "excuse"),
    "check_in": pgettext_lazy("verb", "check in"),
    "complete": pgettext_lazy("verb", "complete"),
    "abort": pgettext_lazy("verb", "break off"),
    "rate": pgettext_lazy("verb", "rate"),
    "call_back": pgettext_lazy("verb", "call back"),
    "close_unrated": pgettext_lazy("verb", "close unrated"),
    "reopen": pgettext_lazy("verb", "reopen"),
    "cancel": pgettext_lazy("verb", "cancel"),
    "undo_import": pgettext_lazy("verb", "undo the import"),
    "report_concern": pgettext_lazy("verb", "report a concern"),
    "block": pgettext_lazy("verb", "never match again"),
    "expire_offer": pgettext_lazy("verb", "let an offer run out"),
    "close_pool": pgettext_lazy("verb", "close the pool"),
    "lapse_confirmation": pgettext_lazy("verb", "release who did not confirm"),
    "remind": pgettext_lazy("verb", "remind"),
    "anonymise": pgettext_lazy("verb", "anonymise"),
}
TIMERS: dict[str, str | Promise] = {
    "dispatch_overdue": pgettext_lazy("timer", "dispatch overdue"),
    "answer_overdue": pgettext_lazy("timer", "answer of the unit overdue"),
    "expire_offer": pgettext_lazy("timer", "offer runs out"),
    "close_pool": pgettext_lazy("timer", "pool closes"),
    "lapse": pgettext_lazy("timer", "confirmation runs out"),
    "start_24h": pgettext_lazy("timer", "a day before the start"),
    "start_2h": pgettext_lazy("timer", "two hours before the start"),
    "late_check_in": pgettext_lazy("timer", "check-in missing"),
    "long_service": pgettext_lazy("timer", "service runs long"),
    "rate_1d": pgettext_lazy("timer", "ask for a rating"),
    "rate_3d": pgettext_lazy("timer", "ask for a rating again"),
    "auto_close": pgettext_lazy("timer", "closes without a rating"),
}
ROLES: dict[str, str | Promise] = {
    "system": _("System"),
    "beneficiary": _("Resident"),
    "proxy": _("Proxy"),
    "dispatcher": _("Dispatcher"),
    "unit": _("Responsible unit"),
    "assigned": _("Volunteer"),
    "served": _("Volunteer"),
    "offered": _("Volunteer"),
    "claimant": _("Volunteer"),
}
