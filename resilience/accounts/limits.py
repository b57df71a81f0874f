"""How often somebody may try: all the numbers, and the one statement that looks and counts, on both databases.

A limit lets `most` tries through at once and, when they are used up, another each `per / most`: no window at whose
edge twice as many pass, and whoever waits gets through. What is refused is not counted, so a flood does not lengthen
its own ban, nor that of the neighbours behind its address. Addresses, phones and codes are stored as keyed hashes.

Who counts as one: a code, a door or a phone of one's own always has a budget of its own; an address may stand for a
whole estate or, with a carrier, for a district, and an IPv6 /64 for one home (`lib.http.client_network`).
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils.crypto import salted_hmac

from resilience.accounts.models import RateCount

_log = logging.getLogger(__name__)
_SECOND = 1_000_000  # of the moments stored here


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` tries of one somebody at once, and as many again in each `per`, one after another. `name` is unique."""

    name: str
    most: int
    per: timedelta

    @property
    def _cost(self) -> int:
        """Microseconds until one try more is free."""
        return int(self.per.total_seconds() * _SECOND) // self.most

    @property
    def wait(self) -> int:
        """Seconds, from a refusal, until one try more is free."""
        return math.ceil(self._cost / _SECOND)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# --- signing in: tries, right or wrong -----------------------------------------------------------
# Of one name from one address, so that nobody can lock a worker out from elsewhere.
SIGN_IN_NAME = Limit("login.name", 10, timedelta(minutes=15))
# A whole office, or a carrier's customers, may stand behind one address.
SIGN_IN_ADDRESS = Limit("login.address", 200, timedelta(minutes=15))

# Of one account on a device it was used on before: counted apart from strangers, so that nobody can lock a worker out.
SIGN_IN_DEVICE = Limit("login.device", 10, timedelta(minutes=15))
# Of one name or phone from all devices its account was never used on: both together get some 3,000 tries a day, however
# many take part.
SIGN_IN_ACCOUNT = Limit("login.account", 15, timedelta(minutes=15))
# Codes, passkeys and passwords that confirm who one is: of three codes in a million each is right at a time.
FACTOR = Limit("login.factor", 5, timedelta(minutes=15))
# Passkeys of one address, of which none can be guessed.
PASSKEY_ADDRESS = Limit("login.passkey", 200, timedelta(minutes=15))

# --- the resident's form: never asked when a life is in danger -------------------------------------
# Forms begun at one address without a door's code. A form not sent is a small row that is gone in a day.
ASK_ADDRESS = Limit("ask.address", 2_000, HOUR)
# When these are used up, whoever gives a phone first may still begin: a home has reason for a handful.
ASK_PHONE_BEGINS = Limit("ask.phone.begins", 10, HOUR)
# Phones are easily invented, so those of one address end somewhere, too: ten forms a second would be no neighbours.
ASK_ADDRESS_PHONES = Limit("ask.address.phones", 2_000, HOUR)
# Forms begun with one door's code. Whoever took a picture of it spends the budget of that door and of no other.
ASK_DOOR = Limit("ask.door", 20, HOUR)
# Forms filled in with one phone: a relative or neighbour may ask for several doors.
ASK_PHONE = Limit("ask.phone", 20, HOUR)
# Without a door's code: a large building has 150 doors, all of which may ask in the hour the water is gone.
ASK_BUILDING = Limit("ask.building", 300, HOUR)
# A community has up to 3,000 doors, and an address in words names no building.
ASK_COMMUNITY = Limit("ask.community", 3_000, HOUR)
# In all, with or without a code: more than the desks of a city could read, and less than fills its disk in a night.
ASK_ALL = Limit("ask.all", 60_000, HOUR)
# Uploads of one form, four of which are kept: decoding them is the dearest thing a visitor can ask for.
ASK_PHOTOS = Limit("ask.photos", 40, HOUR)

