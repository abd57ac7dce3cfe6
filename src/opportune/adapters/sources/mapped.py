"""Map files: how the rows of a foreign table are told as events and traits. The format is shown in examples/online-retail/map.yml.

Each entry of `events:` and `customers:` makes one call for each row, or for each value of `group:`, of the rows for which `where:`
holds. Ids are text with `{expression}` in it; the rest are expressions (sources.expressions). Beside the columns of the table they may
name `file_name` and `file_time`, and those of `optional:`, null where the table has none. Those of `text:` are not taken for numbers.
"""

from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from opportune.adapters.sources.expressions import Scope, compiled, template
from opportune.adapters.sources.tables import ROWS, quoted, text
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.problems import Place, Problem, ProblemsFound, did_you_mean

_BOTH = {"where": str, "group": (str, list), "event_id": str, "customer_id": str, "anonymous_id": str, "ts": str}
_KEYS: dict[str, dict[str, Any]] = {
    "events": {"event": str} | _BOTH | {"properties": dict, "lists": dict},
    "customers": _BOTH | {"traits": dict},
}
_NEEDED = {"events": ("event",), "customers": ("traits",)}
_CONTENT = "content_of_row"
_COLUMNS = {"optional": list, "text": list}
_SHAPES = {str: "text", dict: "a map", (str, list): "a column or a list of columns"}


@dataclass(frozen=True)
class Mapping:
    """A map file that was read: its entries, sound in shape; whether they fit a table is seen with the table."""

    file: str
    entries: tuple[tuple[str, CommentedMap], ...]
    optional: tuple[str, ...] = ()
    """Columns that are not in every file."""
    text: tuple[str, ...] = ()
    """Columns that stay as they are written, whatever they look like: with decimal commas `1.250` is no number with a point."""

    @property
    def is_row_by_row(self) -> bool:
        """No entry looks at several rows at once."""
        return not any("group" in entry for _, entry in self.entries)


