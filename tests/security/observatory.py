"""The MDN HTTP Observatory's score of an answer, worked out here: no scanner reaches a server that is not built yet.

After mdn/mdn-http-observatory (commit 94042bb, 2026-08-20): the points of `src/grader/charts.js`, the rules of
`src/analyzer/tests/`, and the sum of `src/scanner/index.js`. It begins with 100; what is wrong takes points off, and
extra points count only while at least 90 are left. Written for one policy in headers and for relative script
addresses, which is all that ours are; a page that has more raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import Morsel
from typing import Any
from urllib.parse import urlsplit

BEST_WITHOUT_A_LIST = 155
"""All that can be had but the 5 points of being on the browsers' HSTS list and 5 of hashes on one's own scripts."""
_EXTRA_FROM = 90
_HALF_A_YEAR = 15_552_000
_BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
_INLINE = {"'unsafe-inline'", "data:"}

POINTS: dict[str, int] = {
    # content-security-policy
    "csp-implemented-with-no-unsafe-default-src-none": 10,
    "csp-implemented-with-no-unsafe": 5,
    "csp-implemented-with-unsafe-inline-in-style-src-only": 0,
    "csp-implemented-with-insecure-scheme-in-passive-content-only": -10,
    "csp-implemented-with-unsafe-eval": -10,
    "csp-implemented-with-unsafe-inline": -20,
    "csp-implemented-with-insecure-scheme": -20,
    "csp-header-invalid": -25,
    "csp-not-implemented": -25,
    # cookies
    "cookies-secure-with-httponly-sessions-and-samesite": 5,
    "cookies-secure-with-httponly-sessions": 0,
    "cookies-not-found": 0,
    "cookies-without-secure-flag-but-protected-by-hsts": -5,
    "cookies-session-without-secure-flag-but-protected-by-hsts": -10,
    "cookies-samesite-flag-invalid": -20,
    "cookies-anticsrf-without-samesite-flag": -20,
    "cookies-session-without-httponly-flag": -30,
    # cross-origin-resource-sharing
    "cross-origin-resource-sharing-not-implemented": 0,
    "cross-origin-resource-sharing-implemented-with-public-access": 0,
    "cross-origin-resource-sharing-implemented-with-universal-access": -50,
    # redirection
    "redirection-to-https": 0,
    "redirection-off-host-from-http": -5,
    "redirection-not-to-https": -20,
    "redirection-missing": -20,
    # referrer-policy
    "referrer-policy-private": 5,
    "referrer-policy-not-implemented": 0,
    "referrer-policy-unsafe": -5,
    "referrer-policy-header-invalid": -5,
    # strict-transport-security
    "hsts-implemented-max-age-at-least-six-months": 0,
    "hsts-implemented-max-age-less-than-six-months": -10,
    "hsts-not-implemented": -20,
    "hsts-header-invalid": -20,
    # subresource-integrity
    "sri-implemented-and-all-scripts-loaded-securely": 5,
    "sri-not-implemented-response-not-html": 0,
    "sri-not-implemented-but-no-scripts-loaded": 0,
    "sri-not-implemented-but-all-scripts-loaded-from-secure-origin": 0,
    # x-content-type-options
    "x-content-type-options-nosniff": 0,
    "x-content-type-options-not-implemented": -5,
    "x-content-type-options-header-invalid": -5,
    # x-frame-options
    "x-frame-options-implemented-via-csp": 5,
    "x-frame-options-sameorigin-or-deny": 5,
    "x-frame-options-not-implemented": -20,
    "x-frame-options-header-invalid": -20,
    # cross-origin-resource-policy
    "cross-origin-resource-policy-implemented-with-same-origin": 10,
    "cross-origin-resource-policy-implemented-with-same-site": 10,
    "cross-origin-resource-policy-implemented-with-cross-origin": 0,
    "cross-origin-resource-policy-not-implemented": 0,
    "cross-origin-resource-policy-header-invalid": -5,
    # cross-origin-embedder-policy
    "coep-implemented-with-require-corp": 10,
    "coep-implemented-with-credentialless": 10,
    "coep-implemented-with-unsafe-none": 0,
    "coep-not-implemented": 0,
    "coep-header-invalid": -5,
    # cross-origin-opener-policy
    "coop-implemented-with-same-origin": 10,
    "coop-implemented-with-same-origin-allow-popups": 10,
    "coop-implemented-with-noopener-allow-popups": 10,
    "coop-implemented-with-unsafe-none": 0,
    "coop-not-implemented": 0,
    "coop-header-invalid": -5,
}


@dataclass(frozen=True)
class Scan:
    """One address asked over HTTPS and over HTTP, and the cookies that a visit there leaves behind."""

    answer: Any
    over_http: Any
    cookies: Iterable[Morsel[str]]

    @property
    def found(self) -> dict[str, str]:
        """What was found of each part, by the Observatory's own names."""
        return {
            "content-security-policy": _csp(self.answer),
            "cookies": _cookies(list(self.cookies), has_hsts=_hsts(self.answer).endswith("at-least-six-months")),
            "cross-origin-resource-sharing": _cors(self.answer),
            "redirection": _redirection(self.over_http),
            "referrer-policy": _referrer(self.answer),
            "strict-transport-security": _hsts(self.answer),
            "subresource-integrity": _integrity(self.answer),
            "x-content-type-options": _nosniff(self.answer),
            "x-frame-options": _frames(self.answer),
            "cross-origin-resource-policy": _named(
                self.answer, "Cross-Origin-Resource-Policy", "cross-origin-resource-policy",
                ("same-origin", "same-site", "cross-origin"),
            ),
            "cross-origin-embedder-policy": _named(
                self.answer, "Cross-Origin-Embedder-Policy", "coep", ("require-corp", "credentialless", "unsafe-none")
            ),
            "cross-origin-opener-policy": _named(
                self.answer, "Cross-Origin-Opener-Policy", "coop",
                ("same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"),
            ),
        }  # fmt: skip

    @property
    def points(self) -> dict[str, int]:
        return {part: POINTS[found] for part, found in self.found.items()}

    @property
    def score(self) -> int:
        points = self.points.values()
        bare = 100 + sum(each for each in points if each < 0)
        return 100 + sum(points) if bare >= _EXTRA_FROM else max(bare, 0)


