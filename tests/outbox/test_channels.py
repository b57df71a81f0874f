"""The channels that come with the house: console, e-mail, group-chat webhook."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core import mail

from resilience.outbox.channels import Console, Email, NotSent, SmsGateway, Webhook, channel_for


class Robot(BaseHTTPRequestHandler):
    """A group robot that keeps what it was told."""

    told: ClassVar[list[dict[str, Any]]] = []
    answer: ClassVar[tuple[int, bytes]] = (200, b'{"errcode": 0}')
    location: ClassVar[str] = ""

    def do_GET(self) -> None:
        self.told.append({"asked for": self.path})
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.append(json.loads(body))
        status, content = self.answer
        self.send_response(status)
        if self.location:
            self.send_header("Location", self.location)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def robot(settings: Any) -> Iterator[type[Robot]]:
    server = HTTPServer(("127.0.0.1", 0), Robot)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/robot"
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN = settings.WEBHOOK_URL, "a-token"
    Robot.told.clear()
    Robot.location = ""
    Robot.answer = (200, b'{"errcode": 0}')
    yield Robot
    server.shutdown()
    thread.join()
    server.server_close()


def send(channel: Console | Email | Webhook | SmsGateway, body: str = "诉求 ABC-DEF-GHJ") -> None:
    channel.send(recipient="desk@example.org", body=body, key="k1")


def test_the_console_tells_that_and_not_what_nor_whom(capsys: pytest.CaptureFixture[str]) -> None:
    send(Console(), body="给王秀英")
    said = capsys.readouterr().out
    assert "sent" in said
    assert "王秀英" not in said
    assert "example.org" not in said


def test_mail_takes_its_subject_from_the_first_line() -> None:
    send(Email(), body="第一行\n第二行")
    assert (mail.outbox[0].subject, mail.outbox[0].to) == ("第一行", ["desk@example.org"])


def test_mail_that_cannot_go_is_not_sent(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(NotSent, match="Refused"):
        send(Email())


def test_the_webhook_posts_what_wecom_and_dingtalk_expect(robot: type[Robot]) -> None:
    send(Webhook())
    assert robot.told == [{"msgtype": "text", "text": {"content": "诉求 ABC-DEF-GHJ"}}]


@pytest.mark.parametrize(
    "answer", [(500, b"oops"), (200, b'{"errcode": 45009}'), (200, b"<html>"), (200, b"[]"), (200, b"\xff")]
)
def test_a_webhook_that_says_no_is_tried_again(robot: type[Robot], answer: tuple[int, bytes]) -> None:
    robot.answer = answer
    with pytest.raises(NotSent) as no:
        send(Webhook())
    assert not no.value.is_final


def test_a_webhook_that_says_nothing_has_taken_it(robot: type[Robot]) -> None:
    robot.answer = (200, b"")
    send(Webhook())
    assert len(robot.told) == 1


@pytest.mark.parametrize("url", ["", "http://chat.example.org/robot", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_webhook_goes_only_over_https_or_to_this_machine(settings: Any, url: str) -> None:
    settings.WEBHOOK_URL = url
    with pytest.raises(NotSent) as no:
        send(Webhook())
    assert no.value.is_final


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_channel_follows_a_redirect(robot: type[Robot], settings: Any, status: int) -> None:
    robot.answer, robot.location = (status, b""), settings.WEBHOOK_URL + "/elsewhere"
    for channel in (Webhook(), SmsGateway()):
        robot.told.clear()
        with pytest.raises(NotSent):
            send(channel)
        assert len(robot.told) == 1  # nothing went on to the other address


def test_a_certificate_that_nobody_vouches_for_is_refused(settings: Any, tmp_path: Path) -> None:
    """Whoever stands between us and the gateway can answer, but not in its name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate_of_its_own(tmp_path))
    server = HTTPServer(("127.0.0.1", 0), Robot)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Robot.told.clear()
    settings.WEBHOOK_URL = f"https://127.0.0.1:{server.server_port}/robot"
    try:
        with pytest.raises(NotSent) as no:
            send(Webhook())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    why = no.value.__cause__
    assert isinstance(why, urllib.error.URLError)
    assert isinstance(why.reason, ssl.SSLCertVerificationError)
    assert Robot.told == []


def _certificate_of_its_own(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "own.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


def test_channels_are_named_in_settings(settings: Any) -> None:
    settings.OUTBOX_CHANNELS = {"sms": "resilience.outbox.channels.Console"}
    channel_for.cache_clear()
    assert isinstance(channel_for("sms"), Console)
    channel_for.cache_clear()


def test_a_text_message_goes_to_the_gateway_with_its_key(robot: type[Robot]) -> None:
    SmsGateway().send(recipient="19900000001", body="您的诉求已收到", key="k2")
    assert robot.told == [{"to": "19900000001", "text": "您的诉求已收到", "key": "k2"}]


def test_a_gateway_that_is_away_is_tried_again_and_one_without_https_never(robot: type[Robot], settings: Any) -> None:
    robot.answer = (503, b"")
    with pytest.raises(NotSent) as no:
        send(SmsGateway())
    assert not no.value.is_final
    settings.SMS_GATEWAY_URL = "http://sms.example.org/"
    with pytest.raises(NotSent) as never:
        send(SmsGateway())
    assert never.value.is_final
