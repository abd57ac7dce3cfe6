"""A project folder → settings, checked definitions, templates and every Problem at once. Never raises on what people wrote."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from opportune.adapters.project.connectors import connectors_of
from opportune.adapters.project.declared import read_settings, vary_settings
from opportune.adapters.project.definitions import Read, read_definitions
from opportune.adapters.project.desk import Desk
from opportune.adapters.project.files import SETTINGS_FILE, Files, read_alone, read_files
from opportune.adapters.project.form import Form
from opportune.adapters.project.journeys import DEFAULTS, Defaults, read_journey
from opportune.adapters.project.nodes import Entry, Map, Node, Scalar, nodes_of
from opportune.adapters.project.predictions import heuristics_of
from opportune.adapters.project.sending import read_rungs, read_sending
from opportune.adapters.project.settings import Settings
from opportune.adapters.project.settings_file import KEYS as SETTINGS_KEYS
from opportune.adapters.project.settings_file import settings_of
from opportune.adapters.project.shelf import Shelf, key_of
from opportune.adapters.project.tables import TableFile, read_tables
from opportune.adapters.project.templates import TemplateSource, check_templates, read_templates
from opportune.adapters.project.tiers import BY
from opportune.adapters.project.webhook_sources import Webhook
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Expr, Score
from opportune.language.tree.journeys import Journey
from opportune.language.tree.moments import Moment
from opportune.language.tree.pinning import Pins, pinned
from opportune.language.tree.reading import selectors_in
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.tree.sending import Sending
from opportune.language.tree.sessions import SESSIONS
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, ProblemsFound, Severity, did_you_mean
from opportune.stages.privacy.tracking import asks_first

ROOMS = ("settings", "events", "tables", "metrics", "segments", "scores", "ladders", "tiers", "predictions", "derived", "rungs", "journeys")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DASHED = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project as its files say. It may be used when none of its problems is an error."""

    settings: Settings = field(default_factory=Settings)
    definitions: Definitions = field(default_factory=Definitions)
    templates: Mapping[str, TemplateSource] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Relative path → text of every file that matters."""
    hash: str = ""
    """Content hash of `files`."""
    tables: Mapping[str, TableFile] = field(default_factory=dict)
    """The tables that are files, by their stored names: what relation `table_rows` must hold."""
    pins: Pins = field(default_factory=lambda: Pins({}, {}), compare=False, repr=False)
    """The stored names of derived events and of tables that are files."""
    desk: Desk = field(default_factory=Desk, compare=False, repr=False)
    """Where its expressions were read: what `moment` reads further ones with."""

    @property
    def schema(self) -> Schema:
        """What is known of events, the project's own declarations included."""
        return self.desk.schema

    def moment(self, text: str, where: str) -> tuple[Moment, Definitions]:
        """A moment written outside the files, in this project's names, and the definitions with all that it reads.

        `where` says so in problems; raises ProblemsFound.
        """
        desk = replace(self.desk, form=Form())
        place = Place(where)
        found = desk.moment(Scalar(text, text, place, text, 0), where)
        errors = [problem for problem in desk.form.problems if problem.severity is Severity.ERROR]
        if found is None or errors:
            raise ProblemsFound(errors)
        definitions, pins = self._with_what_is_read(found)
        return pins.on(found), definitions

    def expressions(self, texts: Mapping[str, str]) -> tuple[dict[str, Expr], Definitions]:
        """Expressions written outside the files, by name, and the definitions with all that they read; raises ProblemsFound."""
        desk = replace(self.desk, form=Form())
        found = {name: desk.value(Scalar(text, text, Place(name), text, 0), name) for name, text in texts.items()}
        errors = [problem for problem in desk.form.problems if problem.severity is Severity.ERROR]
        known = {name: tree for name, tree in found.items() if tree is not None}
        if errors or len(known) < len(found):
            raise ProblemsFound(errors)
        definitions, pins = self._with_what_is_read(*known.values())
        return {name: pins.on(tree) for name, tree in known.items()}, definitions

    def _with_what_is_read(self, *trees: object) -> tuple[Definitions, Pins]:
        """The definitions, with the built-in visits where the trees read them and no definition does."""
        if SESSIONS.name in self.pins.events or not _reads_sessions(trees):
            return self.definitions, self.pins
        visits, pins = pinned(Definitions(derived={SESSIONS.name: SESSIONS}), {})
        definitions = replace(self.definitions, derived={**visits.derived, **self.definitions.derived})
        return definitions, Pins({**self.pins.events, **pins.events}, self.pins.tables)


