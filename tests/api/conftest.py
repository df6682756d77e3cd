"""A client that speaks JSON with a key, as other programs do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from civic.accounts.models import ApiToken, User

ROOT = "/api/v1"


class Api:
    """Calls the API as `user` (None: nobody); `last` is the response of the last call."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Token {ApiToken.issue(user)}"} if user is not None else {}

    def get(self, path: str, **query: Any) -> Any:
        """Returns the response of a GET below /api/v1."""
        return self.client.get(ROOT + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        """Returns the response of a POST of `body` as JSON (bytes and text are sent as they are)."""
        extra = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            ROOT + path,
            {} if body is None else body,
            content_type="application/json",
            headers={**self.headers, **extra, **headers},
        )

    def act(self, request: Any, verb: str, **facts: Any) -> Any:
        """Returns the response of performing `verb`."""
        return self.post(f"/service-requests/{request.pk}/{verb}/", facts)


@pytest.fixture
def api() -> Callable[[User | None], Api]:
    """Makes a client for somebody."""
    return Api
