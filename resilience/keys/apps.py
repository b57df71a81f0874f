from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from . import guard


class KeysConfig(AppConfig):
    name = "resilience.keys"
    label = "keys"
    verbose_name = _("Encryption keys")

    def ready(self) -> None:
        pre_migrate.connect(guard.before_migrate, sender=self)
        post_migrate.connect(guard.after_migrate, sender=self)
