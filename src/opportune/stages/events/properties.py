"""Properties as typed columns: `vocabulary.kinds.read_as` in SQL, for all hot properties at once.

Reads   properties (JSON), name
Gives   one expression a hot property, and `rest`: what has no column or did not fit its column
Cost    the JSON of a row is parsed three times in all, not once a property
Held to tests/events/test_properties.py (against read_as)
"""

from opportune.language.vocabulary.events import HOT, MESSAGE_EVENTS, PROPERTIES
from opportune.language.vocabulary.kinds import LARGEST, MONEY_SCALE, Kind

_NUMERIC = r"[ \t\r\n]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?[ \t\r\n]*"
_BLANKS = r"' \t\r\n'"


def parsed(properties: str, keys: tuple[str, ...] = HOT) -> str:
    """Two columns, `raws` and `texts`: the values of `keys` as JSON and as text, in their order."""
    paths = "[" + ", ".join(f"'$.\"{key}\"'" for key in keys) + "]"
    return f"json_extract({properties}, {paths}) AS raws, json_extract_string({properties}, {paths}) AS texts"


def typed(key: str, keys: tuple[str, ...] = HOT) -> str:
    """The value of a declared property in the unit it is stored in, null where it is not of its kind."""
    place = keys.index(key) + 1
    return _read(PROPERTIES[key], f"raws[{place}]", f"texts[{place}]")


def _read(kind: Kind, raw: str, text: str) -> str:
    match kind:
        case Kind.MONEY:
            return money(text)
        case Kind.DURATION:
            return f"{_scaled(text, 3, 1000)} * 1000"
        case Kind.NUMBER:
            return f"CASE WHEN left({raw}, 1) BETWEEN '-' AND '9' THEN TRY_CAST({raw} AS DOUBLE) END"
        case Kind.TEXT:
            return f"CASE WHEN left({raw}, 1) = '\"' OR left({raw}, 1) BETWEEN '-' AND '9' THEN {text} END"
        case Kind.BOOLEAN:
            return f"CASE {raw} WHEN 'true' THEN true WHEN 'false' THEN false END"
        case Kind.TIME | Kind.NULL:
            return "NULL"


def money(text: str) -> str:
    """Numeric text as 1/10000 units, half to even."""
    return _scaled(text, 4, MONEY_SCALE)


def _scaled(text: str, decimals: int, scale: int) -> str:
    """Numeric text times `scale`, half to even; exact up to 20 decimals. Short texts, nearly all, take the quick way."""
    short = f"[+-]?[0-9]{{1,9}}(\\.[0-9]{{0,{decimals}}})?"
    quick = f"WHEN regexp_full_match({text}, '{short}') THEN ({text}::DECIMAL(18, {decimals}) * {scale})::BIGINT"
    exact = f"TRY_CAST(trim({text}, {_BLANKS}) AS DECIMAL(38, 20))"
    rounded = f"{exact}::DECIMAL(38, {decimals})"
    units = f"({rounded} * {scale})::HUGEINT"
    is_tie = f"abs({exact} - {rounded}) = 0.{'0' * decimals}5 AND {units} % 2 <> 0"
    largest = LARGEST // (MONEY_SCALE if decimals == 4 else 1_000_000)
    even = f"CASE WHEN abs({exact}) > {largest} THEN NULL WHEN {is_tie} THEN ({units} - sign({units}))::BIGINT ELSE {units}::BIGINT END"
    return f"CASE {quick} WHEN regexp_full_match({text}, '{_NUMERIC}') THEN {even} END"


def rest(columns: dict[str, str], properties: str = "properties") -> str:
    """What `columns` (hot property → its stored expression) do not hold; null when nothing is left.

    Values are counted first: asking of each property whether it fits costs seven times as much, and nearly all do.
    """
    gone = "{" + ", ".join(f'"{key}": null' for key in HOT) + "}"
    fits = "[" + ", ".join(f"{columns[key]} IS NOT NULL" for key in HOT) + "]"
    keys = "[" + ", ".join(f"'\"{key}\":'" for key in HOT) + "]"
    misfits = f"list_filter(range(1, {len(HOT) + 1}), lambda n: raws[n] <> 'null' AND NOT {fits}[n])"
    kept = f"array_to_string(list_transform({misfits}, lambda n: {keys}[n] || raws[n]), ',') || '}}'"
    any_misfit = f"len(list_filter(raws, lambda raw: raw <> 'null')) <> len(list_filter({fits}, lambda fit: fit))"
    left = f"json_merge_patch({properties}, '{gone}'::JSON)"
    joined = f"CASE {left}::VARCHAR WHEN '{{}}' THEN '{{' ELSE left({left}::VARCHAR, -1) || ',' END"
    whole = f"CASE WHEN {any_misfit} THEN {joined} || {kept} ELSE {left}::VARCHAR END"
    return f"CASE WHEN {properties} IS NOT NULL THEN nullif({whole}, '{{}}')::JSON END"


def is_acted_on() -> str:
    """Opens and clicks, whose `agent` is a human unless they say otherwise."""
    acts = sorted(name for name in MESSAGE_EVENTS if name.endswith(("Opened", "Link Clicked")))
    return "name IN (" + ", ".join(f"'{name}'" for name in acts) + ")"
