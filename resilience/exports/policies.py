"""Who may take a list out of the house.

Whoever oversees a place: its leads, office and supervisors. A worker has their round and the files on their phone, and
takes no list; a volunteer sees none; an auditor sees nobody's data. The second word is the office's or a supervisor's.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from households.policies import APPROVING, OVERSEEING
from resilience.lib.policies import Policy, Relation, only

ASKING = OVERSEEING
_EXPORT = _("export")

POLICIES: dict[str, Policy] = {
    "exports": only(ASKING),
    "export-new": only(ASKING),
    "export": only(ASKING, _EXPORT, Relation.HAS),
    "export-fetch": only(ASKING, _EXPORT, Relation.HAS),
    "export-end": only(ASKING, _EXPORT, Relation.HAS),
    "exports-waiting": only(APPROVING),
    "export-decide": only(APPROVING, _EXPORT, Relation.MANAGED),
    "exports-made": only(APPROVING),
}
