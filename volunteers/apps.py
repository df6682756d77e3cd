from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    label = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from civic.cases import registry
        from civic.evidence import access as evidence
        from civic.imports import health
        from volunteers import access, messages
        from volunteers.imports.register import REGISTER
        from volunteers.models import Qualification
        from volunteers.team_workflow import TEAMS
        from volunteers.workflow import VOLUNTEERS

        registry.register(VOLUNTEERS)
        registry.register(TEAMS)
        messages.register_all()
        evidence.register(Qualification.kind_of_evidence, access.may_see_paper)
        health.watch(REGISTER)
