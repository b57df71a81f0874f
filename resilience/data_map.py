"""The data map of the whole house: what every app says of its tables, and what is to be said of those of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from resilience.accounts.data_map import STAFF
from resilience.lib.classified import MACHINERY, SAFETY, THREE_YEARS, Fields, Held, Level, Map, Use, classify
from resilience.lib.crypto import BlindIndexField, EncryptedTextField

ADMINISTRATION = Use(
    title=_("What was changed in the administration"),
    what=_("Who changed which row there; names of fields, not what stood in them."),
    purpose=_("So that mistakes can be found and put right."),
    basis=SAFETY,
    retention=THREE_YEARS,
    seen_by=_("administrators"),
    about_residents=False,
)
# Of tables that came with what we are built on.
OTHERS: Map = {
    "admin.LogEntry": classify(
        ADMINISTRATION,
        internal="id action_time user content_type object_id action_flag change_message",
        personal="object_repr",
    ),
    "auth.Permission": classify(MACHINERY, internal="id name content_type codename"),
    "auth.Group": classify(MACHINERY, internal="id name permissions"),
    "auth.Group_permissions": classify(MACHINERY, internal="id group permission"),
    "contenttypes.ContentType": classify(MACHINERY, internal="id app_label model"),
    "mfa.Authenticator": classify(
        STAFF,
        internal="id user type data created_at last_used_at",
        reasons={"data": _("Secrets are sealed; of a passkey only its public half is there.")},
    ),
    # django-allauth's own; nothing is written into them.
    "account.EmailAddress": classify(STAFF, internal="id user verified primary", personal="email"),
    "account.EmailConfirmation": classify(STAFF, internal="id email_address created sent key"),
}
_OF_A_HISTORY = classify(STAFF, internal="history_id history_date history_change_reason history_type history_user")


@dataclass(frozen=True)
class Row:
    """One field of one table. `held` is None where nobody has said anything of it."""

    model: type[models.Model]
    field: models.Field
    held: Held | None

    @property
    def table(self) -> str:
        return capfirst(str(self.model._meta.verbose_name))

    @property
    def words(self) -> str:
        """The field as people call it."""
        return capfirst(str(getattr(self.field, "verbose_name", self.field.name)))

    @property
    def is_sealed(self) -> bool:
        return isinstance(self.field, EncryptedTextField | BlindIndexField)

    @property
    def where(self) -> str:
        return f"{self.model._meta.label}.{self.field.name}"


@cache
def collected() -> Map:
    """By the label of the model, of every app that has a `data_map`."""
    found: dict[str, Fields] = dict(OTHERS)
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.data_map") and config.name != "resilience":
            found |= import_module(f"{config.name}.data_map").MAP
    return found


def rows() -> Iterator[Row]:
    """Every field of every table there is."""
    for model in apps.get_models(include_auto_created=True):
        held = _held(model)
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
            yield Row(model, field, held.get(field.name))


def _held(model: type[models.Model]) -> Fields:
    """A table of django-simple-history holds copies of another's rows."""
    if hasattr(model, "history_type"):
        copied: type[models.Model] = model.instance_type  # type: ignore[attr-defined]
        return _held(copied) | _OF_A_HISTORY
    return collected().get(model._meta.label, {})


def groups() -> list[tuple[Use, list[Row]]]:
    """What is kept of residents, by what for, with the fields that say something of them: their file comes first."""
    found: dict[int, tuple[Use, list[Row]]] = {}
    for row in sorted(rows(), key=lambda row: row.model._meta.app_label != "households"):
        if row.held and row.held.use.about_residents:
            _use, listed = found.setdefault(id(row.held.use), (row.held.use, []))
            is_shown = row.held.level in (Level.PERSONAL, Level.SENSITIVE)
            if is_shown and not isinstance(row.field, BlindIndexField):
                listed.append(row)
    return list(found.values())
