from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    """Messages: written with what they tell about, delivered by a sweeper."""

    name = "civic.notify"
    label = "notify"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from civic.notify import wordings

        wordings.register_all()
