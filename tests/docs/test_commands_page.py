"""docs/commands.md: every command and option with the words of its help, and every command line shown anywhere is understood.

`OPPORTUNE_ACCEPT=1` rewrites the tables of options; read the difference before you commit it.
"""

import argparse
import os
import re
import shlex

import pytest
from tests.docs.pages import PAGES, ROOT, blocks, page, section

from opportune.cli.commands import COMMANDS, command_of
from opportune.cli.usage import parse

PAGE = "docs/commands.md"
_TABLE = re.compile(r"\| option \| meaning \|\n\| --- \| --- \|\n(?:\|.*\|\n)*")


def table_of(name: str) -> str:
    """The words a command takes, as a table."""
    words = argparse.ArgumentParser(add_help=False)
    command_of(name).arguments(words)
    rows = [f"| `{_written(action)}` | {_meaning(action)} |" for action in words._actions]
    return "\n".join(["| option | meaning |", "| --- | --- |", *rows]) + "\n" if rows else ""


def _written(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else action.metavar or "\\|".join(map(str, action.choices or [action.dest.upper()]))
    if not action.option_strings:
        return f"{value}..." if action.nargs in ("+", "*") else str(value)
    return f"{action.option_strings[-1]} {value}".strip()


def _meaning(action: argparse.Action) -> str:
    said = (action.help or "").replace("|", "\\|")
    return f"{said}{' (required)' if action.option_strings and action.required else ''}"


def test_the_page_has_a_section_for_each_command_in_the_order_of_help() -> None:
    assert re.findall(r"^## `opportune (\w+)`$", page(PAGE), re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_those_of_its_help(name: str) -> None:
    said = section(PAGE, f"`opportune {name}`")
    found = _TABLE.search(said)
    if os.environ.get("OPPORTUNE_ACCEPT") and found:
        path = ROOT / PAGE
        path.write_text(path.read_text(encoding="utf-8").replace(said, said.replace(found[0], table_of(name))), encoding="utf-8")
        return
    assert (found[0] if found else "") == table_of(name)


def test_the_summary_of_a_command_is_that_of_its_help() -> None:
    told = {name: section(PAGE, f"`opportune {name}`").splitlines()[2] for name in COMMANDS}
    assert told == {name: f"{summary[0].upper()}{summary[1:]}." for name, summary in COMMANDS.items()}


def _command_lines() -> list[tuple[str, str]]:
    found = []
    for path in PAGES:
        name = str(path.relative_to(ROOT))
        for block in blocks(name, "sh"):
            joined = block.text.replace("\\\n", " ")
            found += [
                (f"{block}", line.split("opportune ", 1)[1]) for line in joined.splitlines() if re.match(r"(\w+=\$\()?opportune ", line)
            ]
    return found


@pytest.mark.parametrize("place, line", _command_lines())
def test_a_command_line_shown_on_a_page_is_understood(place: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    stop = next((n for n, word in enumerate(words) if word in ("|", "&", ">")), len(words))
    parse(words[:stop])
