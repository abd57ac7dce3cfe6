"""How exported values look: DESIGN section 4, as SQL over the columns of a finished result.

CSV holds text a person and a spreadsheet read alike: true/false, null empty, numbers in full and without exponent,
durations in seconds, times as ISO 8601 with `Z`, money in units of currency. Parquet holds the same values typed.
"""

from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind

_SECOND = 1_000_000
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})


def csv_value(column: str, kind: Kind, type_name: str) -> str:
    """The SQL text of a column as CSV shows it; `type_name` is the engine's type of the column."""
    match kind:
        case Kind.MONEY:
            return _scaled(column, MONEY_SCALE, type_name)
        case Kind.DURATION:
            return _scaled(column, _SECOND, type_name)
        case Kind.TIME:
            return _iso(column)
        case Kind.NUMBER:
            return column if type_name in _WHOLE else _plain(f"{column}::DOUBLE")
        case Kind.BOOLEAN | Kind.TEXT | Kind.NULL:
            return f"{column}::VARCHAR"


def parquet_value(column: str, kind: Kind, type_name: str) -> str:
    """The SQL text of a column as Parquet holds it: money and seconds as decimals, times as UTC timestamps."""
    match kind:
        case Kind.MONEY:
            return f"{column} / {float(MONEY_SCALE)}" if type_name not in _WHOLE else f"({column} * 0.0001::DECIMAL(5, 4))::DECIMAL(38, 4)"
        case Kind.DURATION:
            return f"{column} / {float(_SECOND)}" if type_name not in _WHOLE else f"({column} * 0.000001::DECIMAL(7, 6))::DECIMAL(38, 6)"
        case Kind.TIME:
            return f"make_timestamp({column}::BIGINT)::TIMESTAMPTZ"
        case _:
            return column


def _scaled(column: str, scale: int, type_name: str) -> str:
    """A whole number of 1/scale units in full decimals, without trailing zeros."""
    if type_name not in _WHOLE:
        return _plain(f"({column}::DOUBLE / {float(scale)})")
    size = f"abs({column}::HUGEINT)"
    decimals = f"rtrim(lpad(({size} % {scale})::VARCHAR, {len(str(scale)) - 1}, '0'), '0')"
    sign = f"CASE WHEN {column} < 0 THEN '-' ELSE '' END"
    point = f"CASE WHEN {size} % {scale} = 0 THEN '' ELSE '.' || {decimals} END"
    return f"{sign} || ({size} // {scale})::VARCHAR || {point}"


def _iso(column: str) -> str:
    moment = f"make_timestamp({column}::BIGINT)"
    decimals = f"CASE WHEN {column} % {_SECOND} = 0 THEN '' ELSE rtrim(strftime({moment}, '.%f'), '0') END"
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S') || {decimals} || 'Z'"


def _plain(number: str) -> str:
    """The shortest text that reads back as the same double, its exponent written out, `.0` left off."""
    text = f"({number})::VARCHAR"
    size = f"abs({number})::VARCHAR"
    digits = f"replace(split_part({size}, 'e', 1), '.', '')"
    exponent = f"TRY_CAST(split_part({size}, 'e', 2) AS INTEGER)"
    large = f"rpad({digits}, {exponent} + 1, '0')"
    small = f"'0.' || repeat('0', -{exponent} - 1) || {digits}"
    sign = f"CASE WHEN {number} < 0 THEN '-' ELSE '' END"
    unfolded = f"{sign} || CASE WHEN {exponent} > 0 THEN {large} ELSE rtrim({small}, '0') END"
    return (
        f"CASE WHEN NOT isfinite({number}) THEN NULL WHEN contains({text}, 'e') THEN {unfolded} "
        f"WHEN ends_with({text}, '.0') THEN left({text}, length({text}) - 2) ELSE {text} END"
    )
