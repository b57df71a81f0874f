"""What is kept of who did what."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.classified import SAFETY, THREE_YEARS, Map, Use, classify

AUDIT = Use(
    title=_("Who looked and who changed what"),
    what=_(
        "Who opened or changed which file, when, from where (without an account only from which network) and why;"
        " never what stood in it."
    ),
    purpose=_("So that nobody looks out of curiosity without being seen, and you can ask who looked."),
    basis=SAFETY,
    retention=THREE_YEARS,
    seen_by=_("auditors; of your own file you, when you ask"),
)
MAP: Map = {
    "audit.Entry": classify(
        AUDIT,
        internal=("id at actor action subject_kind subject_key place fields why session page details key_id digest"),
        personal="by address",
    ),
    "audit.Link": classify(AUDIT, internal="seq entry hash"),
    "audit.Anchor": classify(AUDIT, internal="id at seq hash key_id seal"),
}
