"""What is kept of people's consent, and of what they ask of us about their own data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.classified import DUTY, Map, Retention, Use, classify

ASKED = Use(
    title=_("What you ask about your own data"),
    what=_("That you asked for a copy, a correction or deletion, who asked, when, and what we answered."),
    purpose=_("So that you get an answer within 30 days, and we can show that you did."),
    basis=DUTY,
    retention=Retention(
        "data_request", _("while the household's file is kept; without your name, for three years more")
    ),
    seen_by=_("the staff of your community; you, when you ask for a copy"),
)
MAP: Map = {
    "privacy.DataRequest": classify(
        ASKED,
        internal=(
            "id uid community grid kind asker identity service_request state asked_at due_at recorded_by taken_by"
            " closed_at closed_by refusal kept warned fetch_until_at fetched_at"
        ),
        personal="resident",
        sensitive="asker_name authority words proposed answer",
    ),
}
