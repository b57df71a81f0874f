"""Every address. The areas bring their own; what belongs to none is in `resilience.views`."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from resilience import views
from resilience.accounts.views.login import logout

urlpatterns = [
    path("", include("households.urls")),
    path("", include("resilience.privacy.urls")),
    path("accounts/", include("resilience.accounts.urls")),
    path("start/", views.start, name="start"),
    path("text-size/", views.set_text_size, name="text_size"),
    path("language/", set_language, name="set_language"),
    path("privacy/", views.privacy, name="privacy"),
    path("healthz", views.health, name="health"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    # One door: the admin's own login knows no limit of tries, its logout clears no browser.
    path("admin/login/", RedirectView.as_view(pattern_name="accounts:login", query_string=True), name="admin-login"),
    path("admin/logout/", logout, name="admin-logout"),
    path("admin/", admin.site.urls),
]

handler500 = "resilience.views.server_error"
