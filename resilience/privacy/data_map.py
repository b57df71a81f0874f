"""What is kept of people's consent, and of what they ask of us about their own data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from households.data_map import OF_THE_FILE
from resilience.lib.classified import DUTY, RULES, Map, Retention, Use, classify

ASKED = Use(
    title=_("What you ask about your own data"),
    what=_("That you asked for a copy, a correction or deletion, who asked, when, and what we answered."),
    purpose=_("So that you get an answer within 30 days, and we can show that you did."),
    basis=DUTY,
    retention=Retention(
        "data_request", _("while the household's file is kept; after that without your name, to show that we answered")
    ),
    seen_by=_("the staff of your community; you, when you ask for a copy"),
)
AGREED = Use(
    title=_("What you agreed to"),
    what=_("For which purpose you agreed or said no, to which words, when, how, and for a child which guardian did."),
    purpose=_("So that nothing is done that you did not agree to, and you can take it back."),
    basis=DUTY,
    retention=OF_THE_FILE,
    seen_by=_("the worker of your grid, their lead, and the staff of your community; you"),
)
MAP: Map = {
    "privacy.ConsentText": classify(RULES, public="id purpose version words_zh words_en from_date"),
    "privacy.Consent": classify(
        AGREED,
        internal="id text is_child given_by guardian_is how given_at recorded_by ended_at ended_recorded_by",
        personal="resident purpose answer guardian",
        sensitive="guardian_name",
    ),
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
