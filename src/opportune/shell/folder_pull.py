"""A folder read once: every file that is new or grew, told to the log and then remembered.

Cost    about 25 µs a row
Held to tests/pulls/test_folders.py
"""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from opportune.adapters.project.pull_sources import FolderPull
from opportune.adapters.sources import tables
from opportune.adapters.sources.dialects import in_utf8
from opportune.adapters.sources.folders import Fresh, Left, Why, excerpt, files_of, looked_at, name_of
from opportune.adapters.sources.mapped import About, Mapping, map_at, read_mapping
from opportune.adapters.sources.tables import SourceFault
from opportune.adapters.sources.telling import Telling
from opportune.language.relations.loads import SetAside
from opportune.language.vocabulary.problems import ProblemsFound
from opportune.shell.pulling import Intake, Progress, Pulled, PullFault


def pull_folder(source: FolderPull, intake: Intake, progress: Progress) -> Pulled:
    """What is new in the folder. A file that cannot be read is set aside as a whole, and the others are read.

    Raises PullFault where the folder or the map cannot be read, LogFault and StoreFault.
    """
    workspace, found = intake.workspace, Pulled()
    folder = (workspace.folder / source.folder).resolve()
    try:
        mapping = read_mapping(map_at(workspace.folder, source.map)) if source.map is not None else None
        files = files_of(folder, source.pattern)
    except (SourceFault, ProblemsFound) as fault:
        raise PullFault(str(fault)) from fault
    for path in files:
        _pull_file(source, path, name_of(path, folder), mapping, intake, found, progress)
    intake.pulls.keep(source.name, {}, ended_at=workspace.clock())
    intake.set_aside(source.name, found)
    return found


def _pull_file(
    source: FolderPull, path: Path, name: str, mapping: Mapping | None, intake: Intake, found: Pulled, progress: Progress
) -> None:
    pulls = intake.pulls
    try:
        looked = looked_at(
            path,
            name,
            known=lambda name: pulls.file(source.name, name),
            has_content=lambda digest: pulls.has_content(source.name, digest),
            now=intake.workspace.clock(),
            settle=source.settle,
        )
        if isinstance(looked, Left):
            if looked.told is not None:
                pulls.keep_file(source.name, looked.told)
            if looked.why is Why.WRITTEN:
                found.waiting.append(name)
            return
        with tempfile.TemporaryDirectory(prefix="opportune-pull-") as passing:
            _tell(source, looked, mapping, intake, found, progress, Path(passing))
    except ProblemsFound as problems:
        raise PullFault(str(problems)) from problems
    except (SourceFault, OSError) as fault:
        found.asides.append(SetAside(name, 0, str(fault).replace(f"{path}: ", "", 1)))
        return
    found.parts += 1


def _tell(
    source: FolderPull, fresh: Fresh, mapping: Mapping | None, intake: Intake, found: Pulled, progress: Progress, passing: Path
) -> None:
    """One file, or the rest of it, told and remembered."""
    part, further = excerpt(fresh, passing)
    kind, torn = tables.kind_of(part), ""
    if part.suffix == ".gz":
        part, torn = tables.unpacked(part, passing)
    elif kind == "ndjson":
        part = tables.ended(part, passing)
    if kind != "parquet":
        part, _ = in_utf8(part, passing, is_csv=kind == "csv")
    grew, rows = fresh.begins > 0, _rows_of(source, fresh, intake)
    with Telling.of(part, mapping, About.of(fresh.path), passing) as telling:
        if not grew and fresh.before is not None:
            telling.leave_out(rows)
        refused = _append(source.name, telling, intake, found, progress)
        asides = telling.asides(refused)
        found.left_out += telling.left_out
        intake.reached()
        if not grew:
            telling.remember(rows)
    found.asides += [replace(aside, file=fresh.told.name, line=aside.line + further) for aside in asides]
    found.asides += [SetAside(fresh.told.name, 0, torn)] if torn else []
    intake.pulls.keep_file(source.name, fresh.told)


def _append(source: str, telling: Telling, intake: Intake, found: Pulled, progress: Progress) -> list[tuple[int, str]]:
    """The calls to the log; gives the rows that made none that can be stored."""
    refused: list[tuple[int, str]] = []
    for block in telling.blocks():
        judgement = intake.append(source, [each.call for each in block])
        refused += [(block[place].place, reason) for place, reason in judgement.refused]
        found.calls += len(judgement.lines)
        progress(found.calls, None)
    return refused


def _rows_of(source: FolderPull, fresh: Fresh, intake: Intake) -> Path:
    """Where it is kept which rows a file had."""
    folder = intake.workspace.data / "pulled" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{hashlib.blake2b(fresh.told.name.encode(), digest_size=8).hexdigest()}.parquet"
