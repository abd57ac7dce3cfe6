"""The two Liquid environments templates are rendered in: HTML (every value escaped) and text.

No file, no include, no clock, no attribute of a Python object; loops, output, names and the growth of values are limited.
Time is limited by the renderer process, which is the one with a clock. Variables nobody set are empty.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import ClassVar

from liquid import Environment
from liquid.exceptions import ResourceLimitError

from opportune.stages.content.filters import FILTERS

LARGEST = 400_000
"""Characters a value may have, and bytes a part of a mail may have: four times what Gmail shows before it clips."""
LONGEST = 10_000
"""Things in a list, and turns of all loops together."""
_REFUSED_TAGS = ("include", "render")
_REFUSED_FILTERS = ("safe",)
"""What a customer typed must not become markup, whoever writes the template."""
_Filter = Callable[..., object]


class _Limited(Environment):
    loop_iteration_limit: ClassVar[int | None] = LONGEST
    output_stream_limit: ClassVar[int | None] = LARGEST
    local_namespace_limit: ClassVar[int | None] = LARGEST
    context_depth_limit: ClassVar[int] = 12


@cache
def environment(*, is_html: bool) -> Environment:
    """The environment of HTML or of text (subject, preheader, text part)."""
    limited = _Limited(autoescape=is_html)
    for name in _REFUSED_TAGS:
        limited.tags.pop(name, None)
    for name in _REFUSED_FILTERS:
        limited.filters.pop(name, None)
    limited.filters.update(FILTERS)
    limited.filters.update({name: _guarded(name, function) for name, function in limited.filters.items()})
    return limited


def _guarded(name: str, function: _Filter) -> _Filter:
    """The filter, refusing what would grow beyond `LARGEST`; the library limits what is written, not what is computed on the way."""

    @wraps(function)
    def guarded(left: object, *given: object, **named: object) -> object:
        _refuse_beyond(_size(left) + _growth(name, left, given), name)
        result = function(left, *given, **named)
        _refuse_beyond(_size(result), name)
        return result

    return guarded


def _growth(name: str, left: object, given: Sequence[object]) -> int:
    """At most how many characters a replacing or joining filter adds."""
    if name in ("replace", "replace_first", "replace_last") and len(given) > 1:
        found = str(given[0])
        places = str(left).count(found) if found else len(str(left)) + 1
        return places * len(str(given[1]))
    if name == "join" and given and isinstance(left, Sequence) and not isinstance(left, str):
        return len(left) * len(str(given[0]))
    return 0


def _size(value: object) -> int:
    """Characters of a text, weighed things of a list, digits of a number."""
    match value:
        case str() | bytes():
            return len(value)
        case range():
            return len(value) * (LARGEST // LONGEST)
        case bool() | float() | None:
            return 8
        case int():
            return value.bit_length() * 40
        case Mapping():
            return 8
        case Sequence():
            return len(value) * (LARGEST // LONGEST)
        case _:
            return 8


def _refuse_beyond(size: int, name: str) -> None:
    if size > LARGEST:
        raise ResourceLimitError(f"the filter '{name}' would make too much", token=None)
