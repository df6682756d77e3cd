"""Telling volunteers about their registration."""

from civic.cases.change import Change
from civic.notify.outbox import Draft


def tell(change: Change, template: str = "") -> None:
    """Tells the volunteer, in the app and by text message, with the template of the verb unless another is named."""
    change.text("reason", str(change.fact("reason") or ""))
    template = template or f"volunteer.{change.row.verb}"
    for channel in ("in_app", "sms"):
        change.tell(
            Draft(
                event=template,
                template=template,
                dedupe_key=f"volunteer:{change.case.pk}:{change.seq}:{channel}",
                user=change.case.user_id,
                channel=channel,
                subject_kind="volunteer",
                subject_id=change.case.pk,
            )
        )
