"""Pages about oneself that stand in two shells: who comes from the volunteer's pages stays there (?in=v)."""

from django.http import HttpRequest

VOLUNTEERS = "?in=v"


def inside(request: HttpRequest) -> str:
    """Returns what an address says that stays within the volunteer's pages, "" outside of them."""
    return VOLUNTEERS if request.GET.get("in") == "v" else ""


def of(inside: str) -> dict[str, str]:
    """Returns what such a page's template needs to know: its shell, and what its links add to stay there."""
    frame = "base_volunteer.html" if inside else "base_narrow.html"
    return {"frame": frame, "inside": inside, "tab": "me"}
