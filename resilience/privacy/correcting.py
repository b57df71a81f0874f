"""What of a person's details can be corrected at their word, as they say it and as the register holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from households.actions.residents import Details
from households.models import Resident, Sex
from resilience.lib import inputs

FIELDS = {
    "name": _("Name"),
    "birth": _("Born"),
    "sex": _("Sex"),
    "phone": _("Phone number"),
    "id_number": _("ID number"),
    "registered_elsewhere": _("Household registration elsewhere"),
}


def parsed(name: str, value: str) -> Any:
    """A proposed value as the register holds it; ValidationError beside the field when it is none."""
    if name == "name":
        return inputs.clean_name(value)
    if name == "birth":
        return inputs.clean_birth(value)
    if name == "phone":
        return inputs.clean_phone(value)
    if name == "id_number":
        return inputs.clean_id_number(value)
    if name == "sex":
        return _sex(value)
    return inputs.clean_text(value, max_length=120)


def _sex(value: str) -> str:
    spelt = {
        "女": Sex.FEMALE,
        "男": Sex.MALE,
        **{each.label: each for each in Sex if each},
        **{each.value: each for each in Sex},
    }
    found = {str(words).lower(): each for words, each in spelt.items()}.get(value.strip().lower())
    if not found:
        raise ValidationError(_("Write male or female."))
    return found.value


def shown(resident: Resident, name: str) -> str:
    """What stands on file now, for who decides; sealed values masked."""
    if name == "phone":
        return inputs.mask_phone(resident.phone) if resident.phone else ""
    if name == "id_number":
        return inputs.mask_id_number(resident.id_number) if resident.id_number else ""
    if name == "birth":
        return resident.birth_date.isoformat() if resident.birth_date else str(resident.birth_year or "")
    return str(resident.get_sex_display() if name == "sex" else getattr(resident, name))


def details_with(resident: Resident, name: str, value: str) -> Details:
    """The person's details as they are, but for the one that is corrected. Sealed ones are kept as they are."""
    is_here = resident.registered_household_id == resident.household_id
    details = Details(
        name=resident.name,
        birth_year=resident.birth_year,
        birth_date=resident.birth_date,
        sex=resident.sex,
        phone=None,
        id_number=None,
        relation=resident.relation,
        is_registered_here=is_here,
        is_registered_elsewhere=not is_here and bool(resident.registered_elsewhere or resident.registered_household_id),
        registered_elsewhere=resident.registered_elsewhere,
    )
    if name == "birth":
        year, day = parsed(name, value)
        return replace(details, birth_year=year, birth_date=day)
    if name == "registered_elsewhere":
        return replace(
            details, is_registered_here=False, is_registered_elsewhere=True, registered_elsewhere=parsed(name, value)
        )
    return replace(details, **{name: parsed(name, value)})
