"""Serves the product and, under /bare/, views without any middleware: one server, one process, one database."""

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler

from civic.wsgi import application as product


class BareHandler(WSGIHandler):
    """Django without middleware, on the urlconf of the bare views."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware, self._exception_middleware = [], []
        self._template_response_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response)

    def get_response(self, request: Any) -> Any:
        request.urlconf = "benchmarks.bare"
        return super().get_response(request)

    def resolve_request(self, request: Any) -> Any:
        from django.urls import get_resolver

        match = get_resolver("benchmarks.bare").resolve(request.path_info)
        request.resolver_match = match
        return match


bare = BareHandler()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Sends /bare/ to the bare views and all else to the product."""
    side = bare if environ["PATH_INFO"].startswith("/bare/") else product
    return side(environ, start_response)