def policy_of(answer: Any) -> dict[str, set[str]]:
    """The directives of an answer's Content-Security-Policy."""
    policy: dict[str, set[str]] = {}
    for part in filter(None, (part.strip() for part in answer.get("Content-Security-Policy", "").split(";"))):
        name, *sources = part.lower().split()
        if name in policy:
            raise ValueError(f"{name} twice")
        policy[name] = set(sources or (["'none'"] if name.endswith("-src") else []))
    return policy


def _csp(answer: Any) -> str:
    try:
        policy = policy_of(answer)
    except ValueError:
        return "csp-header-invalid"
    if not policy:
        return "csp-not-implemented"
    default = policy.get("default-src", {"*"})
    script, style = policy.get("script-src", default), policy.get("style-src", default)
    passive = policy.get("img-src", default) | policy.get("media-src", default)
    active = script.union(*(sources for name, sources in policy.items() if name not in ("img-src", "media-src")))
    faults = {
        "unsafe-inline": script & (_BROAD | _INLINE) or policy.get("object-src", default) & _BROAD,
        "insecure-scheme": _insecure(active),
        "unsafe-eval": {"'unsafe-eval'"} & (script | style),
        "insecure-scheme-in-passive-content-only": _insecure(passive),
        "unsafe-inline-in-style-src-only": style & (_BROAD | _INLINE),
    }
    best = "no-unsafe-default-src-none" if default == {"'none'"} else "no-unsafe"
    first = next((fault for fault, found in faults.items() if found), "")
    return f"csp-implemented-with-{first or best}"


def _insecure(sources: set[str]) -> set[str]:
    return {source for source in sources if source.startswith(("http:", "ftp:"))}


_WORST_COOKIE_LAST = (
    "cookies-secure-with-httponly-sessions-and-samesite", "cookies-secure-with-httponly-sessions",
    "cookies-without-secure-flag-but-protected-by-hsts", "cookies-session-without-secure-flag-but-protected-by-hsts",
    "cookies-samesite-flag-invalid", "cookies-anticsrf-without-samesite-flag",
    "cookies-session-without-httponly-flag",
)  # fmt: skip


