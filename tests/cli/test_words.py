"""The words of a call: help, slips, and where the project lies."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Opportune, written

from opportune.cli.commands import COMMANDS


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_help_names_every_command(opportune: Opportune, words: tuple[str, ...]) -> None:
    called = opportune(*words)
    assert (called.status, called.err) == (0, "")
    widest = max(map(len, COMMANDS))
    for name, summary in COMMANDS.items():
        assert f"  {name:<{widest}}  {summary}\n" in called.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(opportune: Opportune, name: str) -> None:
    called = opportune(name, "--help")
    assert (called.status, called.err) == (0, "")
    assert called.out.startswith(f"usage: opportune {name} ")
    assert "--project DIR" in called.out


@pytest.mark.parametrize(
    "words, said",
    [
        (("evalute",), "opportune: there is no command 'evalute'\n  Did you mean 'evaluate'?\n"),
        (("dance",), "opportune: there is no command 'dance'\n  See 'opportune --help'.\n"),
        (("--verbose",), "opportune: there is no option '--verbose'\n  See 'opportune --help'.\n"),
        (("--project",), "opportune: --project needs a folder\n  Such as: opportune --project shop check\n"),
        (("evaluate", "--nmaes", "a"), "opportune: there is no option '--nmaes'\n  Did you mean '--names'?\n"),
        (("evaluate", "--na", "a"), "opportune: there is no option '--na'\n  Did you mean '--at'?\n"),
        (("check", "now"), "opportune: too many words: 'now'\n  See 'opportune check --help'.\n"),
        (("moments", "cart"), "opportune: the following arguments are required: --out\n  See 'opportune moments --help'.\n"),
    ],
)
def test_a_slip_is_answered_with_what_to_write(opportune: Opportune, words: tuple[str, ...], said: str) -> None:
    called = opportune(*words)
    assert (called.status, called.out, called.err) == (2, "", said)


@pytest.mark.parametrize("place", [("--project", "DIR", "check"), ("--project=DIR", "check"), ("check", "--project", "DIR")])
def test_the_project_may_be_named_anywhere(opportune: Opportune, folder: Path, place: tuple[str, ...]) -> None:
    written(folder / "a shop")
    called = opportune(*(word.replace("DIR", "a shop") for word in place))
    assert called.status == 0
    assert "1 journeys" in called.out


@pytest.mark.parametrize("name", ["evaluate", "report", "apply", "backtest", "messages", "keys", "import", "moments"])
def test_a_folder_that_is_not_there_is_not_made(opportune: Opportune, folder: Path, name: str) -> None:
    more = {"keys": ["add", "shop"], "import": ["x.csv"], "moments": ["cart"]}.get(name, [])
    out = ["--out", "out.csv"] if name in ("messages", "moments", "backtest") else []
    called = opportune(name, *more, *out, "--project", "nowhere")
    assert (called.status, called.out) == (1, "")
    assert called.err == f"{folder / 'nowhere'}: this folder does not exist [E127]\n  opportune init DIR\n"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["check", "report"])
def test_a_folder_without_a_project_says_how_to_begin(opportune: Opportune, folder: Path, name: str) -> None:
    called = opportune(name)
    assert called.status == 1
    assert called.err == "opportune.yml: this project has no opportune.yml [E124]\n  Begin with opportune init DIR.\n"
    assert list(folder.iterdir()) == []


def test_a_file_is_no_project(opportune: Opportune, folder: Path) -> None:
    (folder / "shop").write_text("")
    assert opportune("check", "--project", "shop").status == 1
    called = opportune("report", "--project", "shop")
    assert (called.status, called.err.splitlines()[0]) == (1, f"{folder / 'shop'}: this folder does not exist [E127]")


def test_settings_that_cannot_be_read_name_no_data_folder(opportune: Opportune, folder: Path) -> None:
    written(folder, **{"opportune.yml": "shop: {name: Lamps\ndata: elsewhere\n"})
    called = opportune("messages", "--out", "out.csv")
    assert called.status == 1
    assert called.err.startswith("opportune.yml:")
    assert not (folder / ".opportune").exists()


def test_help_and_check_wait_for_no_engine(shop: Path) -> None:
    for words in ([], ["check"]):
        reads = f"import sys\nfrom opportune.cli.main import main\nmain({words!r})\nprint(*sys.modules)"
        said = subprocess.run([sys.executable, "-c", reads], capture_output=True, text=True, check=True, timeout=60, cwd=shop)
        heavy = {"duckdb", "sqlalchemy", "django", "uvicorn", "rich.progress", "numpy"} & set(said.stdout.split())
        assert heavy == set(), words