def read_project(
    folder: Path,
    learned: Schema = USUAL,
    *,
    with_templates: bool = True,
    varied: Mapping[str, str] = MappingProxyType({}),
    shelf: Shelf | None = None,
) -> Project:
    """The project in `folder`; `learned` is what the data taught about events, properties and traits.

    `varied` gives settings other values than the files do (`backtest --vary setting.x=...`), written as in YAML.
    Without `with_templates` templates are found but not compiled, which spares a second where only definitions matter; then what was
    read before may come from the `shelf`.
    """
    files = read_files(folder, _data_folder(folder))
    if shelf is None or with_templates or files.problems:
        return _read_from(files, learned, with_templates=with_templates, varied=varied)
    key = key_of(learned.text, repr(sorted(varied.items())), *chain.from_iterable(files.all.items()))
    found = shelf.taken(key)
    if isinstance(found, Project) and _has_tables(files, found):
        return found
    project = _read_from(files, learned, with_templates=False, varied=varied)
    if not any(problem.severity is Severity.ERROR for problem in project.problems):
        shelf.put(key, project)
    return project


def _has_tables(files: Files, project: Project) -> bool:
    """The tables, which are read when a definition names them, say what they said."""
    before = {*files.definitions, *files.templates}
    return all(files.table(name, Place(name)) == text for name, text in project.files.items() if name not in before)


def _read_from(files: Files, learned: Schema, *, with_templates: bool, varied: Mapping[str, str]) -> Project:
    desk = Desk(schema=learned)
    desk.form.problems += files.problems
    roots = _roots(files, desk)
    settings = settings_of(roots[SETTINGS_FILE], desk.form) if SETTINGS_FILE in roots else Settings()
    maps = {name for source in settings.sources.values() for name in source.maps}
    found = _collected({name: root for name, root in roots.items() if name not in maps}, desk)
    webhooks = [source for source in settings.sources.values() if isinstance(source, Webhook)]
    connectors_of(webhooks, files.definitions, desk.form)  # for its problems: a kept project holds plain nodes, and no compiled paths
    templates = read_templates(files, desk)
    codes = asks_first(settings.shop.opt_in)
    asks_unknown = settings.shop.country is None or settings.shop.country in codes
    desk.names = replace(desk.names, zone=settings.shop.timezone, asks_first=codes, asks_unknown=asks_unknown)
    desk.tiers_calibrated = settings.calibrate.tiers
    read_settings(found["settings"], desk)
    vary_settings(varied, desk)
    tables = read_tables(found["tables"], files, desk)
    read = read_definitions(found, desk)
    if with_templates:
        check_templates(templates, settings, desk)
    sending = read_sending(roots.get(SETTINGS_FILE), settings.shop.timezone, desk)
    journeys = _journeys(found["journeys"], _defaults(roots, read_rungs(found["rungs"], desk), desk), templates, desk)
    definitions, pins = pinned(_definitions(journeys, sending, read, desk), tables)
    return Project(
        settings=settings,
        definitions=definitions,
        templates=templates,
        tables={pins.tables[name]: table for name, table in tables.items()},
        pins=pins,
        problems=_sorted((*desk.form.problems, *files.problems)),
        files=files.all,
        hash=files.hash,
        desk=desk,
    )


def settings_in(folder: Path) -> Settings:
    """What opportune.yml alone says, for whoever only wants to find the stores: its problems are told by `read_project`."""
    text = read_alone(folder, SETTINGS_FILE) if folder.is_dir() else None
    root = nodes_of(text, SETTINGS_FILE)[0] if text is not None else None
    return settings_of(root, Form()) if isinstance(root, Map) else Settings()


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, by its place."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.place, problem.code, problem.what)))


def _data_folder(folder: Path) -> str:
    """Where `opportune.yml` puts the data, found before anything else is read; its problems are told later."""
    text = read_alone(folder, SETTINGS_FILE) if folder.is_dir() else None
    root = nodes_of(text, SETTINGS_FILE)[0] if text is not None else None
    data = root.get("data") if isinstance(root, Map) else None
    said = data.value if isinstance(data, Scalar) else None
    return said if isinstance(said, str) and said.isprintable() else Settings().data


def _roots(files: Files, desk: Desk) -> dict[str, Map]:
    roots: dict[str, Map] = {}
    for name, text in files.definitions.items():
        node, problems = nodes_of(text, name)
        desk.form.problems += problems
        if node is None or (isinstance(node, Scalar) and node.value is None):
            if name == SETTINGS_FILE and not problems:
                roots[name] = Map((), Place(name, 1), 1)
        else:
            roots[name] = desk.form.map(node, name)
    return roots


def _collected(roots: Mapping[str, Map], desk: Desk) -> dict[str, list[Entry]]:
    """Every named definition by room, each name once."""
    found: dict[str, dict[str, Entry]] = {room: {} for room in ROOMS}
    for name, root in roots.items():
        if root.get("journey") is not None and name != SETTINGS_FILE:
            _enter("journeys", _alone(root, desk), found, desk)
            continue
        for entry in root.entries:
            if entry.key in ROOMS:
                for inner in desk.form.map(entry.node, f"{entry.key}:").entries:
                    _enter(entry.key, inner, found, desk)
            elif name != SETTINGS_FILE or entry.key not in (*SETTINGS_KEYS, "journey_defaults"):
                _unknown_map(entry, name, desk)
    return {room: list(entries.values()) for room, entries in found.items()}


