"""The two shapes of somebody's own copy, as answers: nothing of it is stored anywhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from households.models import Resident

from .columns import NOT_IN_IT
from .own_copy import Section, as_json

FILE_NAME = "my-data.json"


def as_page(
    request: HttpRequest, resident: Resident, sections: list[Section], template: str, more: dict[str, Any]
) -> HttpResponse:
    """`sections`: from `reader.copy_of` of that person."""
    context = {
        "resident": resident,
        "sections": sections,
        "not_in_it": NOT_IN_IT,
        "made_at": timezone.now(),
        **more,
    }
    return render(request, template, context)


def as_file(sections: list[Section]) -> HttpResponse:
    """JSON under a name that names nobody."""
    response = HttpResponse(as_json(sections, timezone.now()), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response