def _cookies(cookies: list[Morsel[str]], *, has_hsts: bool) -> str:
    if not cookies:
        return "cookies-not-found"
    assert has_hsts, "the points of cookies without HSTS are not written down here"
    return max((_cookie(each) for each in cookies), key=_WORST_COOKIE_LAST.index)


def _cookie(cookie: Morsel[str]) -> str:
    """What is worst about one of them."""
    name = cookie.key.lower()
    is_session = "login" in name or "sess" in name
    same_site = str(cookie["samesite"]).lower()
    if is_session and not cookie["httponly"]:
        return "cookies-session-without-httponly-flag"
    if "csrf" in name and not same_site:
        return "cookies-anticsrf-without-samesite-flag"
    if same_site not in ("", "lax", "strict", "none") or (same_site == "none" and not cookie["secure"]):
        return "cookies-samesite-flag-invalid"
    if not cookie["secure"]:
        return f"cookies{'-session' if is_session else ''}-without-secure-flag-but-protected-by-hsts"
    return "cookies-secure-with-httponly-sessions" + ("-and-samesite" if same_site else "")


def _cors(answer: Any) -> str:
    allowed = answer.get("Access-Control-Allow-Origin", "")
    if not allowed:
        return "cross-origin-resource-sharing-not-implemented"
    is_open = allowed == "*" and not answer.get("Access-Control-Allow-Credentials")
    kind = "public" if is_open else "universal"
    return f"cross-origin-resource-sharing-implemented-with-{kind}-access"


def _redirection(over_http: Any) -> str:
    if over_http.status_code not in (301, 302, 303, 307, 308):
        return "redirection-missing"
    to = urlsplit(over_http["Location"])
    if to.scheme != "https":
        return "redirection-not-to-https"
    return "redirection-to-https" if to.hostname == "testserver" else "redirection-off-host-from-http"


def _referrer(answer: Any) -> str:
    good = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
    bad = ("origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade")
    said = [each.strip().lower() for each in answer.get("Referrer-Policy", "").split(",")]
    known = [each for each in said if each in good or each in bad]
    if said == [""]:
        return "referrer-policy-not-implemented"
    if not known:
        return "referrer-policy-header-invalid"
    return "referrer-policy-private" if known[-1] in good else "referrer-policy-unsafe"


def _hsts(answer: Any) -> str:
    header = answer.get("Strict-Transport-Security", "").lower()
    age = re.search(r"(?:^|;)\s*max-age=(\d+)", header)
    if not header:
        return "hsts-not-implemented"
    if not age or "," in header:
        return "hsts-header-invalid"
    return f"hsts-implemented-max-age-{'at-least' if int(age[1]) >= _HALF_A_YEAR else 'less-than'}-six-months"


def _integrity(answer: Any) -> str:
    if answer.get("Content-Type", "").partition(";")[0] != "text/html":
        return "sri-not-implemented-response-not-html"
    scripts = re.findall(r"<script\b[^>]*>", answer.content.decode())
    sources = [re.search(r'\bsrc="([^"]*)"', script) for script in scripts]
    if any(source and not re.match(r"/[^/]", source[1]) for source in sources):
        raise AssertionError(f"a script from elsewhere: {scripts}")
    if not scripts:
        return "sri-not-implemented-but-no-scripts-loaded"
    if any("integrity=" in script for script in scripts):
        return "sri-implemented-and-all-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"


def _nosniff(answer: Any) -> str:
    said = answer.get("X-Content-Type-Options", "").lower()
    kind = {"": "not-implemented", "nosniff": "nosniff"}.get(said, "header-invalid")
    return f"x-content-type-options-{kind}"


def _frames(answer: Any) -> str:
    try:
        ancestors = policy_of(answer).get("frame-ancestors", {"*"})
    except ValueError:
        ancestors = {"*"}
    if not ancestors & _BROAD:
        return "x-frame-options-implemented-via-csp"
    said = answer.get("X-Frame-Options", "").lower()
    if not said:
        return "x-frame-options-not-implemented"
    return f"x-frame-options-{'sameorigin-or-deny' if said in ('deny', 'sameorigin') else 'header-invalid'}"


def _named(answer: Any, header: str, prefix: str, known: tuple[str, ...]) -> str:
    said = answer.get(header, "").lower()
    if not said:
        return f"{prefix}-not-implemented"
    return f"{prefix}-implemented-with-{said}" if said in known else f"{prefix}-header-invalid"
