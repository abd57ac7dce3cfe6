"""The files of a project: which there are, what they say, and which are refused.

Read: `*.yml` at any depth, but not in the data folder, in `templates` or under hidden names; `templates/*`; and the CSV files that
`tables:` names. Links that lead out of the project, files too large and files that are no UTF-8 are Problems.
"""

import hashlib
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from opportune.language.vocabulary.problems import Place, Problem, Severity

LARGEST_BYTES = 1_000_000
LARGEST_TABLE = 20_000_000
MOST_FILES = 2_000
DEEPEST = 12
"""Levels of folders."""
SETTINGS_FILE = "opportune.yml"
TEMPLATES = "templates"
ENDINGS = (".mjml", ".html", ".txt")


@dataclass
class Files:
    """Relative path → text, of definitions and of templates, and what could not be read."""

    definitions: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    """Files that `tables:` names, read when it does."""
    problems: list[Problem] = field(default_factory=list)
    folder: Path | None = None
    data: str = ""

    @property
    def all(self) -> dict[str, str]:
        """Every file that matters, sorted by path."""
        return dict(sorted({**self.definitions, **self.templates, **self.tables}.items()))

    @property
    def hash(self) -> str:
        """Content hash of every file that matters."""
        hashed = hashlib.blake2b(digest_size=16)
        for path, text in self.all.items():
            for part in (path, text):
                written = part.encode("utf-8", "surrogatepass")
                hashed.update(len(written).to_bytes(8, "big") + written)
        return hashed.hexdigest()

    def table(self, path: str, place: Place) -> str | None:
        """The text of a table's file; what forbids reading it is a Problem at `place`."""
        name = posixpath.normpath(path)
        if self.folder is None or name in self.tables:
            return self.tables.get(name)
        aside = Path(os.path.realpath(self.folder / self.data))
        real = Path(os.path.realpath(self.folder / name))
        what = ""
        if name != path or name.startswith(("/", "..")) or not name.endswith(".csv"):
            what = f"'{path}' is no path of a CSV file in this project"
        elif real.is_relative_to(aside):
            what = f"'{path}' lies in the data folder"
        elif not real.is_file():
            what = f"there is no file '{path}'"
        if what:
            remedy = "Write the path from the project's folder on, such as products.csv."
            self.problems.append(Problem(code="E127", place=place, what=what, remedy=remedy))
            return None
        _take(self.folder / name, self.folder, self, self.tables, LARGEST_TABLE)
        return self.tables.get(name)


def read_files(folder: Path, data: str) -> Files:
    """The files of a project; `data` is its data folder, which is left alone."""
    files = Files(folder=folder, data=data)
    if not folder.is_dir():
        files.problems.append(
            Problem(code="E127", place=Place(str(folder)), what="this folder does not exist", remedy="opportune init DIR")
        )
        return files
    aside = Path(os.path.realpath(folder / data))
    for path in _found(folder, folder, aside, files, 0):
        if len(files.definitions) + len(files.templates) >= MOST_FILES:
            files.problems.append(_refused(path, folder, f"this project has more than {MOST_FILES:,} files"))
            break
        _take(path, folder, files)
    if SETTINGS_FILE not in files.definitions and not any(problem.place.file == SETTINGS_FILE for problem in files.problems):
        what = "this project has no opportune.yml"
        files.problems.append(Problem(code="E124", place=Place(SETTINGS_FILE), what=what, remedy="Begin with opportune init DIR."))
    return files


def read_alone(folder: Path, name: str) -> str | None:
    """The text of one file of the project, if it can be read; its problems are found by `read_files`."""
    files = Files()
    if (folder / name).is_file():
        _take(folder / name, folder, files)
    return files.definitions.get(name)


def _found(folder: Path, root: Path, aside: Path, files: Files, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        files.problems.append(_refused(folder, root, f"this folder cannot be read: {error.strerror}"))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or Path(os.path.realpath(path)) == aside:
            continue
        is_folder = path.is_dir()
        if is_folder and entry.is_symlink():
            if (path / SETTINGS_FILE).exists() or entry.name == TEMPLATES or any(path.glob("*.yml")):
                files.problems.append(_refused(path, root, "a link to a folder is not followed", "Put the files here."))
        elif is_folder and depth >= DEEPEST:
            files.problems.append(_refused(path, root, f"folders are nested more than {DEEPEST} levels deep"))
        elif is_folder:
            yield from _found(path, root, aside, files, depth + 1)
        elif entry.name.endswith((".yml", ".yaml")) or (folder == root / TEMPLATES and entry.name.endswith(ENDINGS)):
            yield path


def _take(path: Path, root: Path, files: Files, into: dict[str, str] | None = None, largest: int = LARGEST_BYTES) -> None:
    name = path.relative_to(root).as_posix()
    is_template = name.startswith(f"{TEMPLATES}/")
    if name.endswith(".yaml") or (is_template and name.endswith(".yml")):
        remedy = "Name it .yml." if name.endswith(".yaml") else "Move it out of templates."
        what = "this file is not read"
        files.problems.append(Problem(code="E127", place=Place(name), what=what, remedy=remedy, severity=Severity.WARNING))
        return
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            files.problems.append(_refused(path, root, "this link leads out of the project", "Put the file itself here."))
        elif not path.is_file():
            files.problems.append(_refused(path, root, "this is no plain file"))
        elif path.stat().st_size > largest:
            files.problems.append(_refused(path, root, f"this file is larger than {largest:,} bytes"))
        else:
            text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
            chosen = files.templates if is_template else files.definitions
            (chosen if into is None else into)[name] = text
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        files.problems.append(Problem(code="E127", place=Place(name, line), what="this file is no UTF-8", remedy="Save it as UTF-8."))
    except (OSError, RuntimeError) as error:
        files.problems.append(_refused(path, root, f"this file cannot be read: {getattr(error, 'strerror', error)}"))


def _refused(path: Path, root: Path, what: str, remedy: str = "") -> Problem:
    return Problem(code="E127", place=Place(path.relative_to(root).as_posix()), what=what, remedy=remedy)
