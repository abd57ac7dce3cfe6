"""One suite for every Channel, against the real thing at the other end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest

from opportune.adapters.channels.channel import At, Channel, Envelope, HandedOver, Refused, nowhere
from opportune.adapters.channels.folder import Folder
from opportune.adapters.channels.smtp import Server, Smtp, Tls
from opportune.samples.post_office import PostOffice

CONTENT = b"From: hi@lumen.test\r\nSubject: Hello\r\n\r\n.a dot first\r\n.\r\nFrom here\r\n..\r\nZo=C3=AB\r\n"
ENVELOPE = Envelope(message_id="m1", sender="bounce@lumen.test", recipient="zoe@example.test", content=CONTENT)
Open = Callable[..., Channel]


@pytest.fixture(scope="module")
def post_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    office = PostOffice.start(tmp_path_factory.mktemp("post"))
    yield office
    office.close()


@pytest.fixture(params=["smtp", "folder"])
def way(request: pytest.FixtureRequest, tmp_path: Path, post_office: PostOffice) -> Iterator[tuple[Open, Callable[[], list[bytes]]]]:
    """How to open the channel, and what arrived since."""
    opened: list[Channel] = []
    before = len(post_office.paths())

    def open_channel(at: At = nowhere) -> Channel:
        channel: Channel = (
            Smtp(Server(host="127.0.0.1", port=post_office.port, tls=Tls.NONE), at=at)
            if request.param == "smtp"
            else Folder(tmp_path / "mail", at=at)
        )
        opened.append(channel)
        return channel

    def arrived() -> list[bytes]:
        paths = post_office.paths()[before:] if request.param == "smtp" else sorted((tmp_path / "mail").glob("*.eml"))
        return [path.read_bytes() for path in paths]

    yield open_channel, arrived
    for channel in opened:
        channel.close()


def test_a_message_arrives_octet_for_octet_with_its_envelope(way):
    open_channel, arrived = way
    assert isinstance(open_channel().deliver(ENVELOPE), HandedOver)
    (raw,) = arrived()
    assert raw.endswith(CONTENT)
    message = message_from_bytes(raw)
    assert (message["Return-Path"], message["Delivered-To"]) == ("<bounce@lumen.test>", "zoe@example.test")


def test_one_channel_delivers_many_messages(way):
    open_channel, arrived = way
    channel = open_channel()
    outcomes = [channel.deliver(replace(ENVELOPE, message_id=f"m{n}")) for n in range(20)]
    assert all(isinstance(outcome, HandedOver) for outcome in outcomes)
    assert len(arrived()) == 20


def test_a_closed_channel_opens_again(way):
    open_channel, arrived = way
    channel = open_channel()
    for n in range(2):
        assert isinstance(channel.deliver(replace(ENVELOPE, message_id=f"m{n}")), HandedOver)
        channel.close()
    assert len(arrived()) == 2


@pytest.mark.parametrize(
    "address",
    ["zoë@example.test", "", "a b@c.test", "a@b.test>\r\nRCPT TO:<c@d.test", "a@b.test\nDATA", "<a@b.test>", "a@b.test\x00"],
)
def test_an_address_that_does_not_belong_on_the_wire_never_gets_there(way, address):
    open_channel, arrived = way
    channel = open_channel()
    for envelope in (replace(ENVELOPE, recipient=address), replace(ENVELOPE, sender=address)):
        outcome = channel.deliver(envelope)
        assert isinstance(outcome, Refused)
        assert outcome.is_permanent
        assert outcome.is_bad_address == address.isascii()
    assert arrived() == []


def test_the_crash_points_lie_right_before_the_message_and_right_after_the_yes(way):
    open_channel, arrived = way
    passed: list[tuple[str, int]] = []
    channel = open_channel(lambda name: passed.append((name, len(arrived()))))
    channel.deliver(ENVELOPE)
    assert passed == [("data", 0), ("after_data", 1)]


def test_a_crash_before_the_message_leaves_nothing_behind(way):
    open_channel, arrived = way

    class Killed(BaseException):
        pass

    def crash(name: str) -> None:
        raise Killed(name)

    with pytest.raises(Killed):
        open_channel(crash).deliver(ENVELOPE)
    assert arrived() == []
