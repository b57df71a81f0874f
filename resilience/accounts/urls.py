from django.urls import path

from resilience.accounts.views import login, password, sessions

app_name = "accounts"
urlpatterns = [
    path("login/", login.login, name="login"),
    path("logout/", login.logout, name="logout"),
    path("signed-out/", login.logged_out, name="logged_out"),
    path("signed-in/", login.signed_in, name="signed_in"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("password/", password.password, name="password"),
]
