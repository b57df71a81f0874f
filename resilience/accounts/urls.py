from django.urls import path

from resilience.accounts.views import factors, login, password, second_factor, sessions

app_name = "accounts"
urlpatterns = [
    path("login/", login.login, name="login"),
    path("logout/", login.logout, name="logout"),
    path("signed-out/", login.logged_out, name="logged_out"),
    path("signed-in/", login.signed_in, name="signed_in"),
    path("second/", second_factor.second_factor, name="second_factor"),
    path("passkey/", second_factor.passkey, name="passkey"),
    path("passkey/options/", second_factor.passkey_options, name="passkey_options"),
    path("confirm/", second_factor.confirm, name="confirm"),
    path("factors/", factors.factors, name="factors"),
    path("factors/app/", factors.add_app, name="add_app"),
    path("factors/passkey/", factors.add_passkey, name="add_passkey"),
    path("factors/codes/", factors.recovery_codes, name="recovery_codes"),
    path("factors/remove/", factors.remove, name="remove_factor"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("password/", password.password, name="password"),
]
