"""Several requests to one worker, from the queue: choose, preview, confirm; all or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from resilience.accounts.models import User
from resilience.lib.codes import clean_code
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go

from .. import access, dispatch
from ..actions.assignments import assign_many
from ..forms.bulk import BulkAssignForm, version
from ..models import ServiceRequest, State

MOST = 200  # requests at a time


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: AuthedRequest) -> HttpResponse:
    """The requests named by `code`, repeated. The form is sent twice: `step` says whether to preview or to confirm."""
    posted = request.POST if request.method == "POST" else None
    named = _codes(posted or request.GET)
    rows = access.service_requests(request, named)
    form = BulkAssignForm(posted, rows=[row for row in rows if row.can_become(State.ASSIGNED)])
    is_confirmed = request.POST.get("step") == "confirm"
    if form.is_valid() and is_confirmed:
        form.refuse_changed(request.POST.getlist("seen")[:MOST])
    if form.is_valid() and is_confirmed and (answer := _give(request, form)):
        return answer
    context = {"rows": rows, "form": form, "missing": len(named) - len(rows), "preview": preview(form)}
    return render(request, "households/desk/assign.html", context, status=422 if form.errors else 200)


def _codes(data: QueryDict) -> list[str]:
    """What `code` names, once each; what cannot be a code is left out."""
    codes: dict[str, None] = {}
    for text in data.getlist("code")[:MOST]:
        try:
            codes[clean_code(text)] = None
        except ValidationError:
            continue
    return list(codes)


def _give(request: AuthedRequest, form: BulkAssignForm) -> HttpResponse | None:
    worker = form.cleaned_data["worker"]
    try:
        changed = assign_many(form.rows, worker=worker, by=request.user, note=form.cleaned_data["note"])
    except Refused as refused:
        form.refuse(refused)
        return None
    words = ngettext("%(n)d request is with %(name)s now.", "%(n)d requests are with %(name)s now.", changed)
    messages.success(request, words % {"n": changed, "name": worker})
    return go(request, reverse("desk"))


# --- what would change ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Load:
    """Somebody's open requests before and after."""

    worker: User
    before: int
    after: int
    is_too_much: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    worker: User
    changing: list[ServiceRequest]
    staying: list[ServiceRequest]  # with them already
    loads: list[Load]
    seen: list[str]


def preview(form: BulkAssignForm) -> Preview | None:
    """What confirming would do; None while nobody is chosen."""
    worker = getattr(form, "cleaned_data", {}).get("worker")
    if worker is None:
        return None
    changing = [row for row in form.rows if row.worker_id != worker.pk]
    staying = [row for row in form.rows if row.worker_id == worker.pk]
    loads = {each.worker.pk: each for each in form.candidates}
    given = Counter(row.worker_id for row in changing)
    colleagues = [each for each in form.candidates if each.worker.pk != worker.pk and not each.is_away]
    others = [each.load - given[each.worker.pk] for each in colleagues]
    after = loads[worker.pk].load + len(changing)
    shown = [Load(worker, loads[worker.pk].load, after, dispatch.is_overloaded(after, others))]
    shown += [Load(loads[pk].worker, loads[pk].load, loads[pk].load - n) for pk, n in given.items() if pk in loads]
    return Preview(worker, changing, staying, shown, [version(row) for row in form.rows])