def _unknown_map(entry: Entry, file: str, desk: Desk) -> None:
    here = (*ROOMS, "journey") if file != SETTINGS_FILE else (*ROOMS, *SETTINGS_KEYS, "journey_defaults")
    if entry.key in (*SETTINGS_KEYS, "journey_defaults"):
        remedy = "Move it to opportune.yml."
    else:
        remedy = did_you_mean(entry.key, here) or f"There are {', '.join(here)}."
    desk.form.report(entry, "E123", f"{file} has no key '{entry.key}'", remedy)


def _alone(root: Map, desk: Desk) -> Entry | None:
    """A file that is one journey."""
    head = next(entry for entry in root.entries if entry.key == "journey")
    name = desk.form.value(head.node, "journey", str)
    rest = tuple(entry for entry in root.entries if entry.key != "journey")
    for entry in rest:
        if entry.key in ROOMS:
            desk.form.report(
                entry, "E123", f"a file with `journey:` holds one journey and no '{entry.key}:'", "Move it to a file of its own."
            )
    kept = tuple(entry for entry in rest if entry.key not in ROOMS)
    return Entry(name, Map(kept, head.place, root.size), head.place) if name is not None else None


def _enter(room: str, entry: Entry | None, found: dict[str, dict[str, Entry]], desk: Desk) -> None:
    if entry is None:
        return
    pattern = _DASHED if room == "journeys" else _NAME
    is_raw = room == "events" and not (isinstance(entry.node, Map) and entry.node.get("of") is not None)
    if not is_raw and room != "derived" and not pattern.fullmatch(entry.key):
        remedy = "Names are small letters, digits and _" + (" or -" if room == "journeys" else "") + ", beginning with a letter."
        desk.form.report(entry, "E126", f"'{entry.key}' cannot be a name in {room}:", remedy)
        return
    if is_raw:  # declarations of one event in several files add up
        found[room][f"{entry.key} {entry.place}"] = entry
        return
    first = found[room].setdefault(entry.key, entry)
    if first is not entry:
        desk.form.report(entry, "E128", f"'{entry.key}' is defined twice in {room}:", f"It is first at {first.place}; keep one.")


def _defaults(roots: Mapping[str, Map], rungs: Mapping[str, tuple[str, ...]], desk: Desk) -> Defaults:
    node: Node | None = roots[SETTINGS_FILE].get("journey_defaults") if SETTINGS_FILE in roots else None
    return Defaults(desk.form.map(node, "journey_defaults", DEFAULTS) if node is not None else None, rungs)


def _journeys(entries: list[Entry], defaults: Defaults, templates: Mapping[str, TemplateSource], desk: Desk) -> dict[str, Journey]:
    read = ((entry.key, read_journey(entry, defaults, frozenset(templates), desk)) for entry in entries)
    return {name: journey for name, journey in read if journey is not None}


def _definitions(journeys: dict[str, Journey], sending: Sending, read: Read, desk: Desk) -> Definitions:
    def of(room: str) -> dict[str, Expr]:
        keys = (key for key in desk.trees if key.startswith(f"{room}.") and key not in attached)
        return {key.split(".", 1)[1]: desk.trees[key] for key in keys}

    attached = {key: key.rsplit(".", 1)[0] for key in desk.trees if key.startswith(("ladder.", "tier.")) and key.count(".") == 2}
    metrics, segments, ladders, tiers = of("metric"), of("segment"), of("ladder"), of("tier")
    reading = (*desk.trees.values(), *journeys.values(), sending, *read.derived.values())
    derived = dict(read.derived)
    if SESSIONS.name not in derived and _reads_sessions(reading):
        derived = {SESSIONS.name: SESSIONS, **derived}
    return Definitions(
        metrics=metrics,
        segments=segments,
        scores={name: tree for name, tree in of("score").items() if isinstance(tree, Score)},
        ladders=ladders,
        tiers=tiers,
        attached={
            whole: {key.rsplit(".", 1)[1]: desk.trees[key] for key, owner in attached.items() if owner == whole and _is_told(key, desk)}
            for whole in dict.fromkeys(owner for key, owner in attached.items() if _is_told(key, desk))
        },
        heuristics=heuristics_of(desk),
        steps_of={key: steps for key, steps in desk.steps.items() if key in desk.trees},
        derived=derived,
        tables={name: known.table for name, known in desk.names.tables.items()},
        journeys=journeys,
        sending=sending,
        labels=read.labels,
        samples=desk.samples,
        kinds={key: kind for key, kind in desk.kinds.items() if _is_told(key, desk) and kind is not Kind.NULL},
    )


def _reads_sessions(trees: Iterable[object]) -> bool:
    return any(SESSIONS.name in selector.derived for selector in selectors_in(tuple(trees)))


def _is_told(key: str, desk: Desk) -> bool:
    return key in desk.trees and not key.startswith("prediction.") and BY not in key
