"""The administration in our words: all of it for administrators, the tables of the house for its offices."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

SECTIONS = {"people": _("People at work"), "tables": _("Rules and tables"), "records": _("Records")}
_PEOPLE = {"User", "Appointment", "Responsibility"}
_TABLES = {
    "Region", "Grid", "Building", "Category", "NeedKind", "CareRule", "ClockRule", "HouseRules", "SpecialDay",
    "ConsentText", "OpeningRule", "RetentionRule",
}  # fmt: skip


def _section(model: str) -> str:
    """Records is where everything goes that nobody named here."""
    return "people" if model in _PEOPLE else "tables" if model in _TABLES else "records"


class HouseSite(AdminSite):
    """Django's admin with one door: signed out, one signs in; who is neither administrator nor staff gets 403.

    What staff may read inside, and the office of a city or district edit, is said page by page: `is_for_office` in
    `households.admin.base`.
    """

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
        """Asked before every page. A list's filters go to the database as they came, and PostgreSQL takes no NUL."""
        match = request.resolver_match
        if match and str(match.url_name).endswith("_changelist") and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL")
        if not request.user.is_authenticated:
            return False
        if not request.viewer.is_staff_member:  # type: ignore[attr-defined]
            raise PermissionDenied
        return True
