"""Text message gateways as they behave in the world: working, refusing, out of order, never answering."""

import sys
from collections.abc import Callable, Mapping
from typing import ClassVar

from civic.notify.channels import CannotDeliver, TryLater


class Gateway:
    """Takes everything and remembers it; `failing` makes it raise, `meanwhile` runs while it sends."""

    took: ClassVar[list[tuple[str, dict[str, str], str]]] = []
    failing: ClassVar[list[Exception]] = []
    meanwhile: ClassVar[list[Callable[[], object]]] = []

    @classmethod
    def reset(cls) -> None:
        """Forgets everything."""
        for kept in (cls.took, cls.failing, cls.meanwhile):
            kept.clear()

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> None:
        """Sends, or fails as told."""
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.failing:
            raise self.failing[0]
        self.took.append((template_code, dict(parameters), phone))


class SilentGateway:
    """Says that it was reached and never answers."""

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> None:
        """Waits for a line that never comes."""
        sys.stdout.write("reached\n")
        sys.stdout.flush()
        sys.stdin.readline()


OUT_OF_ORDER = TryLater("gateway answers 503")
REFUSED = CannotDeliver("gateway refuses this number")
