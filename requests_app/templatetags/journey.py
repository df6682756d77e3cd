"""The last step of asking for help, on the pages of signing in."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from requests_app.drafts import STEPS

register = template.Library()


@register.simple_tag
def last_step(ahead: str | None) -> dict[str, Any] | None:
    """Returns where one stands, for components/steps.html, when signing in leads `ahead` to a request being sent."""
    if ahead != reverse("new_send"):
        return None
    total = len(STEPS) + 2  # the kind of help before them, the phone after them
    return {"step": total, "total": total, "steps": range(1, total + 1), "back": reverse("new_check")}
