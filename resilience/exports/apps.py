from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "resilience.exports"
    label = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        autodiscover_modules("receivers")
