"""Whether turns that were taken still follow.

Reads   the input FOLLOWS; what the value reads
Gives   `question`, `follows` for each row of the input
Cost    two values for each question, and with `hold` one for each change point in between
Held to meaning.follows, by tests/meaning/test_compiled_turns.py
"""

from opportune.language.compiler.causes import with_causes
from opportune.language.compiler.changes import changes
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.meetings import with_meetings
from opportune.language.compiler.reads import reads_of
from opportune.language.compiler.scopes import Watched
from opportune.language.compiler.turning import TURNED, Group, Turning, turning_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import FOLLOWS, WATCHES, Plan
from opportune.language.tree.moments import Changes, Turns
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def follows(moment: Turns | Changes) -> Plan:
    """Whether each turn of the input follows from what was received by `seen`."""
    steps, turning = Steps(), turning_of(moment)
    group = Group(steps, "retold", (turning,), Reading.AS_SEEN, narrow=True, is_ranged=False)
    candidates = steps.add("retold_candidates", _candidates(turning))
    points = _points(steps, turning) if turning.hold or group.reads.is_sampled else ""
    rows = group.turned(candidates, points)
    if turning.hold:
        rows = group.held(rows, points)
    if turning.to is not True:
        rows = group.still_there(rows)
    caused = with_causes(steps, rows, [(0, turning.value)], TURNED)
    same = [sql.equal(column(name, "c"), column(name, "q")) for name in ("identity_key", "at", "seen")]
    same += [sql.negated(sql.differs(column(name, "c"), column(f"trigger_{name}", "q"))) for name in ("event_id", "line")]
    still = {"question": column("question", "q")}
    steps.add("still", sql.query(still, Source(FOLLOWS.name, "q"), [Join(Source(caused, "c"), sql.both(*same))], distinct=True))
    joined = Join(Source("still", "s"), sql.equal(column("question", "s"), column("question", "q")), "LEFT")
    shown = {"question": column("question", "q"), "follows": sql.is_known(column("question", "s"))}
    query = sql.query(shown, Source(FOLLOWS.name, "q"), [joined], order=["question"])
    columns = (("question", Kind.NUMBER), ("follows", Kind.BOOLEAN))
    return Plan(steps.close(query), columns, (), (FOLLOWS,), populations_of([turning.value]))


def _candidates(turning: Turning) -> sql.Query:
    """Each question as a candidate."""
    shown: dict[str, Term] = {name: column(name, "q") for name in ("identity_key", "at", "seen")}
    shown |= {"point": sql.minus(column("at", "q"), sql.number(turning.hold)), "acted_at": column("seen", "q"), "lateness": sql.number(0)}
    shown["pair"] = sql.row_number(Window((), ("question",)))
    return sql.query(shown, Source(FOLLOWS.name, "q"))


def _points(steps: Steps, turning: Turning) -> str:
    """identity_key, at, known_at: the change points that can matter to a question."""
    reads = reads_of([turning.value])
    back = turning.hold + (turning.period if reads.is_sampled else 0)
    shown: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in WATCHES.columns}
    shown |= {"watch": column("question", "q"), "identity_key": column("identity_key", "q"), "until": column("seen", "q")}
    shown["after"] = sql.minus(sql.minus(column("at", "q"), sql.number(back)), sql.number(1))
    shown["moment"] = column("at", "q")
    asked = steps.add("retold_watches", sql.query(shown, Source(FOLLOWS.name, "q")))
    scope = Watched(Reading.AS_SEEN, asked, "moment")
    found = changes(steps, reads, scope, needs_presence=turning.needs_presence, period=turning.period)
    changed = with_meetings(steps, found, reads, scope)
    hers = Join(Source(asked, "w"), sql.equal(column("watch", "w"), column("watch", "c")))
    names = {"identity_key": column("identity_key", "w"), "at": column("at", "c"), "known_at": sql.smallest(column("known_at", "c"))}
    return steps.add("retold_points", sql.query(names, Source(changed, "c"), [hers], group=2))
