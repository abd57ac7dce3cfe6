"""`derived:`: moments written back as events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from opportune.adapters.project.desk import Desk, trigger_of
from opportune.adapters.project.nodes import Entry
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment
from opportune.language.tree.sessions import SESSIONS
from opportune.language.vocabulary.events import EVENTS, PROPERTIES
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Deriving:
    """An entry of `derived:` as parsed; `when` is None when it has problems."""

    entry: Entry
    when: Moment | None
    set: Mapping[str, Expr | None] = field(default_factory=dict)

    @property
    def trees(self) -> tuple[Moment | Expr, ...]:
        """Everything it reads."""
        return tuple(tree for tree in (self.when, *self.set.values()) if tree is not None)


def know_derived(entries: Iterable[Entry], desk: Desk) -> list[Entry]:
    """The names of derived events and of their properties, before anything is parsed; gives the entries that may be read."""
    fit = [entry for entry in entries if _is_free(entry, desk)]
    desk.names = replace(desk.names, derived=desk.names.derived | {entry.key for entry in fit})
    for entry in fit:
        desk.schema = desk.schema.with_event(entry.key, {})
    if SESSIONS.name not in {entry.key for entry in fit}:
        desk.schema = desk.schema.with_event(SESSIONS.name, SESSIONS.kinds)
    return fit


def _is_free(entry: Entry, desk: Desk) -> bool:
    if not entry.key.strip() or entry.key in desk.names.events:
        desk.form.report(entry, "E126", f"'{entry.key}' cannot be a name in derived:", "Give the event a name of its own.")
    elif entry.key in EVENTS:
        what = f"'{entry.key}' arrives from outside, so it cannot be derived"
        desk.form.report(entry, "E154", what, "Give the event a name of its own.")
    else:
        return True
    return False


def read_derived(entry: Entry, desk: Desk) -> Deriving:
    """One derived event as written."""
    what = f"derived event '{entry.key}'"
    form = desk.form.map(entry.node, what, ("when", "set"), ("when",))
    when, values = form.get("when"), form.get("set")
    entries = desk.form.map(values, f"set of {what}").entries if values is not None else ()
    trees = {inner.key: desk.parsed(inner.node, f"'{inner.key}' of {what}") for inner in entries}
    return Deriving(entry, desk.parsed_moment(when, f"when of {what}") if when is not None else None, trees)


def finish_derived(deriving: Deriving, desk: Desk) -> Derived | None:
    """Checked, with its properties' kinds known to the schema; its needs are checked already."""
    name, place = deriving.entry.key, deriving.entry.place
    moment = desk.finished_moment(deriving.when, place) if deriving.when is not None else None
    trigger = trigger_of((moment,)) if moment is not None else None
    done = {key: desk.finished(tree, place, PROPERTIES.get(key), trigger=trigger, is_derived=True) for key, tree in deriving.set.items()}
    kinds = {key: found[1] if found else Kind.NULL for key, found in done.items()}
    desk.schema = desk.schema.with_event(name, kinds)
    trees = {key: found[0] for key, found in done.items() if found}
    if moment is None or len(trees) < len(done):
        return None
    return Derived(name=name, when=moment, set=trees, kinds=kinds)
