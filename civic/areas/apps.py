from django.apps import AppConfig


class AreasConfig(AppConfig):
    name = "civic.areas"
    label = "areas"
