"""Every address of the core, grouped by who goes there."""

from __future__ import annotations

from django.urls import path

from .views import calls, home, households, people, requests, tracking, twins

urlpatterns = [
    # anybody
    path("", home.home, name="home"),
    # residents, by a code, a link or their door
    path("track/<str:token>/", tracking.track, name="track"),
    # workers
    # the desk
    path("desk/twins/", twins.compare, name="twins"),
    path("desk/calls/", calls.calls, name="calls"),
    path("desk/calls/<str:code>/", calls.answer, name="call-answer"),
    path("desk/people/", people.people, name="people"),
    path("desk/people/<uuid:uid>/leave/", people.leave, name="person-leave"),
    # requests, for whoever may see them
    path("requests/<str:code>/", requests.page, name="request"),
    path("requests/<str:code>/unmerge/", twins.unmerge, name="request-unmerge"),
    # the register
    path("households/<uuid:uid>/", households.page, name="household"),
]
