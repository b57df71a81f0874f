"""Numbers of today: the strip above the queue, and the page that says how each is counted."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from resilience.lib.http import AuthedRequest, render_part

from .. import scope
from ..numbers import kept_numbers


@require_safe
def numbers(request: AuthedRequest) -> HttpResponse:
    """The strip for htmx, the page with the definitions for everybody else."""
    found = kept_numbers(request.viewer, scope.counted_requests_for(request.viewer))
    return render_part(request, "households/desk/numbers.html", "strip", {"numbers": found, "rates": found.rates})
