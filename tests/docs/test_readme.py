"""README.md: its definitions have no problem, its messages are those that are said, and its five minutes are lived through."""

import signal
import time
from pathlib import Path

import pytest
from tests.docs.asking import project_of, read_csv
from tests.docs.pages import ROOT, blocks, page
from tests.docs.terminal import PATIENCE, begun, needs, terminal_in, typed

STEPS = blocks("README.md", "sh")


def test_the_definitions_shown_have_no_problem(tmp_path: Path) -> None:
    (block,) = blocks("README.md", "yaml")
    assert [str(problem) for problem in project_of(tmp_path, block.text).problems] == []


def test_the_problem_shown_is_said_so(tmp_path: Path) -> None:
    text = "segments:\n  lapsed:\n    label: Gone\n    where: did('Order Complete')\n"
    (problem,) = project_of(tmp_path, text).problems
    assert str(problem).replace("a.yml", "segments.yml") in page("README.md")


@pytest.fixture
def terminal(tmp_path: Path) -> dict[str, str]:
    return terminal_in(tmp_path)


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_five_minutes_lead_to_a_first_trigger(tmp_path: Path, terminal: dict[str, str]) -> None:
    needs(terminal, "curl")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    before, make_short, serve, call, after = STEPS
    said = typed(before.text, tmp_path, terminal)
    assert [line for line in page("README.md").splitlines() if line.startswith("271 events")] == _lines(said, "271 events")
    assert " templates: no problems, no warnings" in said
    typed(make_short.text, tmp_path, terminal)
    serving = begun(serve.text, tmp_path, terminal)
    try:
        assert '{"success": true}' in typed(call.text, tmp_path, terminal)
        mail = tmp_path / "shop" / ".opportune" / "mail"
        deadline = time.monotonic() + PATIENCE
        while not list(mail.glob("*.eml")) and time.monotonic() < deadline:
            time.sleep(0.2)
        said = typed(after.text, tmp_path, terminal)
        assert "you@example.com may sign in as admin" in said
        (row,) = read_csv(tmp_path / "messages.csv")
        assert (row["customer_id"], row["step"], row["status"]) == ("you", "cart-reminder", "handed_over")
    finally:
        serving.send_signal(signal.SIGTERM)
        told, _ = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 0, told


def _lines(said: str, *beginnings: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith(beginnings)]
