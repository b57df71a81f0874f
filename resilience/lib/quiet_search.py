"""Search in the administration that leaves no word in an address or a log: it is posted, and the answer's address
names the rows that were found."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.utils.translation import ngettext

from .inputs import clean_text

LONGEST, MOST = 200, 200  # characters that are searched for, rows that are shown


class QuietSearch(admin.ModelAdmin):
    """A page whose search form is posted (`templates/admin/search_form.html`)."""

    searches_by_post = True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and SEARCH_VAR in request.POST:
            return self._answer(request, request.POST[SEARCH_VAR])
        return super().changelist_view(request, extra_context)

    def rows_found(self, request: HttpRequest, rows: QuerySet[Any], typed: str) -> QuerySet[Any]:
        return self.get_search_results(request, rows, typed)[0]

    def _answer(self, request: HttpRequest, typed: str) -> HttpResponse:
        """The list with the filters it had, of what was found; without a word the whole list."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        key = f"{self.opts.pk.name}__in"
        kept: dict[str, str] = {
            name: str(value) for name, value in request.GET.items() if name not in (SEARCH_VAR, PAGE_VAR, key)
        }
        if typed.strip():
            pks = self._pks(request, typed)
            kept[key] = ",".join(str(pk) for pk in pks) or "0"
        return HttpResponseRedirect(f"{request.path}?{urlencode(kept)}" if kept else request.path)

    def _pks(self, request: HttpRequest, typed: str) -> list[Any]:
        try:
            words = clean_text(typed, max_length=LONGEST)
        except ValidationError:
            return []
        if not words:
            return []
        found = self.rows_found(request, self.get_queryset(request), words)
        pks = list(dict.fromkeys(found.values_list("pk", flat=True)[: MOST + 1]))
        if len(pks) > MOST:
            messages.warning(
                request,
                ngettext("Only the first %(n)d row is shown.", "Only the first %(n)d rows are shown.", MOST)
                % {"n": MOST},
            )
        return pks[:MOST]
