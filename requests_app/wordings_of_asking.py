"""What volunteers are told when a request is put to them: by name, or because it lies in the open pool."""

from datetime import datetime

from requests_app.models import ServiceRequest

POOL = "pool"  # the kind of message, as people choose about it
POOL_OPENED = f"{POOL}.opened"

VOLUNTEER: dict[str, tuple[str, str, str, str]] = {
    "offer.made": (
        "有一单请您看看",
        "Somebody needs a hand",
        "{summary}。{start}。请在 {expires} 前答复。",
        "{summary}. {start}. Please answer by {expires}.",
    ),
    "offer.withdrawn": (
        "这一单不需要了",
        "No longer needed",
        "「{summary}」已有安排或已取消，谢谢您。",
        "“{summary}” has been settled or cancelled. Thank you.",
    ),
    "offer.expired": (
        "这一单已过时",
        "This offer has run out",
        "「{summary}」已过答复时间，下次再约。",
        "The time to answer “{summary}” has run out. Another time.",
    ),
    POOL_OPENED: (
        "抢单池有一单适合您",
        "Open to all, and it suits you",
        "{summary}。{start}。先到先得，不接也没关系。",
        "{summary}. {start}. The first to take it has it; you need not answer.",
    ),
}


def start_of(request: ServiceRequest) -> datetime | dict[str, str]:
    """Returns when the service begins, for a message: the agreed time, else words for an open one in both languages."""
    if request.agreed_start is not None:
        return request.agreed_start
    if request.as_soon_as_possible:
        return {"zh": "越快越好", "en": "As soon as possible"}
    return {"zh": "时间可商量", "en": "Time to be agreed"}
