from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "resilience.accounts"
    label = "accounts"
