"""Who may open the pages of signing in and of one's own account."""

from __future__ import annotations

from resilience.lib.policies import Policy, public, signed_in

POLICIES: dict[str, Policy] = {
    "accounts:login": public(),
    "accounts:logout": public(),
    "accounts:logged_out": public(),
    "accounts:signed_in": signed_in(),
    "accounts:second_factor": public(),
    "accounts:passkey": public(),
    "accounts:passkey_options": public(),
    "accounts:confirm": signed_in(),
    "accounts:factors": signed_in(),
    "accounts:add_app": signed_in(),
    "accounts:add_passkey": signed_in(),
    "accounts:recovery_codes": signed_in(),
    "accounts:remove_factor": signed_in(),
    "accounts:sessions": signed_in(),
    "accounts:password": signed_in(),
}
