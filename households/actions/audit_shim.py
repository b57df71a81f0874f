"""Until branch `audit` is merged: the signature of `resilience.audit.actions.record`, which goes in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from resilience.accounts.models import User


def record(
    action: str,
    *,
    by: User | None,
    subject: tuple[str, str],
    place: str = "",
    fields: Iterable[str] = (),
    why: str = "",
    details: Mapping[str, str | int] | None = None,
) -> None:
    """Writes nothing yet."""
