"""The floor: the plainest Django views that do a page's kind of work. Every figure is a ratio to one of them.

They are what somebody would write first: model rows, a small template without a base, Django's own loop and date
filter. `table` and `one` are measured bare, without any middleware; `form` and `insert` behind all of the product's.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from .models import BareRow

ROWS = 50
PLACE = 1
CODE = "CODE00001"


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """Fifty rows by index in a table."""
    rows = BareRow.objects.filter(place=PLACE).order_by("due_at")[:ROWS]
    return render(request, "benchmarks/table.html", {"rows": rows})


@require_safe
def one(request: HttpRequest) -> HttpResponse:
    """One row by its code."""
    return render(request, "benchmarks/one.html", {"row": BareRow.objects.get(code=CODE)})


@require_safe
def form(request: HttpRequest) -> HttpResponse:
    return render(request, "benchmarks/form.html")


@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    """Insert one row and redirect."""
    now = timezone.now()
    BareRow.objects.create(
        place=PLACE + 1,
        code=secrets.token_hex(4),
        category=request.POST["category"],
        name=request.POST["name"],
        address=request.POST["address"],
        state="submitted",
        created_at=now,
        due_at=now + timedelta(days=1),
    )
    return redirect("one")


urlpatterns = [
    path("table/", table, name="table"),
    path("one/", one, name="one"),
    path("form/", form, name="form"),
    path("insert/", insert, name="insert"),
    path("", include("resilience.urls")),  # the product's middleware knows some addresses by name
]
