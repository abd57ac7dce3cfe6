"""Properties and traits as SQL: the typed column, or the JSON value read strictly as its kind (`vocabulary.kinds.read_as`)."""

import sys
from collections.abc import Callable
from typing import assert_never

from opportune.language.compiler import wall_clocks
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term
from opportune.language.vocabulary.events import HOT, MESSAGE_EVENTS, PROPERTIES
from opportune.language.vocabulary.kinds import LARGEST, MONEY_SCALE, Kind

_MOST = sys.float_info.max
_NUMERIC = ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE")
"""What an engine calls the JSON numbers."""
_DIGITS = "DECIMAL(38, 15)"


def selected(names: tuple[str, ...], table: str) -> Term:
    """The events of a selector; without names, every raw one that is no message of ours."""
    if names:
        listed = [sql.text(name) for name in names]
        return sql.equal(sql.column("name", table), listed[0]) if len(listed) == 1 else sql.one_of(sql.column("name", table), listed)
    ours = sql.one_of(sql.column("name", table), [sql.text(name) for name in sorted(MESSAGE_EVENTS)])
    return sql.both(sql.equal(sql.column("line", table), sql.number(0)), sql.negated(ours))


def stored_column(name: str, kind: Kind | None) -> str | None:
    """The column of `events` that holds the property as this kind, if there is one."""
    return name if name in HOT and PROPERTIES[name] is (kind or Kind.TEXT) else None


def property_term(name: str, kind: Kind | None, *, declared: bool, table: str) -> Term:
    """A property of the event in `table`, null where it has none of that kind."""
    held = stored_column(name, kind)
    if held is not None:
        return sql.column(held, table)

    def rest() -> Term:
        return sql.column("rest", table)

    return read_json(kind or Kind.TEXT, lambda: sql.json_text(rest(), name), lambda: sql.json_kind(rest(), name), declared=declared)


def trait_term(kind: Kind | None, document: Callable[[], Term]) -> Term:
    """A trait's JSON value read as its kind."""

    def content() -> Term:
        return sql.json_text_of(document())

    return read_json(kind or Kind.TEXT, content, lambda: sql.json_kind_of(document()), declared=False)


def read_json(kind: Kind, content: Callable[[], Term], form: Callable[[], Term], *, declared: bool) -> Term:
    """The JSON value whose text is `content` and whose JSON type is `form`, read as `kind`."""

    def numeric() -> Term:
        return sql.one_of(form(), map(sql.text, _NUMERIC))

    def is_text() -> Term:
        return sql.equal(form(), sql.text("VARCHAR"))

    match kind:
        case Kind.TEXT:
            return sql.choose(sql.either(is_text(), numeric()) if declared else is_text(), content())
        case Kind.NUMBER:
            real = sql.try_cast(content(), "DOUBLE")
            # an import lets NaN and 1e400 pass; engines rank NaN above every number, so this bound leaves it out too
            return sql.choose(sql.both(numeric(), sql.within(real, sql.real(-_MOST), sql.real(_MOST))), real.copy())
        case Kind.BOOLEAN:
            return sql.choose(sql.equal(form(), sql.text("BOOLEAN")), sql.equal(content(), sql.text("true")))
        case Kind.MONEY:
            return sql.choose(sql.either(numeric(), is_text()), _whole(content, MONEY_SCALE, LARGEST // MONEY_SCALE))
        case Kind.DURATION:
            milliseconds = _whole(content, 1000, LARGEST // 1_000_000)
            return sql.choose(sql.either(numeric(), is_text()), sql.times(milliseconds, sql.number(1000)))
        case Kind.TIME:
            return sql.choose(is_text(), wall_clocks.instant(content))
        case Kind.NULL:
            return sql.null()
        case _:
            assert_never(kind)


def _whole(content: Callable[[], Term], scale: int, limit: int) -> Term:
    """Decimal text times `scale`, rounded half to even, as BIGINT; null where it is no number or beyond `limit`."""

    def exact() -> Term:
        return sql.try_cast(sql.call("trim", content()), _DIGITS)

    fits = sql.at_most(sql.call("abs", exact()), sql.number(limit))
    # the decimals have one digit too many for a product of two DECIMAL(38), so only the scale's own digits are multiplied
    return sql.choose(fits, sql.cast(sql.call("round_even", sql.times(exact(), sql.number(scale)), sql.number(0)), "BIGINT"))
