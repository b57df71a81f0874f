from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    """Its receivers are found by `resilience.audit`."""

    name = "resilience.privacy"
    label = "privacy"
    verbose_name = _("Personal data")
