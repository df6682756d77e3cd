from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "civic.cases"
    label = "cases"
    verbose_name = _("Cases")

    def ready(self) -> None:
        from civic.cases import approvals
        from civic.cases.checks import check_workflows
        from civic.evidence import access as evidence

        checks.register(check_workflows)
        evidence.register(approvals.PROPOSED, approvals.may_see_photos)
