from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests_app"
    label = "requests_app"
    verbose_name = _("Service requests")

    def ready(self) -> None:
        from civic.cases import registry
        from civic.evidence import access as evidence
        from civic.imports.health import FAILED_IMPORTS, watch
        from civic.lib import health
        from requests_app import access, messages, notices, reference
        from requests_app.imports.backlog import BACKLOG
        from requests_app.models import Considered, PlanLine
        from requests_app.workflow import REQUESTS
        from volunteers import ledger
        from volunteers.imports import untouched

        registry.register(REQUESTS)
        messages.register_all()
        notices.register_all()
        evidence.register(REQUESTS.kind, access.may_see_evidence)
        health.register(FAILED_IMPORTS)
        watch(BACKLOG)
        ledger.read_by(ledger.ASSIGNMENT, reference.told)
        untouched.ignore(Considered, PlanLine)  # a sign of nobody's work on the volunteer
