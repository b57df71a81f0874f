"""A server that people depend on refuses to start unsafely; a demo starts with nothing set."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from resilience.gate.processes import ROOT, environment, python

pytestmark = pytest.mark.once

KEY = base64.b64encode(bytes(range(32))).decode()
SERVER = {
    "PRODUCTION": "1",
    "SECRET_KEY": "Kd81-no-default-and-long-enough-to-be-a-key-on-a-server-9f3Qz",
    "FIELD_KEYS": f"1:{KEY}",
    "ALLOWED_HOSTS": "resilience.example,www.resilience.example",
    "SITE_URL": "https://resilience.example",
    "DUTY_PHONE": "0000-110",
}
ASK = """
import json, sys
from django.conf import settings
settings.PRODUCTION  # settings are read when first asked
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1:]}, default=str))
"""


def read(*names: str, **env: str) -> dict[str, Any]:
    """These settings, as a process with this environment has them. Raises ImproperlyConfigured if it refuses."""
    # "" is not the same as not set: what is left out of `env` is not there at all.
    ran = subprocess.run(
        python("-c", ASK, *names), cwd=ROOT, env=environment(**env), capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise ImproperlyConfigured(ran.stderr.strip().splitlines()[-1])
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in SERVER.items() if key != name}


def test_a_server_starts_when_all_is_said() -> None:
    have = read("PRODUCTION", "DEBUG", "ALLOWED_HOSTS", **SERVER)
    assert have == {"PRODUCTION": True, "DEBUG": False, "ALLOWED_HOSTS": SERVER["ALLOWED_HOSTS"].split(",")}


@pytest.mark.parametrize(
    ("env", "fault"),
    [
        (without("SECRET_KEY"), "SECRET_KEY"),
        ({**SERVER, "SECRET_KEY": ""}, "SECRET_KEY"),
        ({**SERVER, "SECRET_KEY": "too-short"}, "SECRET_KEY"),
        ({**SERVER, "SECRET_KEY": "insecure-demo-key-for-one-machine-only-never-for-a-server"}, "SECRET_KEY"),
        (without("FIELD_KEYS"), "FIELD_KEYS"),
        ({**SERVER, "FIELD_KEYS": ""}, "FIELD_KEYS"),
        ({**SERVER, "DEBUG": "1"}, "DEBUG"),
        ({**SERVER, "SECOND_FACTOR": "optional"}, "SECOND_FACTOR"),
        (without("ALLOWED_HOSTS"), "ALLOWED_HOSTS"),
        (without("SITE_URL"), "SITE_URL"),
        (without("DUTY_PHONE"), "DUTY_PHONE"),
        ({**SERVER, "DUTY_PHONE": "154 0000 0110"}, "DUTY_PHONE"),
        ({**SERVER, "SITE_URL": "http://resilience.example"}, "SITE_URL"),
        ({**SERVER, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({**SERVER, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({**SERVER, "ALLOWED_HOSTS": "resilience.example,*"}, "ALLOWED_HOSTS"),
        ({**SERVER, "ALLOWED_HOSTS": "resilience.example, *"}, "ALLOWED_HOSTS"),
    ],
)
def test_a_server_refuses_to_start_unsafely(env: dict[str, str], fault: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"PRODUCTION=1 and .*{fault}"):
        read(**env)


def test_spaces_after_the_commas_are_no_part_of_a_host() -> None:
    have = read("ALLOWED_HOSTS", **{**SERVER, "ALLOWED_HOSTS": "resilience.example, www.resilience.example"})
    assert have["ALLOWED_HOSTS"] == ["resilience.example", "www.resilience.example"]


def test_it_names_every_fault_at_once() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(PRODUCTION="1", DEBUG="1")
    for name in ("SECRET_KEY", "FIELD_KEYS", "DEBUG", "ALLOWED_HOSTS"):
        assert name in str(refused.value)


def test_it_never_prints_a_key() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(**{**SERVER, "SECRET_KEY": "a-secret-that-is-too-short", "DEBUG": "1"})
    assert "a-secret-that-is-too-short" not in str(refused.value)
    assert KEY not in str(refused.value)


def test_a_demo_starts_with_nothing_set() -> None:
    have = read("PRODUCTION", "DEBUG", "ALLOWED_HOSTS", "LANGUAGE_CODE")
    assert have == {"PRODUCTION": False, "DEBUG": False, "ALLOWED_HOSTS": ["*"], "LANGUAGE_CODE": "zh-hans"}


def test_a_server_speaks_only_https() -> None:
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"]
    have = read(*names, "SECURE_HSTS_SECONDS", "SESSION_COOKIE_NAME", "SECURE_PROXY_SSL_HEADER", **SERVER)
    assert all(have[name] is True for name in names)
    assert have["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert have["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert have["SECURE_PROXY_SSL_HEADER"] is None


def test_a_proxy_is_trusted_only_when_named() -> None:
    have = read("SECURE_PROXY_SSL_HEADER", **SERVER, BEHIND_TLS_PROXY="1")
    assert have["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_the_database_is_chosen_by_its_url() -> None:
    have = read("DATABASES", DATABASE_URL="postgres://me:secret@db.example:6432/city")["DATABASES"]["default"]
    assert have["ENGINE"] == "django.db.backends.postgresql"
    assert (have["HOST"], have["PORT"], have["NAME"]) == ("db.example", 6432, "city")


def test_sqlite_waits_for_its_turn_and_keeps_its_keys(tmp_path: Any) -> None:
    file = tmp_path / "a folder that is not there yet" / "db.sqlite3"
    have = read("DATABASES", DATABASE_URL=f"sqlite:///{file}")["DATABASES"]["default"]
    assert have["NAME"] == str(file)
    assert have["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert have["OPTIONS"]["timeout"] >= 20
    assert "journal_mode=WAL" in have["OPTIONS"]["init_command"]
    assert file.parent.is_dir()


def test_the_content_policy_lets_nothing_in_from_elsewhere() -> None:
    directives = settings.SECURE_CSP
    sources = {source for listed in directives.values() for source in listed}
    assert sources <= {"'self'", "'none'", "data:"}
    assert directives["script-src"] == ["'self'"]
    assert directives["style-src"] == ["'self'"]
    assert {"default-src", "object-src", "base-uri", "frame-ancestors", "form-action"} <= set(directives)


def test_no_check_is_silenced() -> None:
    assert settings.SILENCED_SYSTEM_CHECKS == []


def test_whoever_is_not_signed_in_is_turned_away_by_default() -> None:
    order = settings.MIDDLEWARE
    signed_in = order.index("django.contrib.auth.middleware.AuthenticationMiddleware")
    assert order.index("resilience.middleware.PolicyMiddleware") > signed_in
    assert order[0] == "django.middleware.security.SecurityMiddleware"
