"""The administration: for administrators alone, in our words."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

SECTIONS = {"people": _("People at work"), "tables": _("Tables staff edit"), "records": _("Records")}
_PEOPLE = {"User", "Appointment", "Responsibility"}
_TABLES = {
    "Region", "Grid", "Building", "Category", "NeedKind", "CareRule", "ClockRule", "HouseRules", "SpecialDay"
}  # fmt: skip


def _section(model: str) -> str:
    """Records is where everything goes that nobody named here."""
    return "people" if model in _PEOPLE else "tables" if model in _TABLES else "records"


class HouseSite(AdminSite):
    """Django's admin with one door: signed out, one signs in; signed in as somebody else, one gets 403."""

    site_header = _("Resilience")
    site_title = _("Administration")
    index_title = _("Everything that is not on a page of its own")
    enable_nav_sidebar = False  # a long list on every page; the index has it

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """On the index by what they are for, instead of by the app they happen to live in."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = [model for app in apps for model in app["models"]]
        return [
            {"name": title, "app_label": key, "app_url": "", "has_module_perms": True, "models": rows}
            for key, title in SECTIONS.items()
            if (rows := [model for model in models if _section(model["object_name"]) == key])
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if user.is_authenticated and not (user.is_active and user.is_superuser):
            raise PermissionDenied
        return bool(user.is_active and user.is_superuser)
