"""App configurations of the top layer."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AtsConfig(AppConfig):
    name = "ats"
    verbose_name = "Posthorn"


class AdminConfig(DjangoAdminConfig):
    default_site = "companies.adminsite.AdminSite"
