from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "resilience.outbox"
    label = "outbox"
