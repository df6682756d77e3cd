"""Serves the product with the bare views beside it: one server, one process, one database."""

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler

from civic.wsgi import application as product


class NakedHandler(WSGIHandler):
    """Django without middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware, self._exception_middleware = [], []
        self._template_response_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response)


naked = NakedHandler()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Sends /naked/ to Django alone and all else to the product, the bare views among it."""
    side = naked if environ["PATH_INFO"].startswith("/naked/") else product
    return side(environ, start_response)
