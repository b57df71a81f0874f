"""Every address there is, and who may do what at it: the one table that the tests of access, input and pages share.

A URL of the resolver that is missing here fails `tests/test_access.py`; so does one that is here and is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

# --- what somebody is to a thing ------------------------------------------------------------------
SEEN, WORKED, MANAGED, WATCHED, HAS = "seen", "worked", "managed", "watched", "has"

GET, POST, BOTH, ANY = "GET", "POST", "GET POST", "ANY"


@dataclass(frozen=True)
class Rule:
    """What one address answers to.

    `about` is the kind of thing its id names (an attribute of `tests.canaries.Planted`, '' for none). `needs` says what
    one must be to it, any of them; else 403 when one sees it and 404 when not. `page` and `sent` are the statuses of
    whoever may: of a GET, and of a POST without any field.
    """

    methods: str
    policy: str
    about: str = ""
    needs: frozenset[str] = frozenset({SEEN})
    page: tuple[int, ...] = (200,)
    sent: tuple[int, ...] = (303, 422)
    more: dict[str, Any] = field(default_factory=dict)  # further arguments of the URL
    is_list: bool = False  # shows many rows: read again after each batch of bad input
    is_file: bool = False  # sends a picture

    @property
    def is_closed(self) -> bool:
        """Whether one must sign in."""
        return self.policy not in ("public", "by_secret")

    @property
    def is_secret(self) -> bool:
        """Whether the id in the URL is the key."""
        return self.policy in ("public", "by_secret")


def _rule(methods: str, policy: str, about: str = "", *needs: str, **more: Any) -> Rule:
    return Rule(methods, policy, about, frozenset(needs or {SEEN}), **more)


def _request(*needs: str, policy: str = "anyone_serving", **more: Any) -> Rule:
    return _rule(POST, policy, "request", *needs, **more)


def _file(about: str, *needs: str, policy: str = "anyone_serving", **more: Any) -> Rule:
    return _rule(BOTH, policy, about, *needs, **more)


_REDIRECTS = (301, 302, 303)

TABLE: dict[str, Rule] = {
    # anybody
    "home": _rule(GET, "public"),
    "ask": _rule(BOTH, "by_secret"),
    "ask-kind": _rule(BOTH, "by_secret", page=(302, 303), sent=(302, 303)),
    "ask-danger": _rule(BOTH, "by_secret", page=(200, 302, 303), sent=(302, 303)),
    "ask-where": _rule(GET, "by_secret", page=(200, 302), is_list=True),
    "ask-where-doors": _rule(BOTH, "by_secret", "building", sent=(303, 404, 422)),
    "ask-where-community": _rule(GET, "by_secret", "community", is_list=True),
    "ask-where-unlisted": _rule(BOTH, "by_secret", "community", page=(302,), sent=(302,)),
    "ask-details": _rule(BOTH, "by_secret", page=(200, 302, 303)),
    "ask-often": _rule(BOTH, "by_secret", page=(302, 303), sent=(302, 303)),
    "ask-check": _rule(GET, "by_secret", page=(302, 303)),
    "ask-send": _rule(POST, "by_secret", sent=(302, 303)),
    "ask-add": _rule(POST, "by_secret", sent=(302, 303)),
    "ask-added": _rule(GET, "public"),
    "ask-clear": _rule(POST, "by_secret", sent=(302, 303)),
    "ask-photo": _rule(GET, "by_secret", page=(404,), more={"uid": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}),
    # residents, by a code, a link or their door
    "door": _rule(BOTH, "by_secret", "door"),
    "track-find": _rule(BOTH, "by_secret"),
    "track": _rule(GET, "by_secret", "link"),
    "track-confirm": _rule(POST, "by_secret", "link"),
    "track-reopen": _rule(POST, "by_secret", "link"),
    "track-note": _rule(POST, "by_secret", "link"),
    "track-cancel": _rule(BOTH, "by_secret", "link"),
    "track-looked": _rule(GET, "by_secret", "link"),
    "track-photo": _rule(GET, "by_secret", "link_photo", is_file=True),
    # workers
    "round": _rule(GET, "helper", is_list=True),
    "round-households": _rule(BOTH, "worker", sent=(200,), is_list=True),
    "household-door": _file("household", SEEN),
    # the desk
    "desk": _rule(GET, "overseer", is_list=True),
    "desk-new": _rule(BOTH, "staff", sent=(422,)),
    "desk-numbers": _rule(GET, "counter"),
    "desk-search": _rule(BOTH, "overseer", sent=(200,)),
    "bulk-assign": _rule(BOTH, "staff", sent=(422,)),
    "twins": _rule(BOTH, "staff", sent=(422,)),
    "calls": _rule(GET, "staff", is_list=True),
    "call-answer": _request(MANAGED, policy="staff"),
    "openings": _rule(GET, "watcher", is_list=True),
    "openings-allow": _rule(POST, "watcher", "person", WATCHED),
    "people": _rule(GET, "overseer", is_list=True),
    "person-back": _rule(BOTH, "office", "person", MANAGED),
    "person-leave": _rule(BOTH, "office", "person", MANAGED),
    "people-dormant": _rule(BOTH, "office", sent=(422,)),
    "invitations": _rule(GET, "office"),
    "invitation-new": _rule(BOTH, "office", page=(303,), sent=(303,)),
    "invitation-cancel": _rule(POST, "office", "invitation", MANAGED, sent=(303,)),
    "invited": _rule(BOTH, "by_secret", "invitation_link", sent=(422,)),
    "person-sessions": _rule(BOTH, "office", "person", MANAGED, sent=(303,)),
    # campaigns and what ends
    "campaigns": _rule(GET, "approver", is_list=True),
    "campaign-new": _rule(BOTH, "office", sent=(422,)),
    "ends-next": _rule(GET, "approver"),
    "campaign": _rule(GET, "approver", "campaign"),
    "campaign-close": _rule(BOTH, "office", "campaign", MANAGED),
    "campaign-hold": _rule(BOTH, "office", "campaign", MANAGED),
    "campaign-preview": _rule(BOTH, "approver", "campaign", WATCHED),
    "campaign-destroy": _rule(BOTH, "office", "campaign", MANAGED, sent=(422,)),
    "campaign-approve": _rule(BOTH, "approver", "campaign", WATCHED),
    "campaign-certificate": _rule(GET, "approver", "ended_campaign"),
    # requests, for whoever may see them
    "request": _rule(GET, "reader_or_helper", "request"),
    "request-open": _file("request", HAS, MANAGED, WATCHED, policy="reader_or_helper", sent=(422,)),
    "request-accept": _request(HAS, policy="serving_or_helper"),
    "request-start": _request(HAS, policy="serving_or_helper"),
    "request-decline": _request(HAS, policy="serving_or_helper"),
    "request-hand-over": _request(HAS),
    "request-assign": _request(MANAGED),
    "request-take-up": _request(MANAGED),
    "request-reply": _request(HAS, MANAGED, policy="serving_or_helper"),
    "request-note": _request(SEEN, policy="serving_or_helper"),
    "request-pause": _request(HAS, MANAGED),
    "request-resume": _request(HAS, MANAGED),
    "request-item": _request(HAS, MANAGED, policy="serving_or_helper"),
    "request-resolve": _request(HAS, MANAGED, policy="serving_or_helper"),
    "request-edit": _request(MANAGED),
    "request-reject": _request(MANAGED),
    "request-reopen": _request(MANAGED),
    "request-cancel": _request(MANAGED),
    "request-take-back": _request(MANAGED),
    "request-unmerge": _request(MANAGED, policy="staff"),
    "request-photo": _rule(GET, "reader_or_helper", "request_photo", is_file=True),
    "visit-photo": _rule(GET, "reader", "visit_photo", is_file=True),
    # the register
    "door-codes": _rule(GET, "staff", "building", MANAGED, is_list=True),
    "door-code": _file("household", MANAGED, policy="staff"),
    "households": _rule(BOTH, "reader", sent=(200, 303), is_list=True),
    "special-needs-list": _rule(BOTH, "reader", sent=(422,), is_list=True),
    "not-visited-list": _rule(BOTH, "reader", sent=(422,), is_list=True),
    "household": _rule(GET, "reader", "household"),
    "household-open": _file("household", WORKED, WATCHED, policy="reader", sent=(422,)),
    "household-amend": _file("household", WORKED),
    "household-confirm": _rule(POST, "anyone_serving", "household", WORKED),
    "household-phone-add": _file("household", WORKED),
    "household-phone-remove": _file("household", WORKED),
    "household-responsible": _file("household", MANAGED, policy="staff"),
    "household-close": _file("household", MANAGED, policy="staff"),
    "resident-add": _file("household", WORKED),
    "household-event": _file("household", WORKED, more={"what": "born"}),
    "resident": _rule(GET, "anyone_serving", "resident", WORKED),
    "resident-open": _file("resident", WORKED, WATCHED, policy="reader", sent=(422,)),
    "resident-amend": _file("resident", WORKED),
    "need-add": _file("resident", WORKED),
    "need-end": _file("resident", WORKED),
    "resident-event": _file("resident", WORKED, more={"what": "died"}),
    "buildings": _rule(GET, "reader", is_list=True),
    "building": _rule(GET, "reader", "building"),
    "building-open-door": _file("building", WORKED),
    # lists as files
    "exports": _rule(GET, "overseer", is_list=True),
    "export-new": _rule(BOTH, "overseer", sent=(422,), more={"which": "households"}),
    "export": _rule(GET, "overseer", "export", HAS),
    "export-fetch": _rule(POST, "overseer", "export", HAS, sent=(200,), is_file=True),
    "export-end": _rule(POST, "overseer", "export", HAS),
    "exports-waiting": _rule(GET, "approver", is_list=True),
    "export-decide": _rule(BOTH, "approver", "waiting_export", MANAGED, sent=(422,)),
    "exports-made": _rule(GET, "approver", is_list=True),
    # what people ask about their own data
    "resident-data": _rule(GET, "anyone_serving", "resident", WORKED),
    "consent-say": _file("resident", WORKED, more={"purpose": "sms"}),
    "consent-take-back": _rule(POST, "anyone_serving", "resident", WORKED, sent=(303,), more={"purpose": "sms"}),
    "data-request-new": _file("resident", MANAGED, policy="office", sent=(422,)),
    "data-requests": _rule(GET, "office", is_list=True),
    "data-request": _rule(GET, "office", "data_request", MANAGED),
    "data-request-take": _rule(POST, "office", "data_request", MANAGED, sent=(303,)),
    "data-request-copy": _rule(POST, "office", "data_request", MANAGED, sent=(303,)),
    "data-request-fetch": _rule(POST, "office", "data_request", MANAGED, sent=(303,)),
    "data-request-proposed": _rule(POST, "office", "data_request", MANAGED, sent=(303,)),
    "data-request-do": _rule(BOTH, "office", "data_request", MANAGED, page=(303,), sent=(303,)),  # of a copy nothing
    "data-request-answer": _rule(BOTH, "office", "data_request", MANAGED, sent=(422,)),
    "track-data": _rule(BOTH, "by_secret", "link", sent=(422,)),
    # the audit
    "audit": _rule(BOTH, "auditor", sent=(303,), is_list=True),
    "audit-verify": _rule(POST, "auditor", sent=(200,)),
    # everybody's own
    "accounts:login": _rule(BOTH, "public", page=(200, 302), sent=(302, 422)),
    "accounts:logout": _rule(POST, "public", sent=(302,)),
    "accounts:logged_out": _rule(GET, "public"),
    "accounts:signed_in": _rule(GET, "signed_in"),
    "accounts:second_factor": _rule(BOTH, "public", page=(302,), sent=(302,)),
    "accounts:passkey": _rule(POST, "public", sent=(422,)),
    "accounts:passkey_options": _rule(POST, "public", sent=(200,)),
    "accounts:confirm": _rule(BOTH, "signed_in", sent=(422,)),
    "accounts:factors": _rule(GET, "signed_in"),
    "accounts:add_app": _rule(BOTH, "signed_in", page=(302, 303), sent=(302, 303)),
    "accounts:add_passkey": _rule(BOTH, "signed_in", page=(302, 303), sent=(302, 303)),
    "accounts:recovery_codes": _rule(BOTH, "signed_in", page=(302, 303), sent=(302, 303)),
    "accounts:remove_factor": _rule(POST, "signed_in", sent=(303,)),
    "accounts:sessions": _rule(BOTH, "signed_in", page=(303,), sent=(303,)),
    "accounts:password": _rule(BOTH, "signed_in", sent=(422,)),
    "start": _rule(GET, "signed_in", page=(302,)),
    "text_size": _rule(POST, "public", sent=(302,)),
    "set_language": _rule(ANY, "public", page=_REDIRECTS, sent=(*_REDIRECTS, 204)),
    "privacy": _rule(GET, "public"),
    "health": _rule(GET, "public"),
    "robots": _rule(GET, "public"),
    "favicon": _rule(GET, "public", page=(302,)),
}


# --- the resolver -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Endpoint:
    """One address of the resolver."""

    name: str
    route: str
    callback: Any
    arguments: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        return self.route.startswith("admin/")


def endpoints() -> list[Endpoint]:
    """All of them, in the order they are tried."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[Endpoint]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route, space + (f"{pattern.namespace}:" if pattern.namespace else ""))
        elif isinstance(pattern, URLPattern):
            arguments = tuple(pattern.pattern.regex.groupindex)
            yield Endpoint(f"{space}{pattern.name or ''}", route, pattern.callback, arguments)


def address(name: str, ids: dict[str, Any] | None = None) -> str:
    """The path of a URL of the table, with its ids."""
    return reverse(name, kwargs={**(ids or {}), **TABLE[name].more})
