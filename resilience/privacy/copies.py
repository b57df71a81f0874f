"""The two shapes of somebody's own copy, as answers: nothing of it is stored anywhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from households.models import Resident

from .columns import NOT_IN_IT
from .own_copy import as_json
from .reader import copy_of

FILE_NAME = "my-data.json"


def as_page(request: HttpRequest, resident: Resident, template: str, more: dict[str, Any]) -> HttpResponse:
    context = {
        "resident": resident,
        "sections": copy_of(resident),
        "not_in_it": NOT_IN_IT,
        "made_at": timezone.now(),
        **more,
    }
    return render(request, template, context)


def as_file(resident: Resident) -> HttpResponse:
    """JSON under a name that names nobody."""
    response = HttpResponse(as_json(copy_of(resident), timezone.now()), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response
