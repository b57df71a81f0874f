"""Photos: re-encoded and stripped before they are stored, served only to who may see what they belong to."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .events import RequestEvent
from .requests import ServiceRequest
from .visits import Visit

PHOTOS_A_REQUEST = 4
_LONGEST_SIDE = 16_383  # pixels, of any WebP; `lib.photos` makes them far smaller


def photo_path(photo: Photo, filename: str) -> str:
    return f"photos/{photo.uid.hex[:2]}/{photo.uid.hex}.webp"


class Photo(models.Model):
    """A photo of a draft (by its key), a request, one of its events, or a visit."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    draft_key = models.UUIDField(null=True, blank=True, db_index=True)
    service_request = models.ForeignKey(
        ServiceRequest, models.CASCADE, null=True, blank=True, related_name="photos", verbose_name=_("request")
    )
    event = models.ForeignKey(RequestEvent, models.CASCADE, null=True, blank=True, related_name="photos")
    visit = models.ForeignKey(
        Visit, models.CASCADE, null=True, blank=True, related_name="photos", verbose_name=_("visit")
    )
    image = models.FileField(upload_to=photo_path)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    is_public = models.BooleanField(_("the resident sees it"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    unscoped = ScopedQuerySet["Photo"].as_manager()
    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.CheckConstraint(
                condition=Q(draft_key__isnull=False) | Q(service_request__isnull=False) | Q(visit__isnull=False),
                name="photo_belongs_to_something",
            ),
            models.CheckConstraint(condition=bounded(1, _LONGEST_SIDE, "width", "height"), name="photo_size_bounded"),
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, "created_at"), name="photo_time_bounded"),
        ]

    def __str__(self) -> str:
        return str(self.uid)
