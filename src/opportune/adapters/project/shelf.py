"""What was read of a project, kept by the content of its files, so that a question asked again does not read them again.

A kept project is a pickle in the project's own data folder. Nothing but plain nodes of ours can come out of one: `_Nodes` knows their
classes by module and refuses everything else, so a data folder that somebody else wrote runs no code (docs/adr/0024). Whatever is wrong
with one, it counts as not there.

Cost    20 ms to take the starter pack, which takes 0.2 s to read; a look at the package's own files, whose content the key has
Held to tests/project/test_shelf.py
"""

import hashlib
import io
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import opportune

MOST = 6
"""Projects that are kept: the files as they are, and versions that run."""
ENDING = ".read"
_PURE = ("opportune.language.tree.", "opportune.language.vocabulary.")
_OURS = {f"opportune.adapters.project.{name}" for name in ("desk", "form", "project", "settings", "tables", "templates", "webhook_sources")}
_OTHERS = {
    ("datetime", "timedelta"),
    ("datetime", "datetime"),
    ("datetime", "timezone"),
    ("opportune.stages.content.brand", "Brand"),
    ("opportune.stages.content.offers", "Offer"),
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of kept projects. It need not be there, and nothing is lost with it."""

    folder: Path

    def taken(self, key: str) -> object | None:
        """What was put under a key by this very code; None where nothing whole is."""
        try:
            found: object = _Nodes(io.BytesIO((self.folder / f"{key}{ENDING}").read_bytes())).load()
        except Exception:  # a torn or foreign file fails in any way at all, and means the same: not there
            return None
        return found

    def put(self, key: str, kept: object) -> None:
        """Keep it, whole or not at all; the oldest make room."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(descriptor, "wb") as file:
                pickle.dump(kept, file, protocol=5)
            os.replace(draft, self.folder / f"{key}{ENDING}")
            for old in sorted(self.folder.glob(f"*{ENDING}"), key=lambda path: path.stat().st_mtime_ns)[:-MOST]:
                old.unlink()


class _Nodes(pickle.Unpickler):
    """Gives instances of our own nodes, settings and enumerations, and nothing else."""

    def find_class(self, module: str, name: str) -> type:
        """The class of a node. Raises UnpicklingError for anything else, functions among them."""
        if (module, name) in _OTHERS or ((module.startswith(_PURE) or module in _OURS) and "." not in name):
            found = super().find_class(module, name)
            if isinstance(found, type) and (found.__module__, found.__name__) == (module, name):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no node")


def key_of(*parts: str) -> str:
    """The name under which something read from these texts by this code is kept."""
    hashed = hashlib.blake2b(_code().encode(), digest_size=16)
    for part in parts:
        written = part.encode("utf-8", "surrogatepass")
        hashed.update(len(written).to_bytes(8, "big") + written)
    return hashed.hexdigest()


@cache
def _code() -> str:
    """What reads: this Python, and our own modules by size and time."""
    return f"{sys.version} {sorted(_modules(str(Path(opportune.__file__).parent)))}"


def _modules(folder: str) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            found = entry.stat()
            yield entry.path, found.st_size, found.st_mtime_ns
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _modules(entry.path)
