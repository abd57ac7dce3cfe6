"""What is particular to files."""

from dataclasses import replace
from pathlib import Path

from opportune.adapters.channels.channel import Envelope, Faulted, HandedOver
from opportune.adapters.channels.folder import Folder

ENVELOPE = Envelope(message_id="m1", sender="bounce@lumen.test", recipient="zoe@example.test", content=b"Subject: x\r\n\r\nx\r\n")


def test_the_same_message_twice_is_one_file(tmp_path: Path):
    folder = Folder(tmp_path)
    assert isinstance(folder.deliver(ENVELOPE), HandedOver)
    assert isinstance(folder.deliver(ENVELOPE), HandedOver)
    assert [path.name for path in tmp_path.iterdir()] == ["m1.eml"]


def test_no_id_leads_out_of_the_folder(tmp_path: Path):
    for message_id in ("../../evil", "/etc/passwd", "a\x00b", "x" * 300):
        assert isinstance(Folder(tmp_path / "mail").deliver(replace(ENVELOPE, message_id=message_id)), HandedOver)
    assert len(list((tmp_path / "mail").iterdir())) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]


def test_a_folder_that_cannot_be_written_is_a_fault_and_not_a_loss(tmp_path: Path):
    (tmp_path / "mail").write_text("a file is in the way")
    assert isinstance(Folder(tmp_path / "mail").deliver(ENVELOPE), Faulted)
