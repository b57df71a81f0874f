from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ResilienceConfig(AppConfig):
    name = "resilience"


class HouseAdminConfig(AdminConfig):
    default_site = "resilience.admin_site.HouseSite"
