"""A disk that is full, that fills up now and again, or that may not be written: nothing acknowledged is lost, and it goes on afterwards."""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.chaos.sending import Senders, assert_none_is_lost_and_none_doubled, serving
from tests.live.serving import until
from tests.soaking import share_of

pytestmark = [pytest.mark.processes, pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process need Linux")]
NOBODY = "65534"
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def disturbed(folder: Path, disturb: Callable[[int, Path], None], ease: Callable[[int], None], *, times: int, user: str = "") -> Senders:
    """Senders while a disk fails and recovers again and again; every failure is seen as 503, every recovery as 200."""
    with serving(folder, user) as (address, process):
        senders = Senders(address)
        senders.start()
        try:
            until("the first is acknowledged", lambda: senders.acknowledged)
            for _ in range(times):
                refused, taken = senders.statuses[503], senders.statuses[200]
                disturb(process.pid, folder)
                until("something is turned away", lambda was=refused: senders.statuses[503] > was + 4)
                ease(process.pid)
                until("something is taken again", lambda was=taken: senders.statuses[200] > was + 20)
        finally:
            ease(process.pid)
            senders.finish()
    return senders


def no_room(pid: int, _: Path) -> None:
    """No file may grow."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def little_room(pid: int, folder: Path) -> None:
    """The group of lines that is written next is cut off in its middle."""
    latest, size_bytes = 0, 0
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # it was just closed, under another name
            found = file.stat()
            latest, size_bytes = max((latest, size_bytes), (found.st_mtime_ns, found.st_size))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size_bytes + 333, resource.RLIM_INFINITY))


def room(pid: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)


@pytest.mark.parametrize("disturb", [no_room, little_room])
def test_what_was_acknowledged_around_a_full_disk_is_in_the_log_once(tmp_path: Path, disturb: Callable[[int, Path], None]):
    senders = disturbed(tmp_path / "log", disturb, room, times=3)
    assert set(senders.statuses) == {200, 503}
    assert_none_is_lost_and_none_doubled(tmp_path / "log", senders)


@pytest.mark.soak
def test_what_was_acknowledged_around_a_disk_that_fills_up_a_hundred_times_is_in_the_log_once(tmp_path: Path):
    for disturb in (no_room, little_room):
        folder = tmp_path / disturb.__name__
        assert_none_is_lost_and_none_doubled(folder, disturbed(folder, disturb, room, times=share_of(100)))


@contextmanager
def writable_by(user: str):
    """A folder that user can reach and write; pytest's own may only be entered by who runs it."""
    folder = Path(tempfile.mkdtemp(prefix="opportune-read-only-"))
    try:
        folder.chmod(0o755)
        log = folder / "log"
        log.mkdir()
        if user:
            os.chown(log, int(user), int(user))
        yield log
    finally:
        shutil.rmtree(folder)


def test_what_was_acknowledged_around_a_folder_that_may_not_be_written_is_in_the_log_once():
    user = NOBODY if os.geteuid() == 0 else ""  # root may write everywhere
    with writable_by(user) as log:
        senders = disturbed(log, lambda *_: log.chmod(0o555), lambda _: log.chmod(0o755), times=3, user=user)
        assert set(senders.statuses) == {200, 503}
        assert_none_is_lost_and_none_doubled(log, senders)


@pytest.mark.soak
def test_what_was_acknowledged_around_a_file_system_that_is_full_is_in_the_log_once(tmp_path: Path):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    ballast = tmp_path / "ballast"

    def fill(_pid: int, _folder: Path) -> None:
        with ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4_096)
            except OSError:
                return

    try:
        senders = disturbed(tmp_path / "log", fill, lambda _: ballast.unlink(missing_ok=True), times=share_of(20))
        time.sleep(0.1)
        assert_none_is_lost_and_none_doubled(tmp_path / "log", senders)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=False)
