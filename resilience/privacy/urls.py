"""Every address of this area: of the office, and of who holds the link of a request."""

from __future__ import annotations

from django.urls import path

from .views import consents, data_requests, people, tracking

urlpatterns = [
    path("residents/<uuid:uid>/data/", people.page, name="resident-data"),
    path("residents/<uuid:uid>/data/consent/<slug:purpose>/", consents.say, name="consent-say"),
    path("residents/<uuid:uid>/data/consent/<slug:purpose>/back/", consents.take_back, name="consent-take-back"),
    path("residents/<uuid:uid>/data/ask/", data_requests.new, name="data-request-new"),
    path("desk/data/", data_requests.listed, name="data-requests"),
    path("desk/data/<uuid:uid>/", data_requests.page, name="data-request"),
    path("desk/data/<uuid:uid>/take/", data_requests.take, name="data-request-take"),
    path("desk/data/<uuid:uid>/copy/", data_requests.copy, name="data-request-copy"),
    path("desk/data/<uuid:uid>/fetch/", data_requests.let_fetch, name="data-request-fetch"),
    path("desk/data/<uuid:uid>/answer/", data_requests.answer, name="data-request-answer"),
    path("desk/data/<uuid:uid>/proposed/", data_requests.show_proposed, name="data-request-proposed"),
    path("desk/data/<uuid:uid>/do/", data_requests.carry_out, name="data-request-do"),
    path("track/<str:token>/data/", tracking.data, name="track-data"),
]
