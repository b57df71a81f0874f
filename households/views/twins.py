"""Likely twins side by side; joining them and separating them again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from resilience.lib.codes import clean_code
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted, render_part

from .. import access, scope
from ..actions import twins as verbs
from ..forms.twins import MergeForm
from ..models import ServiceRequest
from ..twin_search import likely_twins
from .twins_page import columns

MOST = 6


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: AuthedRequest) -> HttpResponse:
    """The requests named by `codes`; with one only, its likely twins beside it. POST joins the rest to `into`.

    The part `likely` is what the page of a request shows of them, once it is there itself.
    """
    codes = _codes(request.POST if request.method == "POST" else request.GET)
    shown = access.service_requests(request, codes)
    rows = [*shown, *_proposed(request, shown)]
    side_by_side = columns(rows) if rows else []
    form = MergeForm(
        posted(request),
        choices=[(each.row.code, each.label) for each in side_by_side if each.row.is_open],
        initial={"into": rows[0].code if rows else ""},
    )
    ticked = set(request.POST.getlist("twin")) if request.method == "POST" else {row.code for row in shown}
    if request.method == "POST" and form.is_valid():
        answer = _join(request, form, [row for row in rows if row.code in ticked])
        if answer:
            return answer
    context = {
        "columns": side_by_side,
        "form": form,
        "ticked": ticked,
        "codes": codes,
        "missing": len(codes) - len(shown),
    }
    return render_part(request, "households/twins/compare.html", "likely", context, status=422 if form.errors else 200)


def _codes(data: QueryDict) -> list[str]:
    """What `codes` (several, with commas) and `code` (one, repeated) name, once each."""
    codes: dict[str, None] = {}
    for part in ",".join([data.get("codes", "")[:200], *data.getlist("code")[:MOST]]).split(","):
        try:
            codes[clean_code(part[:40])] = None
        except ValidationError:
            continue
    return list(codes)[:MOST]


def _proposed(request: AuthedRequest, shown: list[ServiceRequest]) -> list[ServiceRequest]:
    if len(shown) != 1:
        return []
    found = likely_twins(shown[0], scope.managed_requests_for(request.viewer))
    return [twin for twin, _score in found[: MOST - 1]]


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
def unmerge(request: AuthedRequest, code: str) -> HttpResponse:
    """Make a joined request one of its own again."""
    twin = access.service_request(request, code)
    try:
        verbs.unmerge(twin, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Separated. The request is with the desk again."))
    return go(request, reverse("request", args=[twin.code]))
