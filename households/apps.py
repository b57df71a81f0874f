from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from .search_index import install, make_way


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = _("Households")

    def ready(self) -> None:
        pre_migrate.connect(make_way, sender=self)
        post_migrate.connect(install, sender=self)
