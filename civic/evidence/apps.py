from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "civic.evidence"
    label = "evidence"
