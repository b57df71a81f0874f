"""Sessions: begun, used, ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import login as start_session
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from resilience.audit.actions import record
from resilience.lib.http import client_address, shortened

from ..models import Session, User
from ..rules import Rules, rules_for
from ..user_agents import device_code


def start(request: HttpRequest, user: User) -> None:
    """Sign in: a new session, with its key, its limits and what the list of sessions shows of it."""
    start_session(request, user)
    _note(request, rules_for(user, request), timezone.now())


@transaction.atomic
def renew(request: HttpRequest) -> None:
    """Who is signed in has proved it again: the session goes on under a new key, and ends when it would have."""
    old = Session.objects.filter(session_key=request.session.session_key).values("uid", "started_at", *_NOTED).first()
    request.session.cycle_key()
    if old:
        Session.objects.filter(session_key=request.session.session_key).update(**old)


_NOTED = ("seen_at", "idle_until", "expire_date", "address", "device")


def touch(request: HttpRequest, user: User, *, started_at: datetime) -> None:
    """The session is in use. Its limits are those of what the person is now, so a new role has its own at once."""
    _note(request, rules_for(user, request), started_at)


def _note(request: HttpRequest, rules: Rules, started_at: datetime) -> None:
    now = timezone.now()
    Session.objects.filter(session_key=request.session.session_key).update(
        seen_at=now,
        idle_until=now + rules.idle,
        expire_date=started_at + rules.whole,
        address=shortened(client_address(request)),
        device=device_code(request.headers.get("User-Agent", "")),
    )


@transaction.atomic
def end(user: User, *, uid: UUID, by: User) -> bool:
    """End one of the user's sessions; whether there was one."""
    ended = bool(Session.objects.of(user).filter(uid=uid).delete()[0])
    if ended:
        record("user.sessions_ended", by=by, subject=("user", user.uid.hex), details={"count": 1})
    return ended


@transaction.atomic
def sign_out(user: User, *, by: User, but: str = "") -> int:
    """Somebody ends all of the user's sessions, but the one of that key; how many."""
    ended = end_all(user, but=but)
    record("user.sessions_ended", by=by, subject=("user", user.uid.hex), details={"count": ended})
    return ended


def end_all(user: User, *, but: str = "") -> int:
    """As a part of another deed, which is recorded: all sessions end, on every device, but the one of that key."""
    return Session.objects.filter(user=user).exclude(session_key=but).delete()[0]


def forget_ended(*, older_than: timedelta = timedelta(0)) -> int:
    """Drop the rows of sessions whose time is over."""
    before = timezone.now() - older_than
    return Session.objects.filter(Q(expire_date__lt=before) | Q(idle_until__lt=before)).delete()[0]
