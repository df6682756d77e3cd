"""Start-up checks of every registered table."""

from typing import Any

from django.core.checks import CheckMessage, Error

from civic.cases import registry


def check_workflows(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Returns an error for each problem in a workflow's table."""
    return [
        Error(problem, id="cases.E001") for workflow in registry.every() for problem in workflow.problems()
    ]
