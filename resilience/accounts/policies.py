"""Who may open the pages of signing in and of one's own account."""

from __future__ import annotations

from resilience.lib.policies import Policy, public, signed_in

POLICIES: dict[str, Policy] = {
    "accounts:login": public(),
    "accounts:logout": public(),
    "accounts:logged_out": public(),
    "accounts:signed_in": signed_in(),
    "accounts:password": signed_in(),
}
