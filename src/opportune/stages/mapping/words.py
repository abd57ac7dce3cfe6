"""The words an expression of a mapping has beside those of JMESPath: money, times, ids, and what came with the payload.

Null in, null out, so that a field somebody leaves out is a property left out; a value of the wrong kind is a FunctionError, which sets
the call aside with its reason. None of them reads a clock or the environment.

Source  JMESPath specification, https://jmespath.org/specification.html, and its Python library's custom functions
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from opportune.language.vocabulary.addresses import EMAIL, PHONE, normal_email, normal_phone
from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant, format_instant

LONGEST_NUMBER = 40
"""Characters of a number written as text."""
LARGEST_NUMBER = Decimal(10) ** 300
LATEST_EPOCH = 7_258_118_400
"""Seconds: the year 2200."""
_NO_CENTS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
_MILLS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
"""Currencies whose smallest unit is no hundredth. Source: ISO 4217, column "minor unit"."""

F = TypeVar("F", bound=Callable[..., Any])
_ANY: dict[str, list[str]] = {"types": []}
_MORE: dict[str, Any] = {"types": [], "variadic": True}
_TEXT: dict[str, list[str]] = {"types": ["string", "null"]}
_NUMBER: dict[str, list[str]] = {"types": ["string", "number", "null"]}


def takes(*arguments: dict[str, Any]) -> Callable[[F], F]:
    """The library's own mark of a function and of what it takes, with a type."""

    def marked(function: F) -> F:
        function.__dict__["signature"] = arguments
        return function

    return marked


class WordError(JMESPathError):  # type: ignore[misc]
    """A word was given what it cannot take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What expressions may read: a payload and what came with it. Names of headers are small letters."""

    payload: Any
    source: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


