"""A new project from the starter pack: ordinary definition files that a shop copies and edits."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


class AlreadyThere(FileExistsError):
    """A file of the starter pack exists already; nothing was written."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = tuple(paths)
        more = f" and {len(paths) - 1} more files are" if len(paths) > 1 else " is"
        super().__init__(f"{paths[0]}{more} already there, so nothing was written; choose an empty folder")


def write(folder: Path, currency: str = "USD") -> list[Path]:
    """Write the starter project into `folder`, made when it is not there; gives the files written, sorted.

    Raises ValueError for what is no currency code, and AlreadyThere when a file would be overwritten.
    """
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"{currency!r} is no currency code; write three capitals, such as USD")
    texts = {folder / name: text for name, text in _sources(files(__package__) / "files", "")}
    taken = sorted(path for path in texts if path.exists() or path.is_symlink())
    if taken:
        raise AlreadyThere(taken)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("currency: USD", f"currency: {currency}"), encoding="utf-8")
    return sorted(texts)


def _sources(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".yml", ".mjml", ".txt", ".csv")):
            found.append((f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")))
    return found
