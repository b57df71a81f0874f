"""Who did what: the audit's rows, the story of one person or one file, and whether the chain is whole."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from resilience.audit.anchors import pins
from resilience.audit.models import Anchor
from resilience.audit.verify import Pin, Report, hash_at, head
from resilience.audit.verify import verify as walk
from resilience.audit.words import fault_words
from resilience.lib.http import AuthedRequest, go, posted, render_part
from resilience.lib.inputs import decode_cursor

from .. import scope
from ..audit_list import Filter, page_of
from ..forms.audit import AuditForm

TEMPLATE = "households/audit/list.html"
WALKED = 20_000  # rows that the button looks at; the whole chain is the command's


@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: AuthedRequest) -> HttpResponse:
    """The newest rows; every filter is a link, names come by POST."""
    form = AuditForm(posted(request), initial=_asked(request))
    if form.is_valid():
        return go(request, f"{reverse('audit')}?{urlencode(form.pairs)}" if form.pairs else reverse("audit"))
    return render(request, TEMPLATE, _context(request, form), status=422 if form.is_bound else 200)


@require_POST
def verify(request: AuthedRequest) -> HttpResponse:
    """Walk the last rows of the chain, from where an anchor vouches for it if one is near enough."""
    report, is_whole = _walk_the_end()
    context = {**_context(request, AuditForm()), "report": report, "is_whole": is_whole}
    context["faults"] = [fault_words(fault) for fault in report.faults]
    return render_part(request, TEMPLATE, "chain", context)


def _asked(request: AuthedRequest) -> dict[str, Any]:
    wanted = Filter.of(request.GET)
    return {"action": wanted.action, "about": wanted.about, "place": wanted.place, "since": wanted.since,
            "until": wanted.until}  # fmt: skip


def _context(request: AuthedRequest, form: AuditForm) -> dict[str, Any]:
    wanted = Filter.of(request.GET)
    before = decode_cursor(request.GET.get("before", ""), UUID)
    lines, next_cursor = page_of(wanted.narrow(scope.audit_rows_for(request.viewer)), before[0] if before else None)
    here, anchor = head(), Anchor.objects.order_by("-id").first()
    return {
        "form": form, "wanted": wanted, "lines": lines, "next_cursor": next_cursor, "is_first_page": before is None,
        "head": here, "anchor": anchor, "loose": here.seq - (anchor.seq if anchor else 0), "qr": _drawn(here),
    }  # fmt: skip


def _drawn(here: Pin) -> SafeString:
    """Row and hash, as `verify_audit --anchor` takes them."""
    svg = segno.make(f"{here.seq}:{here.hash}", error="m", micro=False).svg_inline(
        scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(svg)  # noqa: S308  segno's own drawing: numbers and path commands


def _walk_the_end() -> tuple[Report, bool]:
    """And whether that was the whole chain."""
    anchors, faults = pins()
    first = max(0, head().seq - WALKED)
    near = [pin.seq for pin in anchors if pin.seq >= first]
    start = hash_at(0 if first == 0 else min(near, default=first))
    since = start or Pin(first, "")
    is_whole = since.seq == 0
    later = [pin for pin in anchors if pin.seq >= since.seq]
    return walk(pins=later, since=since, faults=faults, is_quick=not is_whole), is_whole
