"""The app of people, and the Django admin with our door."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People, roles in areas, consents, access log."""

    default = True
    name = "civic.accounts"
    label = "accounts"
    verbose_name = _("Accounts")


class AdminSiteConfig(admin_apps.AdminConfig):
    """django.contrib.admin on CivicAdminSite."""

    default = False
    default_site = "civic.accounts.admin_site.CivicAdminSite"
