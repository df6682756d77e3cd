"""The WSGI entry point that granian serves."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from civic import collecting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civic.settings")


class Farewell:
    """Closes a thread's database connections when the thread ends.

    granian retires idle threads without a word, and Django's connection objects, being cyclic, would keep their
    connections open until a garbage collection. This one sits in thread-local storage, which the interpreter
    empties as the thread ends.
    """

    def __init__(self) -> None:
        from django.db import connections

        self.connections = [connections[alias] for alias in connections]

    def __del__(self) -> None:
        for connection in self.connections:
            raw, connection.connection = connection.connection, None
            if raw is not None:
                raw.close()


class ClosingThreads:
    """The application, leaving a Farewell in each thread that serves a request."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application
        self.local = threading.local()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not hasattr(self.local, "farewell"):
            self.local.farewell = Farewell()
        return self.application(environ, start_response)


application = ClosingThreads(get_wsgi_application())
_ = get_resolver().url_patterns  # every view is imported before the first request
collecting.settle()
