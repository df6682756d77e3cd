from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "civic.notify"
    label = "notify"
