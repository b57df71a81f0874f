"""Brings a demo that lay about for days up to today: as if nobody had been away, nothing is later than it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateField, F, Max, Model
from django.utils import timezone

from households.models import (
    Assignment,
    FileChange,
    Household,
    LifeEvent,
    Opening,
    Photo,
    RequestEvent,
    RequestItem,
    Resident,
    ResidentNeed,
    Responsibility,
    ServiceRequest,
    Visit,
    VisitCheck,
)
from resilience.accounts.models import User
from resilience.exports.models import Export
from resilience.outbox.models import Message
from resilience.privacy.models import Consent, DataRequest

# What happens. Places, appointments, tables and their histories stay where they are in time.
MOVED: tuple[type[Model], ...] = (
    Assignment, Consent, DataRequest, Export, FileChange, Household, LifeEvent, Message, Opening, Photo,
    RequestEvent, RequestItem, Resident, ResidentNeed, Responsibility, ServiceRequest, User, Visit, VisitCheck,
)  # fmt: skip
STAY = {"birth_date", "last_login", "date_joined"}
_SIGNS = ((RequestEvent, "at"), (Visit, "recorded_at"), (FileChange, "at"))


@transaction.atomic
def catch_up() -> int:
    """Move everything by the whole days that passed since anything last happened; how many that were.

    Whole days, so that a visit at ten stays one at ten; rounded down, so that nothing comes to lie in the future.
    """
    last = _last_sign()
    days = (timezone.now() - last).days if last else 0
    if days < 1:
        return 0
    for model in MOVED:
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, DateField)]
        model._default_manager.update(**{name: F(name) + timedelta(days=days) for name in names if name not in STAY})
    return days


def _last_sign() -> datetime | None:
    found = (model._default_manager.aggregate(last=Max(field))["last"] for model, field in _SIGNS)
    return max((moment for moment in found if moment), default=None)
