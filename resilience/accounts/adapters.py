"""How django-allauth keeps and names second factors. What we do with them is in `factors.py`."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext as _

from .models import User
from .sealing import seal, unseal

SEALED_FOR = "mfa.authenticator.secret"
"""What a secret is sealed for: it opens as nothing else."""


class FactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed with our keys; a passkey knows its owner by a uid that says nothing."""

    def encrypt(self, text: str) -> str:
        return seal(text, SEALED_FOR)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, SEALED_FOR)

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def get_totp_issuer(self) -> str:
        return _("Resilience")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": _("Resilience")}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return {"id": user.uid.bytes, "display_name": str(user), "name": user.username}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """None: what allauth would write is said by our own pages, and recorded."""
