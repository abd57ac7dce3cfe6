"""The house is as its pages say: rooms, arrows, names, decisions, and nothing of anybody's machine in what is tracked."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "opportune"
FLOORS = ("adapters", "stages", "language")
"""Rooms that hold rooms."""
NAMELESS = {"core", "common", "base", "utils", "util", "helpers", "helper", "misc", "manager", "handler", "processor", "data", "info"}
"""Names that say that a concept has no name yet."""
SLIPPERY = re.compile(
    r"^(?:do_|process_(?!id$))|(?:^|_)(?:manager|helper|handler|processor|misc|info)(?:_|$)|(?:Manager|Helper|Handler|Processor|Info)$"
)
FOREIGN = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "deb." + "debian.org",
    "--" + "index-url",
    "--" + "find-links",
)
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:root|wo" + r"rk|opt|home/\w+|tmp/\w+)/[\w.]")
BINARY = {".png", ".jpg", ".gif", ".ico", ".woff2", ".parquet", ".db"}
ALLOWED_PATHS = {"LICENSE"}


def documented_rooms() -> set[str]:
    """Rooms of the tree in docs/rooms.md, `floor/room` for those inside a floor."""
    tree = (ROOT / "docs" / "rooms.md").read_text().split("```")[1]
    rooms, floor = set(), ""
    for indent, name in re.findall(r"^( +)(\w+)/", tree, re.MULTILINE):
        floor = floor if len(indent) == 4 else name
        rooms.add(f"{floor}/{name}" if len(indent) == 4 else name)
    return rooms


def built_rooms() -> set[str]:
    """Folders with Python in them, one deep, two on the floors."""
    rooms = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    return rooms | {f"{floor}/{path.parent.name}" for floor in FLOORS for path in (HOUSE / floor).glob("*/__init__.py")}


def tracked() -> list[Path]:
    """The files git knows."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def names_given(path: Path) -> Iterator[str]:
    """Names of the classes and functions a file defines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def words_of(name: str) -> set[str]:
    """`HTTPHandler` and `http_handler` → {http, handler}."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def test_every_room_is_on_the_page_and_every_room_on_the_page_is_built() -> None:
    assert documented_rooms() == built_rooms()


def test_every_room_stands_in_an_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = set()
    for contract in contracts:
        (container,) = contract["containers"]
        floor = container.removeprefix("opportune").lstrip(".")
        held |= {f"{floor}/{room}".lstrip("/") for layer in contract["layers"] for room in re.findall(r"\w+", layer)}
        assert contract["exhaustive"], f"{contract['name']} would not notice a new room"
    assert built_rooms() <= held


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    nameless = [path for path in HOUSE.rglob("*") if words_of(path.stem) & NAMELESS and path.suffix in ("", ".py")]
    assert not nameless


def test_no_class_or_function_has_a_name_that_says_nothing() -> None:
    slippery = [f"{path.relative_to(ROOT)}: {name}" for path in HOUSE.rglob("*.py") for name in names_given(path) if SLIPPERY.search(name)]
    assert not slippery


def test_no_tracked_file_names_a_package_index_or_a_path_of_somebodys_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in BINARY or path.name in ALLOWED_PATHS:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if any(host in line for host in FOREIGN) or MACHINE_PATH.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found


def test_no_tracked_file_is_larger_than_a_megabyte() -> None:
    assert not [path for path in tracked() if path.stat().st_size > 1_000_000]


def test_every_decision_has_its_four_parts_and_stands_in_the_list() -> None:
    folder = ROOT / "docs" / "adr"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))
    decisions = {path.name: path.read_text() for path in folder.glob("[0-9]*.md")}
    assert listed == set(decisions)
    for name, text in decisions.items():
        missing = [
            part for part in ("Context.", "Decision.", "Consequences.", "How we would know it is wrong.") if f"**{part}**" not in text
        ]
        assert not missing, f"{name} lacks {missing}"


def test_every_change_is_filed_by_issue_and_kind() -> None:
    odd = [path.name for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md" and not is_change(path.name)]
    assert not odd


def is_change(name: str) -> bool:
    """`2.added.md`, `2.added.b.md`."""
    return re.fullmatch(r"\d+\.(added|changed|fixed|removed|security)(\.[a-z])?\.md", name) is not None


def test_every_requirement_is_pinned_by_version_and_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        pins = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        loose = [pin.split("\n")[0] for pin in pins if not pin.startswith("#") and not ("==" in pin and "--hash=sha256:" in pin)]
        assert not loose


def test_the_glossary_is_sorted_and_gives_each_idea_one_word() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\*.*? \| (?:.+) \| (.*?) ?\|$", (ROOT / "GLOSSARY.md").read_text(), re.MULTILINE)
    words = [word for word, _ in rows]
    assert len(words) > 50
    assert words == sorted(words, key=lambda word: word.lower().replace("-", ""))
    assert len(set(words)) == len(words)
