"""Writing messages and sending them: each exactly once written, at least once tried, never forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from resilience.accounts.models import User
from resilience.lib.crypto import DamagedValue
from resilience.lib.rows import NEVER, Stop, one_by_one

from .channels import NotSent, channel_for
from .models import Channel, Message, MessageQuerySet, MessageState
from .signals import leaving

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


def way_to(user: User) -> tuple[Channel, str]:
    """How a colleague is written to: by e-mail, else by text message; to '' who left neither."""
    return (Channel.EMAIL, user.email) if user.email else (Channel.SMS, user.phone)


def post(drafts: Iterable[Draft]) -> None:
    """Write messages in the caller's transaction, in one statement; those whose key is there already are skipped."""
    rows = [Message(key=d.key, channel=d.channel, recipient=d.recipient, body=d.body, about=d.about) for d in drafts]
    if rows:
        Message.objects.bulk_create(rows, ignore_conflicts=True)


def send_due(*, limit: int = 100, stop: Stop = NEVER) -> int:
    """Send what is due, one lease at a time; gives how many went out. Safe to run in several processes at once.

    Each is tried *at least* once: a sender that dies between a provider's yes and our note of it leaves a message
    that comes due again after `LEASE`. Providers that know idempotency keys get the message's, so they can tell.
    """
    due = Message.objects.due(timezone.now()).order_by("next_try_at").values_list("pk", "tries")
    return one_by_one("send", list(due[:limit]), lambda key: _take(*key) and _send(*key), stop)


def _take(pk: int, tries: int) -> bool:
    now = timezone.now()
    free = Message.objects.due(now).filter(pk=pk, tries=tries)
    return bool(free.update(next_try_at=now + LEASE, tries=F("tries") + 1))


def _send(pk: int, tries_before: int) -> bool:
    tries = tries_before + 1
    mine = Message.objects.filter(pk=pk, tries=tries, state=MessageState.WAITING)
    try:
        message = mine.get()
        _ask_leave(message)
        channel_for(message.channel).send(recipient=message.recipient, body=message.body, key=message.key)
    except NotSent as no:
        mine.update(last_error=str(no)[:200], **_after_failure(tries, is_final=no.is_final))
        return False
    except DamagedValue:  # no key of ours opens it: no later try will either
        mine.update(last_error=DamagedValue.__name__, **_after_failure(tries, is_final=True))
        return False
    except Exception as fault:
        mine.update(last_error=type(fault).__name__, **_after_failure(tries, is_final=False))
        return False
    mine.update(state=MessageState.SENT, sent_at=timezone.now(), last_error="")
    return True


def _ask_leave(message: Message) -> None:
    """Whoever it is for may not want it any more."""
    for _receiver, word in leaving.send(Message, message=message):
        if word:
            raise NotSent(word, is_final=True)


def _after_failure(tries: int, *, is_final: bool) -> dict[str, object]:
    """Two minutes, four, eight … and after MOST_TRIES (about four hours) no more."""
    if is_final or tries >= MOST_TRIES:
        return {"state": MessageState.FAILED}
    return {"next_try_at": timezone.now() + timedelta(minutes=2**tries)}


def forget_about(codes: Iterable[str]) -> list[UUID]:
    """Delete every message about one of these, sent or not; gives their uids."""
    return _forget(Message.objects.filter(about__in=list(codes)))


def forget(pks: Iterable[int]) -> list[UUID]:
    """Delete these messages; gives their uids."""
    return _forget(Message.objects.filter(pk__in=list(pks)))


def _forget(messages: MessageQuerySet) -> list[UUID]:
    uids = list(messages.values_list("uid", flat=True))
    messages.delete()
    return uids
