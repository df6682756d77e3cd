from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class CivicConfig(AppConfig):
    """The project package: loads the Celery application, so that tasks find their broker, and the checks."""

    default = True  # of several in this module
    name = "civic"
    label = "civic"

    def ready(self) -> None:
        from civic import celery, checks  # noqa: F401
        from civic.lib import health
        from civic.operations import ground, work

        health.register(*ground.CHECKS[:4], *work.CHECKS, *ground.CHECKS[4:])


class ChosenStaticFiles(StaticFilesConfig):
    """Static files without what no page of ours asks for: source maps, sources, unminified twins, DRF's
    browsable API.
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("*.map", "*.ts", "*.md", "package.json", "leaflet-src*", "dom.js", "rest_framework", "redoc"),
    ]
