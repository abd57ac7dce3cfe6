"""Results as .csv or .parquet files: the ending says which, and a file is there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opportune.shell.refusals import Misused

ENDINGS = (".csv", ".parquet")


@contextmanager
def table_file(path: Path) -> Iterator[Path]:
    """Where to write; it takes the place of `path` when the block ends well. Folders on the way are made.

    Raises Misused for another ending.
    """
    if path.suffix not in ENDINGS:
        raise Misused(f"cannot write {path.name}\n  Name a file that ends in .csv or .parquet.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
