"""Properties as typed columns: `vocabulary.kinds.read_as` in SQL, for all hot properties at once.

Reads   properties (JSON), name
Gives   one expression a hot property, and `rest`: what has no column or did not fit its column
Cost    the JSON of a row is parsed three times in all, a fourth time where something is left, not once a property
Held to tests/events/test_properties.py (against read_as)
"""

from opportune.language.vocabulary.events import HOT, MESSAGE_EVENTS, PROPERTIES
from opportune.language.vocabulary.kinds import LARGEST, MONEY_SCALE, Kind

_NUMERIC = r"[ \t\r\n]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?[ \t\r\n]*"
_BLANKS = r"' \t\r\n'"


def parsed(properties: str, keys: tuple[str, ...] = HOT) -> str:
    """The columns `raws` and `texts`, structs of the values of `keys` as JSON and as text, and `moneys`, a list of those that are money.

    All money is converted by one expression: the planner takes longer over eight long ones than the rows do.
    """
    shapes = ["{" + ", ".join(f'"{key}": "{kind}"' for key in keys) + "}" for kind in ("JSON", "VARCHAR")]
    raws, texts = (f"from_json({properties}, '{shape}')" for shape in shapes)
    moneys = ", ".join(f"struct_extract(texts, '{key}')" for key in keys if PROPERTIES[key] is Kind.MONEY)
    converted = f", list_transform([{moneys}], lambda said: {money('said')}) AS moneys" if moneys else ""
    return f"{raws} AS raws, {texts} AS texts{converted}"


def typed(key: str, keys: tuple[str, ...] = HOT) -> str:
    """The value of a declared property in the unit it is stored in, null where it is not of its kind."""
    raw, text = f"raws.{key}", f"texts.{key}"
    match PROPERTIES[key]:
        case Kind.MONEY:
            return f"moneys[{[name for name in keys if PROPERTIES[name] is Kind.MONEY].index(key) + 1}]"
        case Kind.DURATION:
            return f"{_scaled(text, 3, 1000)} * 1000"
        case Kind.NUMBER:
            return (
                f"CASE WHEN left({raw}, 1) BETWEEN '-' AND '9' AND isfinite(TRY_CAST({raw} AS DOUBLE)) THEN TRY_CAST({raw} AS DOUBLE) END"
            )
        case Kind.TEXT:
            return f"CASE WHEN left({raw}, 1) = '\"' THEN {text} WHEN left({raw}, 1) BETWEEN '-' AND '9' THEN {raw}::VARCHAR END"
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


def unfilled(columns: dict[str, str], properties: str = "properties") -> str:
    """How many more names `properties` has than `columns` (hot property → its stored expression) are filled: 0, nothing is left."""
    filled = " + ".join(f"({column} IS NOT NULL)::TINYINT" for column in columns.values()) or "0"
    return f"len(json_keys({properties})) - ({filled}) AS unfilled"


def unnamed(columns: dict[str, str], properties: str = "properties") -> str:
    """The properties that have no column, by `unfilled`; null or an empty object when there are none."""
    gone = "{" + ", ".join(f'"{key}": null' for key in columns) + "}"
    return f"CASE WHEN unfilled <> 0 THEN json_merge_patch({properties}, '{gone}'::JSON) END AS unnamed"


def rest(columns: dict[str, str]) -> str:
    """What `columns` do not hold, of `unfilled` and `unnamed`; null when nothing is left."""
    misfits = ", ".join(f"CASE WHEN {column} IS NULL THEN '\"{key}\":' || raws.{key} END" for key, column in columns.items()) or "NULL"
    whole = f"('{{' || concat_ws(',', nullif((unnamed::VARCHAR)[2:-2], ''), {misfits}) || '}}')::JSON"
    return f"nullif(CASE WHEN unfilled <> coalesce(len(json_keys(unnamed)), 0) THEN {whole} ELSE unnamed END, '{{}}'::JSON)"


def is_acted_on() -> str:
    """Opens and clicks, whose `agent` is a human unless they say otherwise."""
    acts = sorted(name for name in MESSAGE_EVENTS if name.endswith(("Opened", "Link Clicked")))
    return "name IN (" + ", ".join(f"'{name}'" for name in acts) + ")"
