"""JSON in, JSON out: how the API reads bodies and which format it answers in."""

from collections.abc import Mapping
from typing import IO, Any, ClassVar

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class StrictJson(JSONParser):
    """JSON as RFC 8259 has it: no NaN or Infinity, and nesting that would exhaust the stack is refused."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Returns what the body says; raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError from error


class AlwaysJson(BaseContentNegotiation):
    """Answers in JSON whatever is accepted: there is nothing else to choose from."""

    renderer: ClassVar[BaseRenderer] = JSONRenderer()

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:  # type: ignore[override]
        """Returns the parser of the request's content type, None (415) when there is none."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((each for each in parsers if each.media_type == sent), None)

    def select_renderer(self, *_args: Any, **_more: Any) -> tuple[BaseRenderer, str]:
        """Returns the one renderer and its media type."""
        return self.renderer, "application/json"
