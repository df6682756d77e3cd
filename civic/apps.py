from django.apps import AppConfig


class CivicConfig(AppConfig):
    """The project package: loads the Celery application, so that tasks find their broker, and the checks."""

    name = "civic"
    label = "civic"

    def ready(self) -> None:
        from civic import celery, checks  # noqa: F401
