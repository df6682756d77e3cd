"""What gateways report of text messages after they took them (delivery reports).

Aliyun pushes a JSON array (SmsReport): biz_id names the message, success and err_code say what became of it. It
signs nothing, so the address it is given holds a secret (setting SMS_REPORT_TOKEN).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from civic.lib import clock
from civic.notify.enums import ReceiptState
from civic.notify.models import SmsReceipt


def record(reports: Sequence[Mapping[str, Any]]) -> int:
    """Notes each report on its receipt and returns how many name one we have; the same report again changes nothing.

    Raises ValueError for anything that is not such a report.
    """
    known = 0
    for report in reports:
        number, arrived = report.get("biz_id"), report.get("success")
        if not isinstance(number, str) or not number or not isinstance(arrived, bool):
            raise ValueError("a report needs biz_id and success")
        known += _note(number, arrived, str(report.get("err_code") or ""), str(report.get("err_msg") or ""))
    return known


def _note(number: str, arrived: bool, code: str, words: str) -> bool:
    """Returns whether a receipt has this number; the first report of a message counts."""
    found = SmsReceipt.objects.filter(provider_id=number)
    state = ReceiptState.DELIVERED if arrived else ReceiptState.FAILED
    reason = "" if arrived else f"{code} {words}".strip()[:200]
    open_ones = found.filter(state=ReceiptState.HANDED)
    return bool(open_ones.update(state=state, reported_at=clock.now(), error=reason)) or found.exists()
