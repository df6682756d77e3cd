"""What the variables of wordings mean, with an example of each, for whoever edits them in the console."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from civic.notify import params
from civic.notify.templates import Template


@dataclass(frozen=True)
class Variable:
    """One {name}: what it says and what it may look like. A private one (a code that proves something) is shown to
    nobody who edits wordings.
    """

    name: str
    label: str | Promise
    example: Callable[[], Any]
    private: bool = False


_variables: dict[str, Variable] = {}


def describe(name: str, label: str | Promise, example: Any, *, private: bool = False) -> None:
    """Explains the variable `name` of all templates; `example` is a value or a function that returns one."""
    _variables[name] = Variable(name, label, example if callable(example) else lambda: example, private)


def of(template: Template) -> list[Variable]:
    """Returns the variables of `template` by name; one that nobody explained stands for itself."""
    return [_variables.get(name) or Variable(name, "", lambda: "…") for name in sorted(template.placeholders)]


def holds_private(template: Template) -> bool:
    """Whether one of the variables of `template` is a code that proves something."""
    return any(each.private for each in of(template))


def sample(template: Template, stored: Mapping[str, Any] | None, language: str) -> dict[str, str]:
    """Returns a value for each variable as shown in `language`: from `stored` (the parameters of a real message)
    where given and not private, else the example.
    """
    real = stored or {}
    return {
        each.name: params.show(
            real[each.name]
            if each.name in real and not each.private and not template.secret
            else params.store(each.example()),
            language,
        )
        for each in of(template)
    }
