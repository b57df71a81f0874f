"""The two answers every form of the register gives."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from resilience.lib.forms import BaseForm
from resilience.lib.http import AuthedRequest, go

from .models import Household


def form_page(request: AuthedRequest, household: Household, form: BaseForm, heading: str, **more: Any) -> HttpResponse:
    """The form, its faults, what it is about, and the way back; 422 when something is wrong."""
    context = {
        "household": household,
        "form": form,
        "heading": heading,
        "about": household.address,
        "back": reverse("household", args=[household.uid]),
        **more,
    }
    return render(request, "households/register/form.html", context, status=422 if form.errors else 200)


def done(request: AuthedRequest, household: Household, words: str) -> HttpResponse:
    messages.success(request, words)
    return go(request, reverse("household", args=[household.uid]))
