"""SMTP: one connection, kept open, one message after another.

The line between "never left" and "nobody knows" is drawn at the first octet of the message, after the server's 354.
Source  RFC 5321 (commands, replies), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 2034 and 3463 (enhanced status codes)
"""

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.adapters.channels.channel import At, Envelope, Faulted, HandedOver, Outcome, Refused, Unknown, nowhere, unfit

_BAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.10", "5.2.1"})
"""Enhanced status codes that say nobody is there. A bare 550 says too little to suppress anyone."""
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_CLOSING = 421
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Tls(Enum):
    """How the connection is protected; certificates are always verified."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to and how. `patience`: for each answer but the last; `last_patience`: for the answer to the message itself."""

    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password: str = ""
    helo: str = ""
    """The name we say we are; empty: the machine's."""
    patience: timedelta = timedelta(seconds=30)
    last_patience: timedelta = timedelta(minutes=5)


class Smtp:
    """A Channel over one SMTP connection."""

    def __init__(self, server: Server, *, at: At = nowhere, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._at = at
        self._context = context
        self._connection: smtplib.SMTP | None = None

    def deliver(self, envelope: Envelope) -> Outcome:
        """Hand one message over, on the open connection when there is one that still answers."""
        if (refused := unfit(envelope)) is not None:
            return refused
        try:
            connection = self._ready()
            if (refusal := _announced(connection, envelope)) is not None:
                self._leave(refusal)
                return refusal
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._drop()
            return Faulted(_words(error))
        return self._sent(connection, envelope)

    def close(self) -> None:
        """Say goodbye if anyone listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _ready(self) -> smtplib.SMTP:
        """A connection that answers: RSET finds out whether the old one was closed while it was idle."""
        if self._connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._connection.rset()[0] == 250:
                    return self._connection
            self._drop()
        self._connection = _opened(self._server, self._context)
        return self._connection

    def _sent(self, connection: smtplib.SMTP, envelope: Envelope) -> Outcome:
        """From DATA to the last answer."""
        self._at("data")
        try:
            code, answer = connection.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Faulted(f"lost before the message began: {_words(error)}")
        if code != 354:
            refusal = _refusal(code, answer)
            self._leave(refusal)
            return refusal
        try:
            if connection.sock is not None:
                connection.sock.settimeout(self._server.last_patience.total_seconds())
            connection.send(_on_the_wire(envelope.content))
            code, answer = connection.getreply()
            if connection.sock is not None:
                connection.sock.settimeout(self._server.patience.total_seconds())
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Unknown(f"lost after the message began: {_words(error)}")
        if 200 <= code < 300:
            self._at("after_data")
            return HandedOver(f"{code} {_text(answer)}")
        refusal = _refusal(code, answer)
        self._leave(refusal)
        return refusal

    def _leave(self, refusal: Refused) -> None:
        """421 means the server is closing: the connection is of no more use."""
        if refusal.code == _CLOSING:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _opened(server: Server, context: ssl.SSLContext | None) -> smtplib.SMTP:
    """Connected, protected, signed in. Raises OSError or SMTPException."""
    patience = server.patience.total_seconds()
    helo = server.helo or None
    if server.tls is Tls.NONE and server.password and server.host not in _LOOPBACK:
        raise smtplib.SMTPException("a password is not sent over a connection without TLS")
    context = context or ssl.create_default_context()
    if server.tls is Tls.TLS:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, local_hostname=helo, timeout=patience, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, local_hostname=helo, timeout=patience)
    try:
        connection.ehlo_or_helo_if_needed()
        if server.tls is Tls.STARTTLS:
            connection.starttls(context=context)
            connection.ehlo()
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _announced(connection: smtplib.SMTP, envelope: Envelope) -> Refused | None:
    """MAIL FROM and RCPT TO; the refusal of either. Only the recipient's can mean a bad address."""
    code, answer = connection.mail(envelope.sender)
    if code != 250:
        return _refusal(code, answer)
    code, answer = connection.rcpt(envelope.recipient)
    return None if code in (250, 251) else _refusal(code, answer, of_recipient=True)


def _refusal(code: int, answer: bytes, *, of_recipient: bool = False) -> Refused:
    if code < 0:
        raise smtplib.SMTPServerDisconnected("the server closed the connection")
    text = _text(answer)
    enhanced = _ENHANCED.match(text)
    is_bad_address = of_recipient and code >= 500 and enhanced is not None and enhanced[1] in _BAD_ADDRESS
    return Refused(code=code, text=text, is_permanent=code >= 500, is_bad_address=is_bad_address)


def _on_the_wire(content: bytes) -> bytes:
    """CRLF lines, leading dots doubled, the lone dot at the end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", "replace").replace("\n", " ")[:500]


def _words(error: Exception) -> str:
    """The server's or the system's own words."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {_text(said) if isinstance(said, bytes) else said}"
    return f"{type(error).__name__}: {error}"[:500]
