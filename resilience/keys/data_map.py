"""What is remembered of keys."""

from __future__ import annotations

from resilience.lib.classified import MACHINERY, Map, classify

MAP: Map = {
    "keys.KnownKey": classify(MACHINERY, internal="id ring key_id check_value registered_at retired_at"),
}
