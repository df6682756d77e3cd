from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "insight.privacy"
    label = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        from insight.privacy import told

        told.register_all()
