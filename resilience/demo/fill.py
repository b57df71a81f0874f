"""Fills a demo stage by stage, each in one transaction: a fill that was cut off goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from households import reference
from households.actions.care import refresh_all
from households.actions.defaults import install_defaults
from households.actions.divisions import load_divisions
from households.actions.people import release_inactive
from households.models import Household, ServiceRequest
from resilience.accounts.models import User
from resilience.demo.campaigns import campaign_scripts
from resilience.demo.clock import moved_clock
from resilience.demo.past import write_past
from resilience.demo.people import settle
from resilience.demo.personal import personal_scripts
from resilience.demo.place import COMMUNITY, build_places
from resilience.demo.rounds import DAYS, walk_rounds
from resilience.demo.scripts import script_of, watch
from resilience.demo.shift import catch_up
from resilience.demo.staged import scenes
from resilience.demo.story import Script, cases, live
from resilience.lib.dates import today
from resilience.outbox.actions import MOST_TRIES
from resilience.outbox.models import Channel, Message, MessageState
from resilience.privacy.actions.texts import write_first_texts

Say = Callable[[str, float], None]
"""Told what is being done, and how much of it (0–1)."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was added; all zero when everything was there, which then was moved by `moved_days` up to today."""

    regions: int
    households: int
    requests: int
    moved_days: int = 0


def fill(households: int, seed: int, say: Say) -> Filled:
    """Make the demo complete. What is there already is left alone, but for the days that passed since."""
    if is_filled():
        return Filled(_write_tables(say), 0, 0, moved_days=catch_up())
    # They are older than what happens by them: the audit goes on from there.
    with moved_clock(timezone.now() - timedelta(days=DAYS + 2), Random(f"{seed} tables")):
        regions = _write_tables(say)
    return Filled(regions, households, _fill_places(households, seed, say))


def _write_tables(say: Say) -> int:
    """Rules and administrative divisions; how many of these were added."""
    say("tables", 0)
    install_defaults()
    write_first_texts()
    regions = load_divisions()
    say("tables", 1)
    return regions


def is_filled() -> bool:
    return Household.unscoped.filter(community__code=COMMUNITY).exists()


@transaction.atomic
def _fill_places(households: int, seed: int, say: Say) -> int:
    reference.forget()
    rng = Random(f"{seed} places")
    places = build_places(households, rng)
    taken: set[str] = set()
    scripts: list[tuple[datetime, Script]] = []
    now = timezone.now()
    for block, place in enumerate(places):
        say("households", block / len(places))
        homes = settle(place, block, rng, taken)
        write_past(homes, rng)
        _send_one_away(place.workers[-1])
        found = walk_rounds(homes, rng)
        scripts += [(case.at, script_of(case)) for case in cases(place, homes, found, rng)]
        scripts += scenes(place, homes, now, rng)
        if block == 0:
            scripts += personal_scripts(place, homes, now, rng)
    say("households", 1)
    scripts += campaign_scripts(places[0], now)
    _live_through(scripts, now, rng, say)
    return ServiceRequest.unscoped.count()


def _live_through(scripts: list[tuple[datetime, Script]], now: datetime, rng: Random, say: Say) -> None:
    begin = now - timedelta(days=DAYS + 1)
    with moved_clock(begin, rng) as clock:
        for moment in live([(begin, watch()), *scripts], clock, until=now):
            say("requests", min(0.99, (moment - begin) / (now - begin)))
    say("requests", 1)
    refresh_all()
    release_inactive()  # as `work` would in its first round: what is due while somebody is ill waits at the desk
    _send_messages(now)


def _send_one_away(worker: User) -> None:
    """Ill since yesterday: what comes in for their doors waits for the desk."""
    worker.away_until_date = today() + timedelta(days=2)
    worker.save(update_fields=["away_until_date"])


def _send_messages(now: datetime) -> None:
    """What the four weeks had to tell has gone out, but for the last minutes and one that could not be delivered."""
    old = Message.objects.filter(created_at__lt=now - timedelta(minutes=10))
    old.update(state=MessageState.SENT, tries=1, sent_at=F("created_at") + timedelta(seconds=8))
    failed = old.filter(channel=Channel.SMS).order_by("-created_at").values_list("pk", flat=True)[40:42]
    Message.objects.filter(pk__in=list(failed)).update(
        state=MessageState.FAILED, tries=MOST_TRIES, sent_at=None, last_error="NotSent: number not in service"
    )