@dataclass(frozen=True)
class About:
    """The file a table is from: its name and when it was last changed, ISO 8601."""

    name: str = ""
    changed: str = ""

    @classmethod
    def of(cls, file: Path) -> "About":
        """Of a file that is there."""
        return cls(file.name, format_instant(Instant(file.stat().st_mtime_ns // 1000)))


_NO_FILE = About()
_SHIPPED = Path(__file__).parents[2] / "connectors" / "lists"


def map_at(folder: Path, name: str) -> Path:
    """The map of that name: one that comes with Opportune, such as `mailchimp`, or a file of the folder."""
    return _SHIPPED / f"{name}.yml" if name in shipped() else folder / name


def shipped() -> tuple[str, ...]:
    """Names of the maps that come with Opportune."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yml")))


def read_mapping(path: Path) -> Mapping:
    """Reads a map file. Raises ProblemsFound with everything that is wrong with its shape."""
    try:
        written = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ProblemsFound([_problem("E701", path, line, f"this is no YAML: {error.problem}", "Mend the line.")]) from error
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ProblemsFound(
            [_problem("E701", path, 0, f"the map cannot be read: {error}", "Check the path and the encoding (UTF-8).")]
        ) from error
    if not isinstance(written, CommentedMap) or not set(written) & set(_KEYS):
        raise ProblemsFound(
            [_problem("E703", path, 1, "the map has neither `events:` nor `customers:`", "See examples/online-retail/map.yml.")]
        )
    problems = list(_unknown(written, {**_KEYS, **_COLUMNS}, path))
    columns = {key: written.get(key) or [] for key in _COLUMNS}
    for key, said in columns.items():
        if not isinstance(said, list) or not all(isinstance(name, str) for name in said):
            problems.append(_problem("E703", path, written.lc.key(key)[0] + 1, f"`{key}:` is a list of columns", "Begin each with `- `."))
    entries = []
    for kind in _KEYS:
        for entry in written.get(kind) or ():
            problems += _entry_problems(kind, entry, written, path)
            entries.append((kind, entry))
    if problems:
        raise ProblemsFound(problems)
    return Mapping(str(path), tuple(entries), **{key: tuple(said) for key, said in columns.items()})


def _entry_problems(kind: str, entry: object, whole: CommentedMap, path: Path) -> list[Problem]:
    if not isinstance(entry, CommentedMap):
        return [_problem("E703", path, whole.lc.key(kind)[0] + 1, f"`{kind}:` is a list of maps", "Begin each entry with `- `.")]
    line = entry.lc.line + 1
    problems = list(_unknown(entry, _KEYS[kind], path))
    problems += [_problem("E703", path, line, f"this entry has no `{key}:`", "Add it.") for key in _NEEDED[kind] if key not in entry]
    if "group" in entry:
        what = "an entry with `group:` needs an `event_id:`"
        problems += [_problem("E703", path, line, what, "Write it of the columns it is grouped by.")] if "event_id" not in entry else []
    if "customer_id" not in entry and "anonymous_id" not in entry and kind == "customers":
        problems.append(_problem("E703", path, line, "this entry has neither `customer_id:` nor `anonymous_id:`", "Add one."))
    for key, shape in _KEYS[kind].items():
        if key in entry and not isinstance(entry[key], shape):
            problems.append(
                _problem("E703", path, entry.lc.key(key)[0] + 1, f"`{key}:` must be {_SHAPES[shape]}", "Put quotes round a text.")
            )
    return problems


def _unknown(found: CommentedMap, known: Table[str, object], path: Path) -> list[Problem]:
    return [
        _problem(
            "E702",
            path,
            found.lc.key(key)[0] + 1,
            f"a map has no key {key!r} here",
            did_you_mean(str(key), known) or f"There are {', '.join(known)}.",
        )
        for key in found
        if key not in known
    ]


def _problem(code: str, path: Path | str, line: int, what: str, remedy: str) -> Problem:
    return Problem(code=code, place=Place(str(path), line), what=what, remedy=remedy)


def from_mapping(mapping: Mapping, columns: Table[str, str], about: About = _NO_FILE, *, needs_time: bool = True) -> tuple[str, str]:
    """The queries for the calls a map makes of `source_rows`, and for the number of rows it leaves out. `needs_time`: what says none is
    refused; else an entry may have no `ts:`, and its calls are of when they are received."""
    rows, names = _rows(mapping, columns, about)
    entries = [_Entry(mapping.file, kind, entry, names, rows, place, needs_time) for place, (kind, entry) in enumerate(mapping.entries)]
    queries = [query for entry in entries for query in entry.queries()]
    problems = [problem for entry in entries for problem in entry.problems]
    if problems:
        raise ProblemsFound(problems)
    spoken_of = " OR ".join(f"coalesce({entry.where}, false)" for entry in entries)
    return " UNION ALL BY NAME ".join(queries), f"SELECT count(*) FROM {rows} WHERE NOT ({spoken_of})"


def _rows(mapping: Mapping, columns: Table[str, str], about: About) -> tuple[str, frozenset[str]]:
    """The table as expressions see it, and the names of its columns."""
    beside = {"file_name": text(about.name), "file_time": text(about.changed)}
    beside |= dict.fromkeys(mapping.optional, "NULL::VARCHAR")
    added = {name: value for name, value in beside.items() if name not in columns}
    shown = "".join(f", {value} AS {quoted(name)}" for name, value in added.items())
    read = f"(SELECT rowid, md5(to_json({ROWS})::VARCHAR) AS {_CONTENT}, *{shown} FROM {ROWS}) AS {ROWS}"
    return read, frozenset((*columns, *added))


class _Entry:
    """One entry against the columns of a table; collects what does not fit."""

    def __init__(self, file: str, kind: str, entry: CommentedMap, columns: frozenset[str], rows: str, place: int, needs_time: bool) -> None:
        self._file, self._kind, self._entry, self._table, self._number, self._needs_time = file, kind, entry, rows, place, needs_time
        group = entry.get("group")
        self._group = None if group is None else tuple([group] if isinstance(group, str) else group)
        self._rows, self._scope = Scope(columns), Scope(columns, self._group)
        self.problems: list[Problem] = []
        for name in self._group or ():
            self._expression(name, self._rows, self._place(entry, "group"))
        self.where = self._said("where", self._rows) if "where" in entry else "true"

    def queries(self) -> list[str]:
        """One query for the calls, one for the rows that lack what they are grouped by."""
        group = ", ".join(quoted(name) for name in self._group or ())
        lacking = " OR ".join(f"{quoted(name)} IS NULL" for name in self._group or ()) or "false"
        call = "'track'" if self._kind == "events" else "'identify'"
        said = {"type": call, "event": text(str(self._entry.get("event", ""))), **self._ids(), **self._documents()}
        has_time, time = "ts" in self._entry, "NULL::VARCHAR"
        if has_time:
            time = f"strftime(TRY_CAST({self._said('ts', self._scope)} AS TIMESTAMPTZ)::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ')"
        told = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in (said | {"timestamp": time}).items())
        place = "rowid" if self._group is None else "min(rowid)"
        empty = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in _EMPTY.items() if name not in {**said, "timestamp": ""})
        no_id = f"WHEN {said['messageId']} IS NULL THEN 'event_id is null'" if "event_id" in self._entry else ""
        no_time = f"WHEN {time} IS NULL THEN 'ts is missing or no ISO 8601 time'" if has_time or self._needs_time else ""
        refused = f"CASE {no_time} {no_id} WHEN false THEN '' END"
        rows = f"FROM {self._table} WHERE ({self.where}) AND NOT ({lacking})" + (f" GROUP BY {group}" if group else "")
        content = "NULL::VARCHAR" if "event_id" in self._entry else f"concat({_CONTENT}, '-{self._number}')"
        calls = f"SELECT {place} AS place, {refused} AS refused, {content} AS content, {told}, {empty} {rows}"
        lacks = text(f"{', '.join(self._group or ())} is null")
        orphans = f"SELECT rowid AS place, {lacks} AS refused FROM {self._table} WHERE ({self.where}) AND ({lacking})"
        return [calls, orphans] if group else [calls]

    def _ids(self) -> dict[str, str]:
        """Who it is told of: the customer, or where that is null the anonymous id."""
        customer = self._id("customer_id") if "customer_id" in self._entry else "NULL::VARCHAR"
        anonymous = self._id("anonymous_id") if "anonymous_id" in self._entry else "NULL::VARCHAR"
        event = self._id("event_id") if "event_id" in self._entry else "NULL::VARCHAR"
        return {"messageId": event, "userId": customer, "anonymousId": f"CASE WHEN {customer} IS NULL THEN {anonymous} END"}

    def _documents(self) -> dict[str, str]:
        """Properties or traits, nulls left out."""
        name = "properties" if self._kind == "events" else "traits"
        values = [f"{text(str(key))}, {value}" for key, value in self._values(self._entry.get(name) or CommentedMap(), self._scope)]
        for key, of in (self._entry.get("lists") or {}).items():
            values.append(f"{text(str(key))}, {self._list(of, self._place(self._entry['lists'], key))}")
        return {name: f"json_merge_patch('{{}}'::JSON, json_object({', '.join(values)}))"}

    def _list(self, of: Any, place: Place) -> str:
        """A list with one object for each row of the group, in the order of the file."""
        if (
            self._group is None
            or not isinstance(of, CommentedMap)
            or not isinstance(of.get("each"), CommentedMap)
            or set(of) - {"each", "where"}
        ):
            what, remedy = (
                "a list has `each:` (a map) and perhaps `where:`, in an entry with `group:`",
                "See examples/online-retail/map.yml.",
            )
            self.problems.append(Problem(code="E703", place=place, what=what, remedy=remedy))
            return "NULL"
        values = ", ".join(f"{text(str(key))}, {value}" for key, value in self._values(of["each"], self._rows))
        where = self._expression(str(of["where"]), self._rows, self._place(of, "where")) if "where" in of else "true"
        return f"list(json_merge_patch('{{}}'::JSON, json_object({values})) ORDER BY rowid) FILTER (WHERE {where})"

    def _values(self, written: CommentedMap, scope: Scope) -> list[tuple[str, str]]:
        return [(str(key), self._expression(str(value), scope, self._place(written, key))) for key, value in written.items()]

    def _said(self, key: str, scope: Scope) -> str:
        return self._expression(str(self._entry[key]), scope, self._place(self._entry, key))

    def _id(self, key: str) -> str:
        sql, problems = template(str(self._entry[key]), self._scope, self._place(self._entry, key))
        self.problems += problems
        return f"({sql})"

    def _expression(self, written: str, scope: Scope, place: Place) -> str:
        sql, problems = compiled(written, scope, place)
        self.problems += problems
        return sql

    def _place(self, found: CommentedMap | CommentedSeq, key: str) -> Place:
        return Place(self._file, found.lc.key(key)[0] + 1)


_EMPTY = {
    **dict.fromkeys(
        ("type", "messageId", "userId", "anonymousId", "previousId", "event", "name", "groupId", "timestamp", "receivedAt"), "VARCHAR"
    ),
    **dict.fromkeys(("properties", "traits", "context"), "JSON"),
}
