"""The administration: for administrators alone, in our words."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class HouseSite(AdminSite):
    """Django's admin with one door: signed out, one signs in; signed in as somebody else, one gets 403."""

    site_header = _("Resilience")
    site_title = _("Administration")
    index_title = _("Everything that is not on a page of its own")
    enable_nav_sidebar = False  # a long list on every page; the index has it

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if user.is_authenticated and not (user.is_active and user.is_superuser):
            raise PermissionDenied
        return bool(user.is_active and user.is_superuser)  # type: ignore[union-attr]
