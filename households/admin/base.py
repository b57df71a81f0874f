"""What the pages of the administration share: tables that are edited, records only read, search of sealed fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from households import reference
from households.models import Household, Resident, ServiceRequest
from households.seals import url_of
from resilience.audit.admin import Audited
from resilience.lib.quiet_search import QuietSearch


class RowSelect(AutocompleteSelect):
    """Django's, whose page fails when a link or a form names a row by something that is no number.

    It says what to do while nothing is chosen: else the box has no name for whoever does not see it.
    """

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": gettext("Search")}

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [each for each in value if not each or _is_key(each)], attrs)


def _is_key(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,18}", str(text), re.ASCII))


class Choosing:
    """Foreign rows are chosen by searching, in `RowSelect`."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", RowSelect(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class Plain(Choosing, QuietSearch, Audited):
    """A page that stays quick with a million rows: no count of all, no list of foreign rows to choose from."""

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    actions = None
    is_for_office: ClassVar[bool] = False  # whether whoever works in an office may read it; who keeps tables edits it

    def _reads(self, request: HttpRequest) -> bool:
        return self.is_for_office and bool(request.viewer.is_staff_member)  # type: ignore[attr-defined]

    def _keeps(self, request: HttpRequest) -> bool:
        return self.is_for_office and bool(request.viewer.keeps_tables)  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or self._reads(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) or self._reads(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) or self._keeps(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) or self._keeps(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) or self._keeps(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, self._told(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return super().changeform_view(request, object_id, form_url, self._told(request, extra_context))

    def _told(self, request: HttpRequest, context: dict[str, Any] | None) -> dict[str, Any]:
        """Who only reads a table is told whose it is."""
        return {**(context or {}), "only_reads": self._reads(request) and not self._keeps(request)}


class Kept(Plain):
    """Rows that others refer to, or that are history: never deleted here."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnly(Kept):
    """Records that a verb writes and nobody edits."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Forgetting(Plain):
    """A reference table: this process sees an edit at once, others within seconds."""

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        reference.forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        reference.forget()


class Table(SimpleHistoryAdmin, Forgetting):
    """A reference table with a history of every edit."""

    object_history_list_template = "admin/history_list.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._or_404(object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._or_404(object_id, version_id)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _or_404(self, *numbers: str) -> None:
        """simple_history asks the database for whatever stands in the address."""
        for number in numbers:
            try:
                self.opts.pk.to_python(unquote(number))
            except ValidationError:
                raise Http404 from None


class KeptTable(Table):
    """A reference table whose rows others refer to: ended or switched off, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


KEPT = gettext_lazy("Never shown here. Empty keeps what is on file.")


@admin.display(description=gettext_lazy("sealed details"))
def opened_on_the_site(_page: admin.ModelAdmin, row: Household | Resident | ServiceRequest) -> str:
    """A column that leads to where what is sealed of a row is opened, with a reason."""
    return format_html('<a href="{}">{}</a>', url_of(row), gettext("Open them, with a reason"))


Whole = tuple[Callable[[str], str], str, Callable[[str], tuple[str | bytes, ...]]]


class SealedSearch(Plain):
    """Search that finds what is typed whole (a phone or ID number by its fingerprint), and everything else as usual.

    Only where it is posted: a number in an address is a number in every log.

    `sealed` is a list of (parser, field, all that the field may hold of the parsed value). The first that takes what
    was typed and finds something answers.
    """

    sealed: ClassVar[list[Whole]] = []

    def rows_found(self, request: HttpRequest, rows: QuerySet[Any], typed: str) -> QuerySet[Any]:
        for whole in self.sealed:
            found = _found_whole(rows, typed, whole)
            if found is not None:
                return found
        return super().rows_found(request, rows, typed)


def _found_whole(rows: QuerySet[Any], typed: str, whole: Whole) -> QuerySet[Any] | None:
    parse, field, indexes = whole
    try:
        value = parse(typed)
    except ValidationError:
        return None
    found = rows.filter(**{f"{field}__in": indexes(value)}) if value else rows.none()
    return found if found.exists() else None


class ReadOnlyInline(admin.TabularInline):
    """Rows beneath their owner, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
