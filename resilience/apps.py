from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created

from . import checks
from .lib.db import send_numbers_as_text


class ResilienceConfig(AppConfig):
    name = "resilience"

    def ready(self) -> None:
        register(checks.field_keys, Tags.security)
        register(checks.known_keys, Tags.database)
        register(checks.sqlite_version, Tags.compatibility)
        register(checks.time_zone, Tags.translation)
        register(checks.audit_apart, Tags.database)
        register(checks.told_nobody, Tags.security, deploy=True)
        register(checks.plain_connections, Tags.security, deploy=True)
        connection_created.connect(send_numbers_as_text)
