"""The charts of an audit as inline SVG: what arrived, by day or week."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from opportune.web.charts import NONE

_WIDE, _HIGH = 1000.0, 100.0
_MOST_BARS = 120
_MONDAY = 4
"""1970 began on a Thursday."""


def days_bars(days: Mapping[int, int], span: tuple[int, int], low: Collection[int], *, words: str, name: str) -> SafeString:
    """A bar a day of `span`, a week where the days are many or the chart is small; `low` days stand out."""
    first, last = span
    length = 7 if name == "small" or last - first >= 4 * _MOST_BARS else 1
    bars: defaultdict[int, int] = defaultdict(int)
    for day, number in days.items():
        bars[_begin(day, length)] += number
    if not bars:
        return NONE
    begin = _begin(first, length)
    across = _WIDE / ((last - begin) // length + 1)
    most = _highest(bars.values())
    marked = {_begin(day, length) for day in low}
    gaps = ((_px(((day - begin) // length) * across), _px(across), _px(_HIGH)) for day in sorted(marked))
    columns = (map(_px, (((day - begin) // length) * across, *_tall(number, most, across))) for day, number in sorted(bars.items()))
    drawn = format_html_join("", '<rect class="low" x="{}" y="0" width="{}" height="{}"/>', gaps) + format_html_join(
        "", '<rect class="came" x="{}" y="{}" width="{}" height="{}"/>', columns
    )
    return format_html(
        '<svg class="came {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}"><title>{}</title>{}</svg>',
        *(name, _px(_WIDE), _px(_HIGH), words, words, drawn),
    )


def _highest(numbers: Collection[int]) -> float:
    """The scale's end: the day on which a history was brought in must not flatten all others."""
    usual = sorted(numbers)[len(numbers) * 19 // 20]
    return min(max(numbers), 2 * usual)


def _tall(number: int, most: float, across: float) -> tuple[float, float, float]:
    """(y, width, height) of a bar; what is there at all can be seen."""
    height = max(2.0, min(_HIGH, _HIGH * number / most))
    return _HIGH - height, max(0.8, across * 0.86), height


def _begin(day: int, length: int) -> int:
    """The Monday of its week, or the day itself."""
    return day - (day - _MONDAY) % 7 if length == 7 else day


def _px(value: float) -> str:
    return f"{value:.1f}"
