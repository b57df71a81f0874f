"""Photos, each behind the permission of what it belongs to. Never from a public folder, never cached by others."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from resilience.lib.http import AuthedRequest

from .. import access, by_secret, policies
from ..models import Photo
from .ask_page import AskPage


@require_safe
@policies.by_secret
def of_link(request: HttpRequest, token: str, uid: UUID) -> HttpResponse:
    """A photo the resident may see, by the secret link of their request."""
    return _send(by_secret.photo_of_request(by_secret.request_of_link(token), uid, is_public=True))


@require_safe
@policies.reader_or_helper
def of_request(request: AuthedRequest, code: str, uid: UUID) -> HttpResponse:
    """Any photo of a request its viewer sees."""
    return _send(by_secret.photo_of_request(access.request_seen(request.viewer, code), uid))


@require_safe
@policies.reader
def of_visit(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """A photo of a visit, for those who may read of it."""
    return _send(access.visit_photo(request.viewer, uid))


@require_safe
@policies.by_secret
def of_draft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A photo of the form on its way, by the form's own cookie."""
    return _send(by_secret.photo_of_draft(AskPage(request).draft_key, uid))


def _send(photo: Photo) -> HttpResponse:
    try:
        with photo.image.open("rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type="image/webp")
    response["Content-Disposition"] = 'inline; filename="photo.webp"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
