from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    label = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from civic.cases import registry
        from volunteers import messages
        from volunteers.workflow import VOLUNTEERS

        registry.register(VOLUNTEERS)
        messages.register_all()
