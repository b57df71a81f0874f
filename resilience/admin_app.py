"""Django's admin with our site. Apart from `apps.py`, where Django would take it for the app itself."""

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    default_site = "resilience.admin_site.HouseSite"
