"""What is kept of those who work here, and against misuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.classified import SAFETY, WORK, Map, Retention, Use, classify

STAFF = Use(
    title=_("People who work here"),
    what=_("Their name, phone, e-mail address, when they signed in, and where they serve."),
    purpose=_("So that residents know who comes, and everybody sees only what their work needs."),
    basis=WORK,
    retention=Retention("staff", _("while they work here; the name stays with what they did")),
    seen_by=_("colleagues; residents read the name of who helps them"),
    about_residents=False,
)
TRIES = Use(
    title=_("Protection against misuse"),
    what=_("How often something was tried from one address or phone; only as a code that cannot be turned back."),
    purpose=_("So that nobody guesses codes or floods the desk."),
    basis=SAFETY,
    retention=Retention("tries", _("at most a day"), days=1),
    seen_by=_("nobody"),
)
SESSIONS = Use(
    title=_("Where somebody is signed in"),
    what=_("On which kind of device, from which network (shortened), since when and when last."),
    purpose=_("So that everybody sees, and ends, a sign-in that is not theirs."),
    basis=SAFETY,
    retention=Retention("session", _("until the sign-in ends, at most 14 days"), days=14),
    seen_by=_("themselves, and the staff of their community"),
    about_residents=False,
)
MAP: Map = {
    "accounts.User": classify(
        STAFF,
        internal="id uid password last_login is_superuser is_staff is_active date_joined groups user_permissions"
        " dormant_notice_at dormant_since woken_at",
        personal="username name email away_until_date",
        sensitive="phone phone_index",
        reasons={"password": _("Stored only as a slow, salted hash.")},
    ),
    "accounts.User_groups": classify(STAFF, internal="id user group"),
    "accounts.User_user_permissions": classify(STAFF, internal="id user permission"),
    "accounts.Session": classify(
        SESSIONS,
        internal="session_key session_data expire_date uid user started_at seen_at idle_until",
        personal="address device",
        reasons={"session_data": _("The id of the account and how it signed in; nothing about residents.")},
    ),
    "accounts.RateCount": classify(TRIES, internal="key free_at"),
}
