"""The words people agree to. What somebody agreed to stays as it was: staff write a new version."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from households.admin.base import KeptTable

from .models import Consent, ConsentText


@admin.register(ConsentText)
class ConsentTextAdmin(KeptTable):
    is_for_office = True
    list_display = ["purpose", "version", "from_date", "words_zh"]
    list_filter = ["purpose"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_in_use = obj is not None and Consent.objects.filter(text=obj).exists()
        return not is_in_use and super().has_change_permission(request, obj)
