"""What is wrong with a chain, as a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import verify
from .verify import Fault

_WORDS = {
    verify.EDITED: gettext_lazy("Row %(row)s was changed after it was written (%(entry)s)."),
    verify.UNKNOWN_KEY: gettext_lazy("Row %(row)s is sealed with a key that is not configured (%(entry)s)."),
    verify.REMOVED: gettext_lazy("What row %(row)s said was removed."),
    verify.GAP: gettext_lazy("Row %(row)s is missing, or there is another in its place (%(entry)s)."),
    verify.BROKEN: gettext_lazy("Row %(row)s does not follow from the one before: swapped, or put in (%(entry)s)."),
    verify.TWICE: gettext_lazy("Row %(row)s is a copy of an earlier one (%(entry)s)."),
    verify.UNLINKED: gettext_lazy("A row is outside the chain (%(entry)s)."),
    verify.BACK_DATED: gettext_lazy(
        "Row %(row)s says an earlier time than rows before it (%(entry)s): put in later, or a clock was set back."
    ),
    verify.FUTURE: gettext_lazy("Row %(row)s says a time that is still to come (%(entry)s)."),
    verify.CUT: gettext_lazy("Rows from %(row)s on are missing: an anchor saw them (%(more)s)."),
    verify.REWRITTEN: gettext_lazy("The chain was written anew up to row %(row)s: an anchor saw another (%(more)s)."),
    verify.FORGED: gettext_lazy("An anchor is not one of ours, or one before it is missing (%(more)s)."),
    verify.UNGUARDED: gettext_lazy("Triggers that guard the audit are off: %(more)s."),
}


def fault_words(fault: Fault) -> str:
    words = str(_WORDS[fault.what])
    return words % {"row": fault.seq or "?", "entry": fault.entry or _("no entry"), "more": fault.more or "?"}
