"""A resident's browser in tests over HTTP: answers of a new request, a photo, a session."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from civic.accounts.models import User
from tests.cast import Cast

ANSWERS: dict[str, dict[str, Any]] = {
    "what": {"category": "errand", "text": "想请人代买一袋米。"},
    "where": {"estate": "荷花里小区", "building": "3 号楼", "door": "502"},
    "when": {"when": "soon", "part": "morning"},
    "who": {"who": "self", "name": "何秀英", "headcount": "1"},
    "check": {"terms": "on"},
}


def browser(user: User | None = None) -> Client:
    """Returns a browser, signed in as `user` when given."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def answer(client: Client, cast: Cast, *steps: str, **changes: Any) -> Any:
    """Posts the answers of `steps` in order and returns the last response; `changes` by step replace fields."""
    response = None
    for step in steps or ANSWERS:
        url = (
            reverse("new_where_pick") + f"?in={cast.community.pk}"
            if step == "where"
            else reverse(f"new_{step}")
        )
        response = client.post(url, {**ANSWERS[step], **changes.get(step, {})})
    return response


def picture() -> SimpleUploadedFile:
    """Returns a small photo as a browser sends it."""
    content = io.BytesIO()
    Image.new("RGB", (80, 60), "#446688").save(content, "JPEG")
    return SimpleUploadedFile("IMG_1.jpg", content.getvalue(), "image/jpeg")
