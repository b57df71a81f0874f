"""What a destruction certificate says, and how anybody with the list of digests can check it. No rule of its own.

`rows_hash` is SHA-256 over one line `table digest deed` for every destroyed or anonymised row, sorted. `hash` is
SHA-256 over `statement` as JSON with sorted keys and no blanks; it names the hash of the certificate before it, so
that none can be taken away or slipped in. Neither needs a personal value, nor the key of the digests.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count

from .models import Destruction

TOOL = "resilience purge 1"
"""Names the procedure: changed whenever what is destroyed, or how it is counted, changes."""


def counts(destruction: Destruction) -> dict[str, dict[str, int]]:
    """Table → deed → how many rows, as the tombstones say."""
    found: dict[str, dict[str, int]] = {}
    rows = destruction.tombstones.order_by().values("table", "deed").annotate(n=Count("pk"))
    for row in rows.values_list("table", "deed", "n"):
        found.setdefault(row[0], {})[row[1]] = row[2]
    return {table: found[table] for table in sorted(found)}


def rows_hash(destruction: Destruction) -> str:
    made = hashlib.sha256()
    rows = destruction.tombstones.values_list("table", "digest", "deed")
    # Sorted here: the databases order text by different collations.
    for line in sorted(f"{table} {digest} {deed}\n" for table, digest, deed in rows.iterator()):
        made.update(line.encode())
    return made.hexdigest()


def statement(destruction: Destruction) -> dict[str, Any]:
    """All that is certified, as plain values. Needs `campaign__region`, `asked_by` and `approved_by` loaded."""
    campaign = destruction.campaign
    second = destruction.approved_by
    return {
        "certificate": destruction.uid.hex,
        "campaign": campaign.uid.hex,
        "name": campaign.name,
        "region": campaign.region.code,
        "purpose": campaign.purpose,
        "legal_basis": campaign.legal_basis,
        "legal_reference": campaign.legal_reference,
        "from": _plain(campaign.from_date),
        "closed": _plain(campaign.closed_at),
        "asked_by": destruction.asked_by.uid.hex,
        "asked": _plain(destruction.asked_at),
        "approved_by": second.uid.hex if second else "",
        "approved": _plain(destruction.approved_at),
        "finished": _plain(destruction.finished_at),
        "tool": destruction.tool_version,
        "counts": destruction.counts,
        "rows_hash": destruction.rows_hash,
        "previous": destruction.previous_hash,
    }


def _plain(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if value else ""


def hash_of(said: dict[str, Any]) -> str:
    packed = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()


def own_faults(destruction: Destruction) -> list[str]:
    """What does not fit of the certificate by itself, without looking at the rows. No statement of its own."""
    return [] if hash_of(statement(destruction)) == destruction.hash else ["hash"]


def faults(destruction: Destruction) -> list[str]:
    """What does not fit any more, as keys; nothing when it is as it was printed."""
    found = []
    if counts(destruction) != {name: row for name, row in destruction.counts.items() if name != "kept"}:
        found.append("counts")
    if rows_hash(destruction) != destruction.rows_hash:
        found.append("rows_hash")
    found += own_faults(destruction)
    before = Destruction.objects.done().filter(hash=destruction.previous_hash)
    if destruction.previous_hash and not before.exists():
        found.append("previous")
    return found


def as_file(destruction: Destruction) -> str:
    """As JSON, for a file: what is certified, the hash, and the digests it can be checked against."""
    rows = destruction.tombstones.values_list("table", "digest", "deed").order_by("pk")
    lines = sorted(f"{table} {digest} {deed}" for table, digest, deed in rows.iterator())
    said = {"statement": statement(destruction), "hash": destruction.hash, "rows": lines}
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