# --- following a request by its code and a phone's last four digits: tries that found nothing -------
# Of one code from one address, so that whoever guesses at it does not lock its owner out.
TRACK_CODE_ADDRESS = Limit("track.code.address", 10, HOUR)
# Of one code from anywhere: 10,000 endings, so half of them take a week and two hundred addresses …
TRACK_CODE = Limit("track.code", 60, HOUR)
# … and at this pace a month. Its owner has the link, or calls.
TRACK_CODE_DAY = Limit("track.code.day", 200, DAY)
# Of one address, for any codes: 200 neighbours who mistype twice, with room.
TRACK_ADDRESS = Limit("track.address", 600, HOUR)
# In all: with a million requests on file, 10,000 guesses an hour find one in a hundred years. Links are not counted.
TRACK_ALL = Limit("track.all", 10_000, HOUR)
# Words and photos added to one request by its link.
TRACK_NOTE = Limit("track.note", 20, HOUR)

# The link with its key sent again by text message: of one request, …
LINK_REQUEST = Limit("link.request", 3, HOUR)
# … to one phone, for whatever requests name it: nobody's phone is to ring all day, and each message costs …
LINK_PHONE = Limit("link.phone", 10, DAY)
# … and from one address.
LINK_ADDRESS = Limit("link.address", 60, HOUR)

Try = tuple[Limit, str]
"""A limit and who tries: an address, a phone, a code; '' for everybody together."""

# `excluded.free_at` is now and one try; a row that the WHERE leaves out is neither changed nor returned.
_COUNT = """
INSERT INTO accounts_ratecount (key, free_at) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET
  free_at = CASE WHEN accounts_ratecount.free_at > %s THEN accounts_ratecount.free_at - %s ELSE 0 END
            + excluded.free_at
  WHERE accounts_ratecount.free_at <= CASE excluded.key {latest} END
RETURNING key
"""
_GIVE_BACK = """
UPDATE accounts_ratecount SET free_at = free_at - CASE key {costs} END WHERE key IN ({keys}) AND free_at > %s
"""


def count(*tries: Try) -> Limit | None:
    """Count these tries and say None; or, when one is beyond its limit, count none of them and name that limit.

    One statement (two when it refuses after all). Each limit at most once in a call.
    """
    now, by_key = _now(), _by_key(tries)
    rows = [value for key, limit in by_key.items() for value in (key, now + limit._cost)]
    latest = [value for key, limit in by_key.items() for value in (key, now + (limit.most - 1) * limit._cost)]
    statement = _COUNT.format(rows=", ".join(["(%s, %s)"] * len(by_key)), latest="WHEN %s THEN %s " * len(by_key))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*rows, now, now, *latest])
        counted = {bytes(key) for (key,) in cursor.fetchall()}
    refused = {key: limit for key, limit in by_key.items() if key not in counted}
    if refused:
        _give_back({key: limit for key, limit in by_key.items() if key in counted}, now)
        for key, limit in refused.items():
            # By what is in a line the same somebody can be told, and nobody be found.
            _log.warning("limit %s is spent by %s", limit.name, key[:4].hex())
    return max(refused.values(), key=lambda limit: limit.wait, default=None)


def give_back(*tries: Try) -> None:
    """Take back what `count` counted: of a try that was right, where only wrong ones count. One statement.

    To count first and give back afterwards, instead of asking first, is what keeps many tries at once within a limit.
    """
    _give_back(_by_key(tries), _now())


def _give_back(by_key: dict[bytes, Limit], now: int) -> None:
    if not by_key:
        return
    statement = _GIVE_BACK.format(costs="WHEN %s THEN %s " * len(by_key), keys=", ".join(["%s"] * len(by_key)))
    costs = [value for key, limit in by_key.items() for value in (key, limit._cost)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*costs, *by_key, now])


def _by_key(tries: tuple[Try, ...]) -> dict[bytes, Limit]:
    """The limit of each by its key; in an order that is always the same, in which PostgreSQL locks the rows."""
    return dict(sorted((key_of(limit, who), limit) for limit, who in tries))


def key_of(limit: Limit, who: str) -> bytes:
    """Keyed by SECRET_KEY and not as the columns are: no count begins anew because those keys are changed."""
    return salted_hmac(f"limit.{limit.name}", who, algorithm="sha256").digest()[:16]


def _now() -> int:
    return int(time.time() * _SECOND)


def forget_old() -> int:
    """Drop the counts of whoever has all tries free again."""
    return RateCount.objects.filter(free_at__lte=_now()).delete()[0]
