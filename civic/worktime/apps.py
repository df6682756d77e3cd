from django.apps import AppConfig


class WorktimeConfig(AppConfig):
    name = "civic.worktime"
    label = "worktime"
