"""Confidential requests: never a pool or a team, direct offers only, and read by those who say why they need to."""

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import IllegalTransition, ValidationFailed
from requests_app import messages
from requests_app.effects import merging, parts
from requests_app.enums import DispatchMode


def switch(change: Change) -> None:
    """Confidential from now on, or no longer. An open pool is closed, a team asked no longer, a waterfall asks nobody
    further, those joined to it are by themselves again; whom it concerns is told."""
    request, on = change.case, bool(change.fact("on"))
    if request.confidential == on:
        raise IllegalTransition(
            _("It is confidential already.") if on else _("It is not confidential any more.")
        )
    request.confidential = on
    change.record(on=on)
    change.text("reason", str(change.fact("reason") or ""))
    reaches_others = parts.open_pool(request) is not None or parts.open_team_offers(request).exists()
    if on and reaches_others:
        parts.close_pool(change)
        parts.withdraw_team_offers(change)
    else:
        change.target = request.state
    if on:
        parts.close_waterfall(change)
        change.void_timers("auto_dispatch")
        merging.let_go(change)
        messages.to_dispatchers(change, "desk.confidential")
    elif change.role == "dispatcher":
        messages.to_resident(change, "request.not_confidential")


def direct_only(change: Change) -> None:
    """Guard: a confidential request is offered to named people, never to a pool, a team or whoever is next."""
    unnamed = change.fact("pool") or change.fact("team") or change.fact("mode") == DispatchMode.WATERFALL
    if change.case.confidential and unnamed:
        raise ValidationFailed.on(
            "pool", _("This request is confidential: ask named volunteers, one by one.")
        )


def not_joined(change: Change) -> None:
    """Guard: a confidential request is not joined to another one, where others would read of it."""
    if change.case.confidential:
        raise IllegalTransition(_("A confidential request is not joined to another one."))
