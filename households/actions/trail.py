"""What happens to files and requests, as rows of the audit: which is the subject, where it lies, what may be told.

Codes, states and names of fields; never what somebody wrote. That stays in the histories of files and requests, which
end with them: of the audit nothing can be taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resilience.accounts.models import User
from resilience.audit.actions import Deed, record, record_all
from resilience.audit.models import Actor as Who

from ..models import Actor, Campaign, FileChange, LifeEvent, Photo, RequestEvent, RetentionRule, ServiceRequest, Visit
from ..places import community_code

_UNTOLD = {"updated_at"}  # changes with everything


def files_changed(changes: Sequence[FileChange]) -> None:
    """A row for each entry of a file's history; `household` loaded on all."""
    record_all(_file_change(change) for change in changes)


def _file_change(change: FileChange) -> Deed:
    household, resident = change.household, change.resident
    return Deed(
        f"household.{change.action}",
        by=change.by,
        subject=("household", household.uid.hex),
        place=community_code(household),
        fields=[row["field"] for row in change.changes],
        details={"resident": resident.uid.hex} if resident else {},
    )


def life_happened(event: LifeEvent) -> None:
    """To a person, in that household."""
    household = event.household
    record(
        f"resident.{event.kind}",
        by=event.by,
        subject=("resident", event.resident.uid.hex),
        place=community_code(household),
        details={"household": household.uid.hex},
    )


def request_moved(event: RequestEvent, changed: Iterable[str] = ()) -> None:
    """Something happened to a request; `changed`: names of its fields."""
    requests_moved([event], changed)


def requests_moved(events: Iterable[RequestEvent], changed: Iterable[str] = ()) -> None:
    fields = [name for name in changed if name not in _UNTOLD]
    record_all(_request_event(event, fields) for event in events)


def _request_event(event: RequestEvent, fields: list[str]) -> Deed:
    told: dict[str, Any] = {"from": event.from_state, "to": event.to_state, "level": event.details.get("level")}
    return Deed(
        f"request.{event.kind}",
        by=event.by,
        subject=("request", event.service_request.code),
        place=community_code(event.service_request),
        fields=fields,
        details={key: value if isinstance(value, int) else str(value) for key, value in told.items() if value},
        actor=Who.RESIDENT if event.actor == Actor.RESIDENT else Who.SYSTEM,
    )


def filled(filed: ServiceRequest) -> list[str]:
    """Which fields of a request somebody filled in."""
    names = ("category", "urgency", "text", "person_name", "phone", "filer_name", "filer_phone", "consent")
    return [name for name in names if getattr(filed, f"{name}_id" if name == "category" else name)]


def visited(visit: Visit) -> None:
    record(
        "household.visited",
        by=visit.worker,
        subject=("household", visit.household.uid.hex),
        place=community_code(visit.household),
        details={"visit": visit.uid.hex, "means": str(visit.means), "result": str(visit.result)},
    )


def photos_thrown_away(photos: Iterable[Photo]) -> None:
    """By whoever fills in the form they were for, or because nobody ever sent it."""
    record_all(Deed("photo.removed", None, ("photo", photo.uid.hex)) for photo in photos)


def campaign_moved(
    action: str, campaign: Campaign, *, by: User | None, details: dict[str, str | int] | None = None
) -> None:
    """To a campaign; `region` loaded. Its name and purpose are no resident's, but stand in its own row."""
    subject = ("campaign", campaign.uid.hex)
    record(f"campaign.{action}", by=by, subject=subject, place=campaign.region.code, details=details)


def retention_applied(subject: str, rows: int) -> None:
    """A rule of retention forgot so many rows."""
    record("retention.applied", by=None, subject=("retention", subject), details={"rows": rows})


def tables_written(which: str, rows: Mapping[str, int]) -> None:
    """Whoever runs the server had tables filled; `rows` by name, of which those that got none are left out."""
    if more := {name: count for name, count in rows.items() if count}:
        record("tables.written", by=None, subject=("tables", which), details=more)


def retention_changed(rule: RetentionRule, *, by: User) -> None:
    """Somebody wrote a rule, or wrote it anew."""
    details: dict[str, str | int] = {"days": rule.keep_days, "from": rule.holds_from.isoformat()}
    record("retention.changed", by=by, subject=("retention", rule.subject), details=details)


def person_changed(action: str, person: User, *, by: User, details: dict[str, str | int] | None = None) -> None:
    record(f"user.{action}", by=by, subject=("user", person.uid.hex), details=details)


def list_printed(name: str, *, by: User, place: str, rows: int, why: str) -> None:
    """Somebody printed a list of so many rows; `why` is a code."""
    record("list.printed", by=by, subject=("list", name), place=place, why=why, details={"rows": rows})
