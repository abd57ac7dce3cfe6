"""What the files of a project define, each by its kind and name, as it is written: for people who compare two versions.

Nothing is checked here. Files that cannot be read as YAML are listed whole.
"""

from collections.abc import Iterator, Mapping

from opportune.adapters.project.files import SETTINGS_FILE, TEMPLATES
from opportune.adapters.project.nodes import Entry, Map, Scalar, nodes_of

SINGULAR: Mapping[str, str] = {
    "settings": "setting",
    "events": "event",
    "tables": "table",
    "metrics": "metric",
    "segments": "segment",
    "scores": "score",
    "ladders": "ladder",
    "tiers": "tier",
    "predictions": "prediction",
    "derived": "derived",
    "rungs": "rungs",
    "journeys": "journey",
}
"""Room → what one of it is called, as in `segment.vip`."""

Listed = Mapping[tuple[str, str], str]
"""(kind, name) → text."""


def listed(files: Mapping[str, str]) -> Listed:
    """Every definition, setting of opportune.yml, template and table file. Declarations of one event in several files are joined."""
    found: dict[tuple[str, str], str] = {}
    for path, text in files.items():
        for key, written in _of_file(path, text):
            found[key] = f"{found[key]}\n{written}" if key in found else written
    return found


def _of_file(path: str, text: str) -> Iterator[tuple[tuple[str, str], str]]:
    if path.startswith(f"{TEMPLATES}/"):
        yield ("template", path.removeprefix(f"{TEMPLATES}/")), text
        return
    root = nodes_of(text, path)[0] if path.endswith(".yml") else None
    if not isinstance(root, Map):
        yield ("file", path), text
        return
    head = root.get("journey")
    if path != SETTINGS_FILE and isinstance(head, Scalar):
        yield ("journey", str(head.value)), text
        return
    lines = text.splitlines()
    for entry, end in _with_ends(root, len(lines) + 1):
        room = SINGULAR.get(entry.key)
        if room is None or not isinstance(entry.node, Map):
            yield (path, entry.key), _between(lines, entry.place.line, end)
            continue
        for inner, stop in _with_ends(entry.node, end):
            yield (room, inner.key), _between(lines, inner.place.line, stop)


def _with_ends(map_: Map, end: int) -> Iterator[tuple[Entry, int]]:
    """Each entry and the line before which it ends; entries on one line share it."""
    starts = [entry.place.line for entry in map_.entries]
    for entry in map_.entries:
        yield entry, min((line for line in starts if line > entry.place.line), default=max(end, entry.place.line + 1))


def _between(lines: list[str], start: int, end: int) -> str:
    """The lines from `start` to before `end`, without the blank and comment lines that lead to what follows."""
    kept = lines[start - 1 : end - 1]
    while len(kept) > 1 and (not kept[-1].strip() or kept[-1].lstrip().startswith("#")):
        kept.pop()
    indent = min((len(line) - len(line.lstrip()) for line in kept if line.strip()), default=0)
    return "\n".join(line[indent:].rstrip() for line in kept)
