from django.urls import path

from . import views

urlpatterns = [
    path("", views.exports, name="exports"),
    path("waiting/", views.waiting, name="exports-waiting"),
    path("waiting/<uuid:uid>/", views.decide, name="export-decide"),
    path("made/", views.made, name="exports-made"),
    path("new/<slug:which>/", views.new, name="export-new"),
    path("<uuid:uid>/", views.export, name="export"),
    path("<uuid:uid>/fetch/", views.fetch, name="export-fetch"),
    path("<uuid:uid>/end/", views.end, name="export-end"),
]
