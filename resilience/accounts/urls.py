from django.urls import path

from resilience.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("signed-out/", views.logged_out, name="logged_out"),
    path("signed-in/", views.signed_in, name="signed_in"),
    path("password/", views.password, name="password"),
]
