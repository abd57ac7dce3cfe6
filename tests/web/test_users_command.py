"""`opportune users`: who may sign in."""

from pathlib import Path

import pytest
from tests.stories.town import write

from opportune.cli.main import main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, {})
    return tmp_path


def test_an_operator_is_set_up_and_the_last_line_is_her_link(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "add", "Ann@Example.com", "--role", "admin", "--project", str(project)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("ann@example.com may sign in as admin.")
    assert last.startswith("http://127.0.0.1:8000/sign-in/") and len(last) > 60
    assert main(["users", "add", "bob@example.com", "--project", str(project)]) == 0
    assert main(["users", "add", "ann@example.com", "--role", "marketer", "--project", str(project)]) == 0
    capsys.readouterr()
    assert main(["users", "list", "--project", str(project)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ann@example.com\tmarketer\tone-time links only",
        "bob@example.com\tviewer\tone-time links only",
    ]


@pytest.mark.parametrize(
    "email",
    ["", "ann", "ann@", "@example.com", "ann@exa mple.com", "a@b@c", "<script>@example.com", "a\n@example.com", "x" * 150 + "@example.com"],
)
def test_what_is_no_address_is_refused_with_an_example(project: Path, capsys: pytest.CaptureFixture[str], email: str) -> None:
    assert main(["users", "add", email, "--project", str(project)]) == 2
    assert "Such as: opportune users add ann@example.com --role admin" in capsys.readouterr().err


def test_an_unknown_role_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "add", "ann@example.com", "--role", "king", "--project", str(project)]) == 2
    assert "king" in capsys.readouterr().err


def test_the_files_of_sign_in_are_for_their_owner_only(project: Path) -> None:
    main(["users", "add", "ann@example.com", "--project", str(project)])
    assert (project / ".opportune" / "web.sqlite").stat().st_mode & 0o077 == 0
