"""After rows are gone: what they left in the database's own files."""

from __future__ import annotations

from resilience.lib.db import leave_no_trace
from resilience.outbox.models import Message

from ..models import (
    Assignment,
    DoomedFile,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    Photo,
    RequestDraft,
    RequestEvent,
    RequestItem,
    Resident,
    ResidentNeed,
    ServiceRequest,
    Visit,
    VisitCheck,
)
from ..search_index import REQUEST_WORDS, RESIDENT_WORDS

_TABLES = (
    Assignment, DoomedFile, FileChange, Household, HouseholdPhone, LifeEvent, Message, Photo, RequestDraft,
    RequestEvent, RequestItem, Resident, ResidentNeed, ServiceRequest, Visit, VisitCheck,
)  # fmt: skip


def sweep() -> bool:
    """Overwrite what is left of deleted rows and of old versions of rows, search indexes included. See its limits in
    `leave_no_trace`.
    """
    return leave_no_trace([model._meta.db_table for model in _TABLES], [REQUEST_WORDS, RESIDENT_WORDS])
