"""Writing messages and sending them: each exactly once written, at least once tried, never forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from .channels import NotSent, channel_for
from .models import Message, MessageState

LEASE = timedelta(minutes=5)  # longer than any channel may take
MOST_TRIES = 8


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to write. `key` at most 100 characters; the same key is written once."""

    key: str
    channel: str
    recipient: str
    body: str
    about: str = ""


def post(drafts: Iterable[Draft]) -> None:
    """Write messages in the caller's transaction, in one statement; those whose key is there already are skipped."""
    rows = [Message(key=d.key, channel=d.channel, recipient=d.recipient, body=d.body, about=d.about) for d in drafts]
    if rows:
        Message.objects.bulk_create(rows, ignore_conflicts=True)


def send_due(*, limit: int = 100) -> int:
    """Send what is due, one lease at a time; gives how many went out. Safe to run in several processes at once."""
    sent = 0
    for message in Message.objects.due(timezone.now()).order_by("next_try_at")[:limit]:
        if _take(message):
            sent += _send(message)
    return sent


def _take(message: Message) -> bool:
    now = timezone.now()
    free = Message.objects.due(now).filter(pk=message.pk, tries=message.tries)
    return bool(free.update(next_try_at=now + LEASE, tries=F("tries") + 1))


def _send(message: Message) -> bool:
    tries = message.tries + 1
    mine = Message.objects.filter(pk=message.pk, tries=tries, state=MessageState.WAITING)
    try:
        channel_for(message.channel).send(recipient=message.recipient, body=message.body, key=message.key)
    except NotSent as no:
        mine.update(last_error=str(no)[:200], **_after_failure(tries, is_final=no.is_final))
        return False
    mine.update(state=MessageState.SENT, sent_at=timezone.now(), last_error="")
    return True


def _after_failure(tries: int, *, is_final: bool) -> dict[str, object]:
    if is_final or tries >= MOST_TRIES:
        return {"state": MessageState.FAILED}
    return {"next_try_at": timezone.now() + timedelta(minutes=2**tries)}
