"""SMTP when the other side refuses, falls silent, or goes away, at each point of the conversation."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from opportune.adapters.channels.channel import Envelope, Faulted, HandedOver, Refused, Unknown
from opportune.adapters.channels.smtp import Server, Smtp, Tls
from opportune.samples.post_office import PostOffice

ENVELOPE = Envelope(message_id="m1", sender="bounce@lumen.test", recipient="zoe@example.test", content=b"Subject: x\r\n\r\nx\r\n")


def to(name: str) -> Envelope:
    return replace(ENVELOPE, recipient=f"{name}@example.test")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    started = PostOffice.start(tmp_path_factory.mktemp("post"))
    yield started
    started.close()


@pytest.fixture
def office(running: PostOffice) -> PostOffice:
    """The mail server, its mailbox emptied."""
    for path in running.paths():
        path.unlink()
    return running


def server(port: int, **changed: Any) -> Server:
    return Server(
        **{
            "host": "127.0.0.1",
            "port": port,
            "tls": Tls.NONE,
            "patience": timedelta(seconds=10),
            "last_patience": timedelta(seconds=10),
            **changed,
        }
    )


@pytest.fixture
def smtp(office: PostOffice) -> Iterator[Smtp]:
    channel = Smtp(server(office.port))
    yield channel
    channel.close()


@pytest.mark.parametrize(
    "treatment, code, is_permanent, is_bad_address",
    [
        ("nobody", 550, True, True),
        ("blocked", 550, True, False),
        ("greylisted", 451, False, False),
        ("closing", 421, False, False),
        ("late-451", 451, False, False),
        ("late-554", 554, True, False),
    ],
)
def test_a_refusal_says_whether_to_try_again_and_whether_anyone_is_there(smtp, office, treatment, code, is_permanent, is_bad_address):
    outcome = smtp.deliver(to(treatment))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.is_permanent, outcome.is_bad_address) == (code, is_permanent, is_bad_address)
    assert isinstance(smtp.deliver(ENVELOPE), HandedOver), "the next message goes out all the same"
    assert len(office.messages()) == 1


@pytest.mark.parametrize("treatment, stored", [("dropped", 0), ("stored-dropped", 1)])
def test_no_answer_after_the_message_is_unknown_whether_or_not_it_was_stored(smtp, office, treatment, stored):
    assert isinstance(smtp.deliver(to(treatment)), Unknown)
    assert len(office.messages()) == stored
    assert isinstance(smtp.deliver(ENVELOPE), HandedOver)


def test_a_server_that_falls_silent_after_the_message_is_unknown_too(office):
    channel = Smtp(server(office.port, last_patience=timedelta(seconds=0.2)))
    assert isinstance(channel.deliver(to("hanging")), Unknown)
    channel.close()


def test_no_server_is_a_fault_to_be_tried_again(tmp_path):
    office = PostOffice.start(tmp_path)
    channel = Smtp(server(office.port))
    assert isinstance(channel.deliver(ENVELOPE), HandedOver)
    office.close()
    assert isinstance(channel.deliver(ENVELOPE), Faulted)


def test_a_connection_closed_while_idle_is_replaced_without_loss(tmp_path):
    first = PostOffice.start(tmp_path / "first")
    channel = Smtp(server(first.port))
    channel.deliver(ENVELOPE)
    first.close()
    second = PostOffice.start(tmp_path / "second", port=first.port)
    try:
        assert isinstance(channel.deliver(ENVELOPE), HandedOver)
        assert len(second.messages()) == 1
    finally:
        channel.close()
        second.close()


@pytest.mark.parametrize(
    "script, expected",
    [
        ([], Faulted),
        ([b"220 hi\r\n"], Faulted),
        ([b"220 hi\r\n", b"250 ok\r\n"], Faulted),
        ([b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n"], Faulted),
        ([b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"], Unknown),
        ([b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"451 4.3.0 no\r\n"], Refused),
        ([b"554 go away\r\n"], Faulted),
        ([b"gibberish\r\n"], Faulted),
    ],
)
def test_the_line_between_never_left_and_nobody_knows_is_the_servers_354(script, expected):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=play, args=(listening, script))
        thread.start()
        channel = Smtp(server(listening.getsockname()[1]))
        outcome = channel.deliver(ENVELOPE)
        channel.close()
        thread.join(5)
    assert isinstance(outcome, expected), outcome


def play(listening: socket.socket, script: list[bytes]) -> None:
    """A server that says its lines, one for each thing it hears, and hangs up."""
    connection, _ = listening.accept()
    with connection:
        for i, line in enumerate(script):
            if i and not connection.recv(65536):
                return
            connection.sendall(line)
        if len(script) > 1:
            connection.recv(65536)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-keyout", "both.pem", "-out", "certificate.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


class Kept:
    """An aiosmtpd handler that keeps what it gets."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def guarded(certificate: Path) -> Iterator[tuple[Kept, int]]:
    """A server that wants STARTTLS and a password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "both.pem")

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"lumen", b"secret"), handled=False)

    kept = Kept()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        kept, hostname="localhost", port=port, require_starttls=True, tls_context=context, auth_required=True, authenticator=authenticate
    )
    controller.start()
    yield kept, port
    controller.stop()


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate / "certificate.pem"))


def test_starttls_and_a_password_open_a_guarded_server(guarded, certificate):
    kept, port = guarded
    channel = Smtp(server(port, host="localhost", tls=Tls.STARTTLS, user="lumen", password="secret"), context=trusting(certificate))
    assert isinstance(channel.deliver(ENVELOPE), HandedOver)
    channel.close()
    assert kept.recipients == ["zoe@example.test"]


def test_a_certificate_nobody_vouches_for_ends_the_conversation(guarded):
    kept, port = guarded
    outcome = Smtp(server(port, host="localhost", tls=Tls.STARTTLS, user="lumen", password="secret")).deliver(ENVELOPE)
    assert isinstance(outcome, Faulted)
    assert "certificate" in outcome.why.lower()
    assert kept.recipients == []


def test_a_certificate_for_another_name_ends_the_conversation(guarded, certificate):
    _, port = guarded
    outcome = Smtp(server(port, host="127.0.0.1", tls=Tls.STARTTLS), context=trusting(certificate)).deliver(ENVELOPE)
    assert isinstance(outcome, Faulted)
    assert "certificate" in outcome.why.lower()


def test_a_wrong_password_is_a_fault_that_says_so(guarded, certificate):
    _, port = guarded
    outcome = Smtp(server(port, host="localhost", tls=Tls.STARTTLS, user="lumen", password="wrong"), context=trusting(certificate)).deliver(
        ENVELOPE
    )
    assert isinstance(outcome, Faulted)
    assert outcome.why.startswith("535")


def test_a_server_without_starttls_is_not_spoken_to_in_clear(office):
    outcome = Smtp(server(office.port, tls=Tls.STARTTLS)).deliver(ENVELOPE)
    assert isinstance(outcome, Faulted)
    assert office.messages() == []


def test_a_password_never_leaves_this_machine_in_clear():
    outcome = Smtp(server(25, host="mail.example.test", user="lumen", password="secret")).deliver(ENVELOPE)
    assert outcome == Faulted("SMTPException: a password is not sent over a connection without TLS")
