from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "civic.cases"
    label = "cases"
