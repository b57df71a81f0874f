"""Anchors: the head of the chain, sealed and carried out of the database, so that a history written anew or cut off
shows. Kept in a table, in a file elsewhere (AUDIT_ANCHOR_DIR), and sent by mail (AUDIT_ANCHOR_EMAIL).
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.outbox.actions import Draft, post
from resilience.outbox.models import Channel

from . import keys
from .chain import digest
from .fields import to_moment, to_number
from .models import Anchor, now
from .triggers import LOCK
from .verify import FORGED, Fault, Pin, head

EVERY = timedelta(minutes=5)
"""As long as rows come: what is removed or put in another order before the next anchor, nothing outside can show."""
_FORM = "anchor"


def file() -> Path:
    """One for each database, by its name: a machine may have several."""
    database = Path(str(connection.settings_dict["NAME"])).stem
    return Path(settings.AUDIT_ANCHOR_DIR) / f"{database}.jsonl"


def set_aside() -> None:
    """The database is emptied and begins a new chain: the old one's anchors stay, under another name."""
    if file().exists():
        file().rename(file().with_suffix(f".until-{now():%Y%m%d%H%M%S}.jsonl"))


@transaction.atomic
def drop_anchor() -> Anchor | None:
    """Seal the head as it is now; None when nothing came since the last anchor. Several may try at once."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    here, last = head(), Anchor.objects.order_by("-id").first()
    if here.seq == (last.seq if last else 0):
        return None
    key_id, key = keys.newest()
    anchor = Anchor(at=now(), seq=here.seq, hash=here.hash, key_id=key_id)
    anchor.seal = _seal(anchor, last.seal if last else "", key)
    anchor.save(force_insert=True)
    transaction.on_commit(lambda: carry_out(anchor))
    return anchor


def anchor_in_time() -> int:
    """Drop one when rows came and the last is `EVERY` old; how many. May be asked as often as one likes."""
    last = Anchor.objects.order_by("-id").only("at", "seq").first()
    is_due = last is None or now() - last.at >= EVERY
    if head().seq == (last.seq if last else 0) or not is_due:
        return 0
    return int(drop_anchor() is not None)


def _seal(anchor: Anchor, before: str, key: bytes) -> str:
    return digest((_FORM, to_number(anchor.at), anchor.seq, anchor.hash, anchor.key_id, before), key)


def carry_out(anchor: Anchor) -> None:
    """Add it to the file as a line of JSON, and wait until it is on the disk."""
    line = json.dumps(
        {
            "at": anchor.at.isoformat(), "seq": anchor.seq, "hash": anchor.hash, "key": anchor.key_id,
            "seal": anchor.seal,
        }
    )  # fmt: skip
    file().parent.mkdir(parents=True, exist_ok=True)
    with file().open("a", encoding="ascii") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())


def mail_head() -> int:
    """Send today's head to whoever keeps it elsewhere; how many messages that were. Once a day."""
    anchor = Anchor.objects.order_by("-id").first()
    if anchor is None or not settings.AUDIT_ANCHOR_EMAIL:
        return 0
    with override(settings.LANGUAGE_CODE):
        words = _("Head of the audit: row %(seq)d, hash %(hash)s. Keep this message. To compare: %(command)s")
    command = f"manage.py verify_audit --anchor {anchor}"
    body = words % {"seq": anchor.seq, "hash": anchor.hash, "command": command}
    post([Draft(f"anchor:{anchor.pk}", Channel.EMAIL, settings.AUDIT_ANCHOR_EMAIL, body)])
    return 1


# --- comparing --------------------------------------------------------------------------------------
def pins() -> tuple[list[Pin], list[Fault]]:
    """Every anchor of the table and of the file, and what is wrong with them themselves."""
    found: list[Pin] = []
    faults: list[Fault] = []
    sealed, before = set(), ""
    for anchor in Anchor.objects.order_by("id").iterator():
        key = keys.ring().get(anchor.key_id)
        if key is None or not hmac.compare_digest(_seal(anchor, before, key), anchor.seal):
            faults.append(Fault(FORGED, anchor.seq, more=_where(anchor.at)))
        before = anchor.seal
        sealed.add(anchor.seal)
        found.append(Pin(anchor.seq, anchor.hash, _where(anchor.at)))
    for number, line in _lines():
        try:
            read: dict[str, Any] = json.loads(line)
            pin = Pin(int(read["seq"]), str(read["hash"]), f"{file().name}:{number}")
        except (ValueError, KeyError, TypeError):
            faults.append(Fault(FORGED, more=f"{file().name}:{number}"))
            continue
        found.append(pin)
        if read.get("seal") not in sealed:  # it was in the table when it was written here
            faults.append(Fault(FORGED, pin.seq, more=pin.source))
    return found, faults[:1]


def _where(at: Any) -> str:
    return f"{to_moment(to_number(at)):%Y-%m-%d %H:%M} UTC"


def _lines() -> Iterator[tuple[int, str]]:
    if file().exists():
        with file().open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line
