"""The front page: one big button, the emergency numbers, what one can ask for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import reference


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """No statement for a visitor: the tiles are kept in memory, and nobody signed in is looked for."""
    return render(request, "households/home.html", {"tiles": reference.tiles()})
