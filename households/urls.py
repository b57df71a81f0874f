"""Every address of the core, grouped by who goes there."""

from __future__ import annotations

from django.urls import path

from .views import home, requests, tracking

urlpatterns = [
    # anybody
    path("", home.home, name="home"),
    # residents, by a code, a link or their door
    path("track/<str:token>/", tracking.track, name="track"),
    # workers
    # the desk
    # requests, for whoever may see them
    path("requests/<str:code>/", requests.page, name="request"),
    # the register
]
