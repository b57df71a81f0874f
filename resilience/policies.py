"""Who may open what belongs to no area."""

from __future__ import annotations

from households.policies import OFFICE
from resilience.lib.policies import Policy, only, public, signed_in

POLICIES: dict[str, Policy] = {
    "start": signed_in(),
    "text_size": public(),
    "set_language": public(),
    "privacy": public(),
    "health": public(),
    "robots": public(),
    "favicon": public(),
    # Which tables staff may read inside is said by each: `is_for_office` in `households.admin.base`.
    "admin:*": only(OFFICE),
    "admin-login": public(),
    "admin-logout": public(),
}
