"""After rows are gone: what they left in the database's own files."""

from __future__ import annotations

from django.apps import apps

from resilience.lib.db import leave_no_trace

from ..search_index import REQUEST_WORDS, RESIDENT_WORDS

_ONLY_GROW = {"audit"}  # nothing is changed or deleted there, and they are the largest of all


def swept_tables() -> list[str]:
    """Every table whose rows change or go, whosever it is: what areas hold of a person goes with the person."""
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.app_label not in _ONLY_GROW})


def sweep() -> bool:
    """Overwrite what is left of deleted rows and of old versions of rows, search indexes included. See its limits in
    `leave_no_trace`.
    """
    return leave_no_trace(swept_tables(), [REQUEST_WORDS, RESIDENT_WORDS])
