"""`{% seal resident "phone" %}`: a sealed value, masked, with the button that opens it. Needs `opens`."""

from __future__ import annotations

from typing import Any

from django import template

from .. import seals
from ..models import Sealed
from ..openings import Subject

register = template.Library()


@register.inclusion_tag("households/openings/_seal.html", takes_context=True)
def seal(context: template.Context, subject: Subject, *fields: str) -> dict[str, Any]:
    found = seals.seal(subject, [Sealed(field) for field in fields], context["opens"])
    return {"seal": found, "here": context["request"].path}
