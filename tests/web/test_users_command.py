"""`opportune users`: who may sign in."""

from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest
from tests.stories.town import SETTINGS, write

from opportune.cli.context import Context
from opportune.cli.main import main, run_inside
from opportune.shell.workspace import Workspace


class Heard:
    """A voice that keeps its words."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.said.append(text)

    def bar(self, title: str, done: int, total: int | None) -> None:
        """Draws nothing."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, {})
    return tmp_path


def test_an_operator_is_set_up_and_the_last_line_is_her_link(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "add", "Ann@Example.com", "--role", "admin", "--project", str(project)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("ann@example.com may sign in as admin.")
    assert first.endswith("; put it behind the address that `serve` tells:")  # nobody knows its port yet
    assert last.startswith("/sign-in/") and len(last) > 40
    assert main(["users", "add", "bob@example.com", "--project", str(project)]) == 0
    assert main(["users", "add", "ann@example.com", "--role", "marketer", "--project", str(project)]) == 0
    capsys.readouterr()
    assert main(["users", "list", "--project", str(project)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ann@example.com\tmarketer\tone-time links only",
        "bob@example.com\tviewer\tone-time links only",
    ]


@pytest.mark.parametrize(
    "listening, said, public, begins",
    [
        (("127.0.0.1", 8123), 9000, "", "http://127.0.0.1:8123/sign-in/"),
        (("0.0.0.0", 8123), 9000, "", "http://127.0.0.1:8123/sign-in/"),
        (("::1", 8123), 9000, "", "http://[::1]:8123/sign-in/"),
        (None, 9000, "", "/sign-in/"),
        (None, 9000, "https://mail.shop.example/", "https://mail.shop.example/sign-in/"),
        (("127.0.0.1", 8123), 9000, "https://mail.shop.example", "https://mail.shop.example/sign-in/"),
    ],
)
def test_a_link_leads_where_serve_listens_and_to_no_port_that_was_only_meant(
    tmp_path: Path, listening: tuple[str, int] | None, said: int, public: str, begins: str
) -> None:
    url = f', public_url: "{public}"' if public else ""
    write(tmp_path, {"opportune.yml": f"{dedent(SETTINGS).lstrip()}serve: {{port: {said}{url}}}\n"})
    voice = Heard()
    with closing(Workspace(tmp_path)) as workspace:
        context = Context(voice=voice, cwd=tmp_path, workspace=workspace, listening=listening)
        assert run_inside(["users", "add", "ann@example.com", "--project", str(tmp_path)], context) == 0
    assert voice.said[-1].startswith(begins)
    assert str(said) not in "".join(voice.said)


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
