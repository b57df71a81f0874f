"""Whether an address opens to whoever looks: links and buttons follow the table of policies, as the addresses do."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from ..access import may

register = template.Library()


@register.simple_tag(takes_context=True)
def may_open(context: Context, url_name: str, row: Any = None) -> bool:
    """`{% may_open "building-open-door" building as may_file %}`; `row` is what it is about, its community loaded."""
    return may(context["request"].viewer, url_name, row)
