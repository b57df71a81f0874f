"""Likely twins side by side; joining them and separating them again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from resilience.lib.codes import clean_code
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import access, policies
from ..actions import twins as verbs
from ..forms.twins import MergeForm
from ..models import ServiceRequest
from ..twin_search import likely_twins

MOST = 6


@require_http_methods(["GET", "HEAD", "POST"])
@policies.staff
def compare(request: AuthedRequest) -> HttpResponse:
    """The requests named by `codes`; with one only, its likely twins beside it. POST joins the rest to `into`."""
    codes = _codes(request.POST.get("codes") or request.GET.get("codes") or ",".join(request.GET.getlist("code")))
    shown = access.requests_managed(request.viewer, codes)
    proposed = _proposed(request, shown)
    columns = [*shown, *(twin for twin, _score in proposed)]
    form = MergeForm(
        posted(request),
        choices=[(row.code, row.code_label) for row in columns if row.is_open],
        initial={"into": columns[0].code if columns else ""},
    )
    ticked = set(request.POST.getlist("twin")) if request.method == "POST" else {row.code for row in shown}
    if request.method == "POST" and form.is_valid():
        answer = _join(request, form, [row for row in columns if row.code in ticked])
        if answer:
            return answer
    context = {
        "columns": columns,
        "scores": {t.pk: s for t, s in proposed},
        "form": form,
        "ticked": ticked,
        "codes": codes,
    }
    return render(request, "households/twins/compare.html", context, status=422 if form.errors else 200)


def _codes(text: str) -> list[str]:
    codes = []
    for part in text[:200].split(","):
        try:
            codes.append(clean_code(part))
        except ValidationError:
            continue
    return codes[:MOST]


def _proposed(request: AuthedRequest, shown: list[ServiceRequest]) -> list[tuple[ServiceRequest, int]]:
    if len(shown) != 1:
        return []
    return likely_twins(shown[0], access.managed_requests_for(request.viewer))[: MOST - 1]


def _join(request: AuthedRequest, form: MergeForm, chosen: list[ServiceRequest]) -> HttpResponse | None:
    into = next((row for row in chosen if row.code == form.cleaned_data["into"]), None)
    twins = [row for row in chosen if into and row.pk != into.pk]
    if into is None or not twins:
        form.add_error("into", _("Tick at least two requests, and choose one of them to go on."))
        return None
    try:
        verbs.merge_all(twins, into=into, by=request.user, why=form.cleaned_data["why"])
    except Refused as refused:
        form.refuse(refused)
        return None
    messages.success(request, _("Joined. The people who asked are told, and can follow it as before."))
    return go(request, reverse("request", args=[into.code]))


@require_POST
@policies.staff
def unmerge(request: AuthedRequest, code: str) -> HttpResponse:
    """Make a joined request one of its own again."""
    twin = access.request_managed(request.viewer, code)
    try:
        verbs.unmerge(twin, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Separated. The request is with the desk again."))
    return go(request, reverse("request", args=[twin.code]))
