"""The Content-Security-Policy of pages; an answer that brings its own (the API's) keeps it."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ContentPolicy(CSPMiddleware):
    """django-csp's, which works out the whole policy before it looks whether it is wanted."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Adds the policy of the settings where there is none."""
        return response if HEADER in response else super().process_response(request, response)
