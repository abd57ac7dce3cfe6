"""`rungs:`, `caps:` and `quiet_hours:` of `opportune.yml`: what holds for all journeys together."""

import re
from collections.abc import Sequence
from datetime import timedelta

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import Value, clock, counted, text
from opportune.adapters.project.nodes import Entry, Map, Node, Scalar
from opportune.language.tree.expressions import Coalesce, Expr, Literal
from opportune.language.tree.sending import THREE, QuietHours, Sending
from opportune.language.vocabulary.kinds import Kind

LONGEST_GAP = timedelta(days=7)
"""As far back as messages are counted."""
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def read_rungs(entries: Sequence[Entry], desk: Desk) -> dict[str, tuple[str, ...]]:
    """Ladder → its rungs, the highest first."""
    return {entry.key: _rungs(entry, desk) for entry in entries}


def _rungs(entry: Entry, desk: Desk) -> tuple[str, ...]:
    what = f"rungs of '{entry.key}'"
    nodes = desk.form.listing(entry.node, what)
    found = [name for node in nodes if (name := desk.form.value(node, what, _name)) is not None]
    for twin in sorted({name for name in found if found.count(name) > 1}):
        desk.form.report(entry, "E128", f"'{twin}' stands twice in {what}", "Keep one.")
    return tuple(dict.fromkeys(found))


def _name(value: Value) -> str:
    said = text(value)
    if not _NAME.fullmatch(said):
        raise ValueError(f"must be names of small letters, digits, _ or -, and {said} is none")
    return said


def read_sending(root: Map | None, zone: str, desk: Desk) -> Sending:
    """The rules of volume, every reference of the cap inlined; what is absent keeps its default."""
    caps = root.get("caps") if root is not None else None
    quiet = root.get("quiet_hours") if root is not None else None
    weekly, gap = (THREE, None) if caps is None else _caps(caps, desk)
    return Sending(weekly=weekly, gap=gap, quiet=_quiet(quiet, desk) if quiet is not None else None, zone=zone)


def _caps(node: Node, desk: Desk) -> tuple[Expr | None, timedelta | None]:
    form = desk.form.map(node, "caps", ("weekly", "gap", "none"))
    if _is_none(form):
        return None, None
    weekly, apart = form.get("weekly"), form.get("gap")
    gap = desk.duration(apart, "caps.gap") if apart is not None else None
    if apart is not None and gap is not None and gap > LONGEST_GAP:
        desk.form.report(apart, "E125", "caps.gap must be at most 7d")
        gap = None
    return THREE if weekly is None else _weekly(weekly, desk), gap


def _weekly(node: Node, desk: Desk) -> Expr:
    """A number, or an expression with one; where that has no value the default holds."""
    if isinstance(node, Scalar) and not isinstance(node.value, str):
        return Literal(value) if (value := desk.form.value(node, "caps.weekly", counted)) is not None else THREE
    done = desk.finished(desk.parsed(node, "caps.weekly"), node.place, Kind.NUMBER)
    return Coalesce((done[0], THREE)) if done is not None else THREE


def _quiet(node: Node, desk: Desk) -> QuietHours | None:
    form = desk.form.map(node, "quiet_hours", ("from", "to", "none"))
    if _is_none(form):
        return None
    form = desk.form.map(node, "quiet_hours", None, ("from", "to"))
    begins, ends = (_clock(form.get(key), f"quiet_hours.{key}", desk) for key in ("from", "to"))
    if begins is None or ends is None:
        return None
    if begins == ends:
        desk.form.report(node, "E125", "quiet_hours must begin and end at different times", "Write quiet_hours: {none: true} for none.")
        return None
    return QuietHours(begins=begins, ends=ends)


def _clock(node: Node | None, what: str, desk: Desk) -> int | None:
    return desk.constant(node, what, clock) if node is not None else None


def _is_none(form: Map) -> bool:
    none = form.get("none")
    return isinstance(none, Scalar) and none.value is True
