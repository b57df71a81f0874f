"""What is kept of exports."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.classified import SAFETY, THREE_YEARS, Map, Retention, Use, classify

EXPORTS = Use(
    title=_("Who took a list out of the system"),
    what=_("Who asked for which list, what for, who allowed it, how often it was fetched; not what was in it."),
    purpose=_("So that a list that turns up where it should not can be traced to who made it."),
    basis=SAFETY,
    retention=THREE_YEARS,
    seen_by=_("who asked; the office and supervisors of the place; administrators"),
)
FILES = Use(
    title=_("The files of those lists"),
    what=_("The list as a sealed file, its key, and which files and requests it is about."),
    purpose=_("So that who asked can fetch it, and that it is destroyed with what it is about."),
    basis=SAFETY,
    retention=Retention("exports", _("one day"), days=1),
    seen_by=_("who asked"),
)
MAP: Map = {
    "exports.Export": classify(
        EXPORTS,
        internal=(
            "id uid code which form language purpose columns unmasked place scope rows needs_second state asked_by "
            "asked_at decided_by decided_at made_at expires_at ended_at end downloads most_downloads size restarts file"
        ),
        sensitive="words filters why decision file_key",
        uses={"file": FILES, "file_key": FILES},
    ),
    "exports.ExportRow": classify(FILES, internal="id export row"),
}
