"""The floor's pages are open to all: what is measured is the page."""

from __future__ import annotations

from resilience.lib.policies import Policy, public

POLICIES: dict[str, Policy] = {name: public() for name in ("table", "one", "form", "insert")}
