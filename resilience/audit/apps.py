from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from . import checks, triggers


class AuditConfig(AppConfig):
    name = "resilience.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        autodiscover_modules("receivers")
        pre_migrate.connect(triggers.make_way, sender=self)
        post_migrate.connect(triggers.install, sender=self)
        register(checks.audit_keys, Tags.security)
        register(checks.triggers_in_place, Tags.database)
