"""What of somebody's copy, and of what they want put right, is masked on every other page."""

from __future__ import annotations

from collections.abc import Iterable

from households.models import Resident, Sealed
from households.openings import Subject, Value, values_of

from .models import DataRequest, Kind
from .own_copy import Section
from .whose import same

CORRECTED = {"phone": Sealed.PHONE, "id_number": Sealed.ID_NUMBER}
"""What of `correcting.FIELDS` is sealed."""


def sealed_in(sections: Iterable[Section], resident: Resident) -> list[tuple[Subject, list[Value]]]:
    """What of it counts as opened, by what it is of. `resident` as the copy was made of.

    Phones of requests and messages that stand in a copy are the person's own, and opened as that.
    """
    by_key = {section.key: section.rows for section in sections}
    own = [*values_of(resident), *_proposed(resident)]
    home = values_of(resident.household, [Sealed.DOOR_NOTE]) if by_key["home"][0]["door_note"].plain else []
    if by_key["phones"]:
        phones = values_of(resident.household, [Sealed.PHONE])
        home += [value for value in phones if same(value.text, resident.phone)]
    return [(subject, values) for subject, values in ((resident, own), (resident.household, home)) if values]


def _proposed(resident: Resident) -> list[Value]:
    corrections = DataRequest.objects.filter(resident=resident, kind=Kind.CORRECT).open()
    return [value for value in map(proposed_value, corrections) if value]


def proposed_value(data_request: DataRequest) -> Value | None:
    """What they propose, where that is sealed; None where it may stand on a page."""
    proposed, resident = data_request.proposed, data_request.resident
    field = CORRECTED.get(proposed.get("field", ""))
    if field is None or resident is None or not proposed.get("value"):
        return None
    return Value(field, resident.name, proposed["value"])