class Words(Functions):  # type: ignore[misc]
    """The functions there are for one arrival. `spend` is told how much each call looks at, so that mapping ends."""

    def __init__(self, arrival: Arrival, spend: Any) -> None:
        super().__init__()
        self._arrival, self._spend = arrival, spend

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        """Run one; whoever looks at long lists and texts pays for their length."""
        self._spend(sum(len(each) for each in resolved_args if isinstance(each, str | list | dict)) // 16)
        return super().call_function(function_name, resolved_args)

    # -- what came with it

    @takes()
    def _func_payload(self) -> Any:
        """The whole payload, from inside a list."""
        return self._arrival.payload

    @takes()
    def _func_source(self) -> str:
        """The source's name in opportune.yml."""
        return self._arrival.source

    @takes({"types": ["string"]})
    def _func_header(self, name: str) -> str | None:
        """A header of the request; only those the file lists are kept."""
        return self._arrival.headers.get(name.lower())

    @takes({"types": ["string"]})
    def _func_setting(self, name: str) -> str | None:
        """What opportune.yml says under `with:`, else the file's own default."""
        return self._arrival.settings.get(name)

    # -- money and numbers

    @takes(_NUMBER)
    def _func_number(self, value: Any) -> int | float | None:
        """A number, also of text."""
        return None if value is None or value == "" else _plain(_decimal(value))

    @takes(_NUMBER)
    def _func_cents(self, value: Any) -> int | float | None:
        """1999 → 19.99"""
        return None if value is None else _plain(_decimal(value) / 100)

    @takes(_NUMBER, _TEXT)
    def _func_minor(self, value: Any, currency: str | None) -> int | float | None:
        """An amount in the smallest unit of its currency: minor(1999, 'eur') → 19.99, minor(1999, 'jpy') → 1999"""
        if value is None or not currency:
            return None
        code = currency.upper()
        return _plain(_decimal(value) / (1 if code in _NO_CENTS else 1000 if code in _MILLS else 100))

    @takes(_NUMBER, _NUMBER)
    def _func_minus(self, left: Any, right: Any) -> int | float | None:
        """left - right; null where either is."""
        return None if left is None or right is None else _plain(_decimal(left) - _decimal(right))

    @takes(_NUMBER, _NUMBER)
    def _func_times(self, left: Any, right: Any) -> int | float | None:
        """left * right; null where either is."""
        return None if left is None or right is None else _plain(_decimal(left) * _decimal(right))

    @takes({"types": ["array", "null"]})
    def _func_total(self, values: list[Any] | None) -> int | float | None:
        """The sum of numbers, also of those that are text; nulls are skipped, and nothing at all is null."""
        known = [_decimal(value) for value in values or () if value is not None]
        return _plain(sum(known, Decimal(0))) if known else None

    # -- times

    @takes(_NUMBER)
    def _func_iso(self, seconds: Any) -> str | None:
        """Seconds since 1970 as a time."""
        return None if seconds is None else _time(_decimal(seconds))

    @takes(_NUMBER)
    def _func_iso_ms(self, milliseconds: Any) -> str | None:
        """Milliseconds since 1970 as a time."""
        return None if milliseconds is None else _time(_decimal(milliseconds) / 1000)

    @takes(_NUMBER)
    def _func_nonzero(self, value: Any) -> Any:
        """The value; null for 0, which some systems write where they know no id, and for a blank text."""
        return None if value is None or str(value).strip() in ("", "0") else value

    # -- texts

    @takes(_ANY)
    def _func_text(self, value: Any) -> str | None:
        """A number, true or false as text."""
        return None if value is None else written(value)

    @takes(_TEXT)
    def _func_lower(self, value: str | None) -> str | None:
        """In small letters."""
        return None if value is None else value.lower()

    @takes(_TEXT)
    def _func_trim(self, value: str | None) -> str | None:
        """Without space around it; null where nothing is left."""
        return (value.strip() or None) if value is not None else None

    @takes(_MORE)
    def _func_concat(self, *values: Any) -> str | None:
        """Texts and numbers one after another; null where one is."""
        return None if any(value is None for value in values) else "".join(map(written, values))

    @takes(_MORE)
    def _func_hash(self, *values: Any) -> str | None:
        """32 digits that tell nothing of the values; null where one is."""
        return None if any(value is None for value in values) else identifier(*map(written, values))

    @takes(_MORE)
    def _func_first_known(self, *values: Any) -> Any:
        """The first that is neither null nor blank."""
        return next((value for value in values if value is not None and not (isinstance(value, str) and not value.strip())), None)

    @takes(_ANY, {"types": ["object"]})
    def _func_lookup(self, value: Any, table: dict[str, Any]) -> Any:
        """What a table has under a value: lookup(state, `{"sub": "Consent Given"}`)"""
        return None if value is None else table.get(written(value))

    # -- ids

    @takes(_TEXT)
    def _func_email_id(self, value: str | None) -> str | None:
        """The id of whoever has this address, `email:ada@example.org`; null where it is none."""
        address = normal_email(value or "")
        return f"{EMAIL}{address}" if address else None

    @takes(_TEXT)
    def _func_phone_id(self, value: str | None) -> str | None:
        """The id of whoever has this number, written with its country: `phone:+493012345`; null where it is none."""
        number = normal_phone(value or "")
        return f"{PHONE}{number}" if number else None


KNOWN = {name: spec["signature"] for name, spec in Words.FUNCTION_TABLE.items()}
"""Every function an expression may call → what it takes."""


def written(value: Any) -> str:
    """A value as text: whole numbers without decimals, truth as JSON writes it. Raises WordError for a list or an object."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            raise WordError(f"a text is wanted, and this is {_kind(value)}")


def _kind(value: Any) -> str:
    return "null" if value is None else "a list" if isinstance(value, list) else "an object"


def _decimal(value: Any) -> Decimal:
    text = str(value).strip()
    if len(text) <= LONGEST_NUMBER:
        try:
            found = Decimal(text)
        except InvalidOperation:
            found = Decimal("nan")
        if found.is_finite():
            return found
    raise WordError("a number is wanted")


def _plain(value: Decimal) -> int | float:
    if abs(value) >= LARGEST_NUMBER:
        raise WordError("the number is too large to store")
    return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else float(value)


def _time(seconds: Decimal) -> str:
    if not -2_208_988_800 <= seconds < LATEST_EPOCH:
        raise WordError("the time lies outside the years 1900 to 2199")
    return format_instant(Instant(int(seconds * 1_000_000)))
